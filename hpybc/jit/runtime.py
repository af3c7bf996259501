"""libgcc, the runtime library of every compiler on Linux: it unwinds the stack for exceptions.

Wherever there is a C library, there is its shared form; a process has it loaded if something else
in it needs it. It also divides 128-bit integers and emulates thread-local variables.
"""

from __future__ import annotations

import os
import re
from functools import cache
from typing import TYPE_CHECKING

from hpybc.errors import missing_library

if TYPE_CHECKING:
    import ctypes

_NAME = "libgcc_s.so.1"
_C_LIBRARY = "libc.so.6"


@cache
def library() -> ctypes.CDLL | None:
    """libgcc, visible to all code in the process from now on; None if this machine has none."""
    import ctypes  # not in every interpreter; that is for target.usable() to say

    try:
        return ctypes.CDLL(_NAME, ctypes.RTLD_GLOBAL)
    except OSError:
        return None


#: Of dlinfo(3): the entry of a library in the dynamic linker's list, which begins with an address
#: and the file's name.
_RTLD_DI_LINKMAP = 2


@cache
def named(name: str, runpath: tuple[str, ...] = (), *, for_all: bool = False) -> ctypes.CDLL:
    """A shared library, as the dynamic linker finds it.

    Args:
        name: of its file, or a path.
        runpath: folders in which it is looked for first.
        for_all: whether all code in the process is to see it from now on.

    Raises:
        LibraryMissingError: there is none, or it cannot be loaded.
    """
    import ctypes

    said = ""
    for file in (*(os.path.join(folder, name) for folder in runpath), name):
        try:
            return ctypes.CDLL(file, ctypes.RTLD_GLOBAL if for_all else ctypes.RTLD_LOCAL)
        except OSError as error:
            said = str(error)
    raise missing_library(name, said)


def path_of(library: ctypes.CDLL) -> str:
    """The file that ``library`` was loaded from."""
    import ctypes

    entry = ctypes.POINTER(ctypes.c_char_p)()
    handle = ctypes.c_void_p(library._handle)
    try:
        dlinfo = ctypes.CDLL(None).dlinfo
    except AttributeError:  # before glibc 2.34
        dlinfo = ctypes.CDLL("libdl.so.2").dlinfo
    dlinfo(handle, _RTLD_DI_LINKMAP, ctypes.byref(entry))
    return os.fsdecode(entry[1])


@cache
def in_c_library(name: str) -> bool:
    """Whether the C library of this process has a function ``name`` for all to use."""
    import ctypes  # as above

    try:
        return hasattr(ctypes.CDLL(_C_LIBRARY), name)
    except OSError:
        return False


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
