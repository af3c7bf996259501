"""libgcc, the runtime library of every compiler on Linux: it unwinds the stack for exceptions.

Wherever there is a C library, there is its shared form; a process has it loaded if something else
in it needs it. It also divides 128-bit integers and emulates thread-local variables.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from hpybc.errors import missing_library

if TYPE_CHECKING:
    import ctypes

_NAME = "libgcc_s.so.1"


@cache
def library() -> ctypes.CDLL | None:
    """libgcc, visible to all code in the process from now on; None if this machine has none."""
    import ctypes  # not in every interpreter; that is for target.usable() to say

    try:
        return ctypes.CDLL(_NAME, ctypes.RTLD_GLOBAL)
    except OSError:
        return None


@cache
def named(name: str) -> ctypes.CDLL:
    """The shared library ``name``, as the dynamic linker finds it: of a file, or a file's path.

    Raises:
        LibraryMissingError: it does not find it.
    """
    import ctypes

    try:
        return ctypes.CDLL(name)
    except OSError as error:
        raise missing_library(name, str(error)) from None


@cache
def paths(*, c_library: bool = True) -> list[str]:
    """The files that libgcc and, if wanted, the C library are loaded from in this process.

    Linked against them, an image asks for the versions of their functions that there are today. A
    reference without a version gets the oldest: a ``memcpy`` for the processors of its time. Those
    of libgcc that compilers use have one version.
    """
    library()
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
            # A link may have led to a file with another version in its name.
            wanted = "libgcc_s|libc|libm" if c_library else "libgcc_s"
            names = rf"/.*/(?:{wanted})[-.][^/\n]*so[^/\n]*$"
            found = re.findall(names, file.read(), re.M)
    except OSError:
        return []
    return sorted(set(found))
