"""The C++ standard library as bitcode, to be linked into extensions like their own sources.

The sources of LLVM's libc++ and libc++abi come with the compiler. They are compiled once for each
version of them and kept as a zip archive of one bitcode file per source, in the cache that is the
user's, whatever ``$HPYBC_CACHE_DIR`` says, or where that cannot be in this. As with any static
library, an extension gets those members that define what it needs.
"""

from __future__ import annotations

import glob
import hashlib
import io
import json
import logging
import os
import re
import zipfile

from hpybc.cache import sealed, store
from hpybc.cache.turns import turn
from hpybc.jit import optimize, target
from hpybc.jit.module import Module, parsed
from hpybc.process import progress
from hpybc.toolchain import clang as _clang
from hpybc.toolchain import objects
from hpybc.toolchain.sources import compile_sources

_log = logging.getLogger("hpybc.compile")

#: Symbols for which the library is worth opening; __cxa_atexit is the C library's.
_CXX = re.compile(r"_Z|__cxa_(?!atexit$)|__gxx_|__dynamic_cast$")

#: What the libraries' own build gives each source, and no names demangled by std::terminate: that
#: would put a demangler into every extension that throws.
_FLAGS = (
    "-std=c++23",
    "-O2",
    "-g0",
    "-w",
    "-D_LIBCPP_BUILDING_LIBRARY",
    "-DLIBCXX_BUILDING_LIBCXXABI",
    "-D_LIBCXXABI_BUILDING_LIBRARY",
    "-DLIBCXXABI_NON_DEMANGLING_TERMINATE",
    "-DHAVE___CXA_THREAD_ATEXIT_IMPL",
)

#: Below libcxx/src and libcxxabi/src: other platforms, what is experimental, exceptions for
#: programs without exceptions, and what the context ``exceptions`` has for all images of a process.
_OMITTED = re.compile(
    r"/(?:support|experimental|pstl)/|/cxa_noexception\.cpp$|/cxa_exception_storage\.cpp$"
)

_INDEX = "index.json"


def defines(symbol: str) -> bool:
    """Whether ``symbol`` may be the library's."""
    return _CXX.match(symbol) is not None


def link_in(module: Module, compiler: _clang.Clang) -> None:
    """Links what ``module`` uses of the standard library into it, as internal definitions.

    Does nothing if it uses none of it, or if ``compiler`` has no sources of it.

    Raises:
        CompileError: ``compiler`` cannot compile the library.
    """
    if compiler.libraries is None or not any(map(defines, module.undefined)):
        return
    own = module.defined()
    with zipfile.ZipFile(io.BytesIO(_archive(compiler, compiler.libraries))) as archive:
        index: dict[str, str] = json.loads(archive.read(_INDEX))
        objects.resolve(module, index, archive.read)
    # A member is more than what was needed of it, and the loader's time goes with the size.
    module.internalize(own)
    optimize.sweep(module, target.host())


def _archive(compiler: _clang.Clang, libraries: str) -> bytes:
    """The library, from the cache or compiled now."""
    folders = [os.path.join(libraries, name, "src") for name in ("libcxx", "libcxxabi")]
    files = [
        path
        for folder in (*folders, *(os.path.join(os.path.dirname(f), "include") for f in folders))
        for path in sorted(glob.glob(os.path.join(folder, "**", "*"), recursive=True))
        if os.path.isfile(path) and not _OMITTED.search(path.removeprefix(libraries))
    ]
    contents = hashlib.sha256()
    for path in files:
        with open(path, "rb") as file:
            contents.update(file.read())
    sources = [path for path in files if path.endswith(".cpp")]
    # Where the compiler lies does not matter.
    command = [part.replace(libraries, "") for part in compiler.command("x.cpp")[1:]]
    key = store.key(["libcxx", compiler.version, *command, *_FLAGS, contents.digest()])
    kept = _kept(key)
    if kept is not None:
        return kept
    place = _place()
    with turn(key + ".zip", place):  # a build system compiles several extensions at a time
        return _kept(key) or _made(key, place, compiler, libraries, folders, sources)


def places() -> list[str]:
    """The folders where the library may be kept, the best one first."""
    return [place for place in dict.fromkeys((store.home(), store.folder())) if place]


def _place() -> str:
    """The best folder that can be written to, if any can."""
    for place in places():
        directory = store.trusted(place)
        if directory is not None and os.access(directory, os.W_OK | os.X_OK):
            return place
    return store.folder()


def _kept(key: str) -> bytes | None:
    for place in places():
        found = store.lookup(key + ".zip", place)
        content = None if found is None else sealed.content(found)
        if content is not None:
            return content
    return None


def _made(
    key: str,
    place: str,
    compiler: _clang.Clang,
    libraries: str,
    folders: list[str],
    sources: list[str],
) -> bytes:
    """The library, compiled and kept under ``key`` in the folder ``place``."""
    _log.info("compiling the C++ standard library, once for this version of it")
    include = [*folders, os.path.join(libraries, "libcxx", "libc")]
    with progress.shown("compiling the C++ standard library"):
        parts = compile_sources(compiler, sources, [*_FLAGS, *(f"-I{path}" for path in include)])
    names = [path.removeprefix(libraries).strip(os.sep) for path in sources]
    data = _pack(dict(zip(names, parts, strict=True)))
    store.store(key + ".zip", data, f"libc++ of clang {compiler.version}", place)
    return data


def _pack(members: dict[str, bytes]) -> bytes:
    """An archive of ``members`` with an index: symbol to the first member that defines it."""
    index: dict[str, str] = {}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, bitcode in members.items():
            archive.writestr(name, bitcode)
            with parsed(bitcode) as module:
                for symbol in module.defined():
                    index.setdefault(symbol, name)
        archive.writestr(_INDEX, json.dumps(index))
    return packed.getvalue()
