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
        _guarded("copies", "second module of a file, or load without a cache", _copies),
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
    works = sys.implementation.name in ("cpython", "pypy") and sys.version_info >= (3, 10)
    remedy = "" if works else "use CPython or PyPy with Python 3.10 or later"
    return Check("interpreter", works, detail, remedy, "load")


def _context() -> Check:
    def find() -> str:
        return os.path.basename(contexts.stack("release"))

    return _guarded("contexts", "load", find)


def _llvmlite() -> str:
    if contexts.is_boxed() and image.linker() is not None:
        return "not used: lld makes the images"
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
    if used is not None:
        sizes = [entry.size for entry in upkeep.entries(used)]
        where = folder if used == folder else f"{folder}, a link to {used}"
        detail = f"{where}: {len(sizes)} files, {sum(sizes) / 1e6:.1f} MB"
        if os.access(used, os.W_OK):
            return Check("cache", True, detail, "", "quick load")
        # What was put there before is used, as by whoever made an image of a container.
        detail += ", read-only: every process compiles anew what is not in it"
        return Check("cache", bool(sizes), detail, _WITHOUT_CACHE, "quick load")
    real = os.path.realpath(folder)
    remedy = "make it one (chmod 700), or name one in HPYBC_CACHE_DIR"
    if not folder:
        found, remedy = "none: a user without a home", _WITHOUT_CACHE
    elif not os.path.lexists(folder):
        found, remedy = f"{folder} cannot be made{_why_not_made(folder)}", _WITHOUT_CACHE
    elif not os.path.islink(folder):
        found = f"{folder} is not a folder that only you can write to"
    elif store.trusted(real, create=False) is None:
        found = f"{folder}, a link to {real}, is not a folder that only you can write to"
    else:
        found = f"{folder} leads to {real} by a link that is neither yours nor root's"
        remedy = f"name {real} in HPYBC_CACHE_DIR"
    return Check("cache", False, f"{found}: every process compiles anew", remedy, "quick load")


#: What to do where there is no folder for a cache.
_WITHOUT_CACHE = "name a folder to write to in HPYBC_CACHE_DIR, or ship images (hpybc prebuild)"


def _why_not_made(folder: str) -> str:
    try:
        os.makedirs(folder, mode=0o700)
    except OSError as error:
        return f" ({error.strerror})"
    return ""


def _copies() -> str:
    """Where a copy of an image goes, of which the dynamic linker is to know nothing yet."""
    from hpybc.process.copy import through_file

    name = through_file(b"", str)
    if name.startswith("/proc/"):
        return "of images: in memory"
    return f"of images: in {os.path.dirname(os.path.dirname(name))}, as /proc is not this process's"


def _headers() -> str:
    from hpybc.toolchain.contexts import python_headers

    return python_headers()


def _clang() -> str:
    from hpybc.toolchain import clang

    found = clang.find()
    skipped = [f"; not {c.where}: {c.reason}" for c in clang.candidates() if c.clang is None]
    return f"{found.version} from {found.origin}{''.join(skipped)}"
