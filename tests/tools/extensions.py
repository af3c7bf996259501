"""The extensions that tests load: each is compiled once, for all who need it.

What is compiled is shared by content: between tests, engines, the processes of a run, and through
the folder ``$HPYBC_TESTS_COMPILED`` between the runs that name it, with different interpreters too.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import hpybc
from hpybc.jit.target import llvm_version
from hpybc.toolchain import clang
from hpybc.toolchain import compile as driver
from hpybc.toolchain.compile import Options

#: How the examples and the programs of the benchmarks are compiled: one image serves all tests.
STRICT = Options(extra=("-std=c11", "-Wall", "-Wextra", "-Werror"))

_INCLUDE = re.compile(rb'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)


class Extensions:
    """Bitcode files in ``folder``, named by all that they are made of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[Path, Options], Path] = {}

    def compiled(self, source: Path, options: Options) -> Path:
        """The bitcode file of ``source``. A source that a process has asked for stays as it is.

        Raises:
            HpybcError: see ``compile_extension``; the next call compiles again.
        """
        asked = (source, options)
        if asked not in self._known:
            self._known[asked] = self._found_or_made(source, options)
        return self._known[asked]

    def _found_or_made(self, source: Path, options: Options) -> Path:
        name = f"{source.stem}-{_digest(source, options)}"
        # A source that includes Python.h is bound to one interpreter, as the manifest says.
        bound = f"{name}-{sys.version_info[0]}.{sys.version_info[1]}{sys.abiflags}"
        # All of C++ waits for one: the first may have to compile the standard library.
        with _turn(self._folder / ("c++" if clang.is_cxx(str(source)) else name)):
            for path in (self._folder / f"{name}.bc", self._folder / f"{bound}.bc"):
                if path.exists():
                    return path
            made = f"{self._folder / name}.made"
            manifest = driver.compile_extension([str(source)], made, options)
            path = self._folder / f"{name if manifest['python'] is None else bound}.bc"
            os.replace(made, path)
            return path


@contextmanager
def _turn(file: Path) -> Iterator[None]:
    """One process at a time holds this lock; the others wait."""
    with open(f"{file}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest(source: Path, options: Options) -> str:
    """Of the source, its own headers, where they are, the options, the compiler and the driver."""
    compiler = clang.find(cxx=clang.is_cxx(str(source)))
    made_by = (compiler.version, compiler.origin, llvm_version(), options, _driver())
    parts = hashlib.sha256(repr(made_by).encode())
    for path in sorted(_files(source, options)):
        content = path.read_bytes()
        parts.update(f"{path} {len(content)}\n".encode() + content)
    return parts.hexdigest()[:32]


def _files(source: Path, options: Options) -> set[Path]:
    """``source`` and every header of a test that it may include."""
    found: set[Path] = set()
    pending = {source}
    while pending:
        path = pending.pop()
        found.add(path)
        for name in _INCLUDE.findall(path.read_bytes()):
            folders = (path.parent, *map(Path, options.include_dirs))
            headers = {Path(os.path.normpath(folder / os.fsdecode(name))) for folder in folders}
            pending |= {header for header in headers if header.is_file()} - found
    return found


@cache
def _driver() -> str:
    """A digest of the installed hpybc, however it is installed: its headers and its Python code."""
    folders = (Path(hpybc.__file__).parent, Path(driver.__file__).parent)
    contents = {
        path.read_bytes()
        for folder in folders
        for path in folder.rglob("*.*")
        if path.suffix in (".py", ".h", ".def")
    }
    return hashlib.sha256(b"".join(sorted(contents))).hexdigest()
