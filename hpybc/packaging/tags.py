"""The tag of a wheel: which interpreters and systems load the bitcode files in it (PEP 425)."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from hpybc.loader.manifest import LIMITED

#: The libraries that every Linux has which manylinux wheels are for (PEP 599), of those that
#: extensions name.
_USUAL = frozenset(
    f"lib{name}"
    for name in (
        *("c.so.6", "dl.so.2", "gcc_s.so.1", "m.so.6", "nsl.so.1", "pthread.so.0"),
        *("resolv.so.2", "rt.so.1", "stdc++.so.6", "util.so.1"),
    )
)


def interpreters(manifests: Iterable[Mapping[str, Any]], python: str, abi: str) -> tuple[str, str]:
    """The tags of Python and of its ABI for a wheel with files of these manifests.

    Every Python (``py3``, ``none``) if no file includes ``Python.h``. If all that do keep to the
    limited API, every CPython from the newest version that one of them needs (``cp310``, ``abi3``).
    Otherwise the interpreter that builds.

    Args:
        manifests: the manifests.
        python: the tag of the interpreter that builds, such as ``cp311``.
        abi: that of its ABI, such as ``cp311``.
    """
    needed = {manifest["python"] for manifest in manifests} - {None}
    if not needed:
        return "py3", "none"
    if not all(each.startswith(LIMITED) for each in needed):
        return python, abi
    version = max(int(each.removeprefix(LIMITED), 16) for each in needed)
    return f"cp{version >> 24}{version >> 16 & 0xFF}", "abi3"


def platform(libraries: Collection[str], usual: str) -> str:
    """The tag of the systems for a wheel with files that name the shared ``libraries``.

    Every Linux with glibc 2.17 has what bitcode needs of the system. If a library is named that not
    all of them have, it is ``usual``, the tag of the system that builds.
    """
    return f"manylinux_2_17_{os.uname().machine}" if _USUAL.issuperset(libraries) else usual
