"""Checking an installation: what works, what does not, and the remedy."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass

from hpybc.cache import store, upkeep
from hpybc.errors import HpybcError
from hpybc.jit import image
from hpybc.loader import contexts


@dataclass(frozen=True)
class Check:
    """One finding.

    Attributes:
        name: what was looked at.
        works: whether it can be used.
        detail: what was found.
        remedy: what to do if it does not work, else "".
        needed_for: what there is not without it: any ``compile``, any ``load``, the ``first load``
            of a file, or a later ``quick load``.
    """

    name: str
    works: bool
    detail: str
    remedy: str
    needed_for: str


def examine() -> list[Check]:
    """Looks at everything hpybc depends on."""
    return [
        _interpreter(),
        _context(),
        _guarded("llvmlite", "first load", _llvmlite),
        _linker(),
        _cache(),
        _guarded("headers", "compile", _headers),
        _guarded("clang", "compile", _clang),
    ]


def _guarded(name: str, needed_for: str, find: Callable[[], str]) -> Check:
    """A check that fails by raising an HpybcError."""
    try:
        return Check(name, True, find(), "", needed_for)
    except HpybcError as error:
        return Check(name, False, error.found or error.what, error.remedy, needed_for)


def _interpreter() -> Check:
    detail = f"{platform.python_implementation()} {platform.python_version()} {sys.executable}"
    works = sys.implementation.name == "cpython" and sys.version_info >= (3, 10)
    return Check("interpreter", works, detail, "" if works else "use CPython 3.10 or later", "load")


def _context() -> Check:
    def find() -> str:
        return os.path.basename(contexts.stack("release"))

    return _guarded("contexts", "load", find)


def _llvmlite() -> str:
    from hpybc.jit.target import host, llvm_version

    target = host()
    return f"LLVM {'.'.join(map(str, llvm_version()))}, compiles for {target.cpu}"


def _linker() -> Check:
    command = image.linker()
    if command is None:
        # Not a fault: llvmlite links in memory.
        return Check(
            "linker",
            True,
            "none: images are linked in memory, without debugger or profiler support",
            "",
            "load",
        )
    detail = " ".join(command)
    if not image.can_link():
        detail += ": no folder for temporary files, so images are linked in memory"
    return Check("linker", True, detail, "", "load")


def _cache() -> Check:
    folder = store.folder().rstrip("/")
    used = store.trusted(folder)
    if used is not None and os.access(used, os.W_OK):
        sizes = [entry.size for entry in upkeep.entries(used)]
        where = folder if used == folder else f"{folder}, a link to {used}"
        return Check(
            "cache", True, f"{where}: {len(sizes)} files, {sum(sizes) / 1e6:.1f} MB", "", "load"
        )
    real = os.path.realpath(folder)
    remedy = "make it one (chmod 700), or name one in HPYBC_CACHE_DIR"
    if not folder:
        found, remedy = "none: a user without a home", "name a folder in HPYBC_CACHE_DIR"
    elif not os.path.islink(folder):
        found = f"{folder} is not a folder that only you can write to"
    elif store.trusted(real, create=False) is None:
        found = f"{folder}, a link to {real}, is not a folder that only you can write to"
    else:
        found = f"{folder} leads to {real} by a link that is neither yours nor root's"
        remedy = f"name {real} in HPYBC_CACHE_DIR"
    return Check("cache", False, f"{found}: every process compiles anew", remedy, "quick load")


def _headers() -> str:
    from hpybc.toolchain.contexts import python_headers

    return python_headers()


def _clang() -> str:
    from hpybc.toolchain import clang

    found = clang.find()
    skipped = [f"; not {c.where}: {c.reason}" for c in clang.candidates() if c.clang is None]
    return f"{found.version} from {found.origin}{''.join(skipped)}"
