"""The compile driver: C and C++ sources to one bitcode file."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sysconfig
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import hpybc
from hpybc import files
from hpybc.errors import CompileError, FileMissingError, UsageError
from hpybc.jit import identity, link
from hpybc.jit.target import llvm_version
from hpybc.loader import bitcode, entry
from hpybc.toolchain import clang as _clang

_log = logging.getLogger("hpybc.compile")


@dataclass(frozen=True)
class Options:
    """How to compile.

    Attributes:
        include_dirs: folders to search for headers, after hpybc's own.
        defines: macros, ``NAME`` or ``NAME=VALUE``.
        level: ``1``, ``2`` or ``3``; at 0 LLVM would never inline the result.
        debug: whether to keep source positions and variables, for debuggers.
        name: the module's name; by default the one in HPy_MODINIT.
        extra: further arguments for clang.
    """

    include_dirs: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    level: str = "2"
    debug: bool = False
    name: str | None = None
    extra: tuple[str, ...] = ()


def compile_extension(
    sources: Sequence[str], output: str, options: Options = Options()
) -> dict[str, object]:
    """Compiles and links ``sources`` into the bitcode file ``output``; returns its manifest.

    clang's diagnostics go to stderr as they are. ``output`` is replaced as a whole, or left as it
    was if anything fails.

    Raises:
        CompilerNotFoundError: there is no clang.
        CompileError: clang rejected a source.
        ModuleInitError: the sources do not define exactly one module.
        FileMissingError: a source does not exist.
        UsageError: there are no sources.
    """
    if not sources:
        raise UsageError("no sources", needed="one source or more", remedy="name a C or C++ file")
    cxx = any(map(_clang.is_cxx, sources))
    compiler = _clang.find(cxx=cxx)
    _log.debug("clang %s from %s", compiler.version, compiler.origin)
    parts = compile_sources(compiler, sources, _flags(options))
    with link.parsed(parts[0]) as module:
        link.link(module, parts[1:])
        if cxx:
            from hpybc.toolchain import libcxx

            libcxx.link_in(module, compiler)
        symbol = entry.find(module, entry.PREFIX + options.name if options.name else None)
        data, manifest = stamped(
            module,
            compiler,
            module=options.name or symbol.removeprefix(entry.PREFIX),
            entry=symbol,
            python=_python_of(module),
            optimization=f"-O{options.level}",
        )
    files.replace(output, data)
    return manifest


def stamped(
    linked: link.Module, compiler: _clang.Clang, **own: object
) -> tuple[bytes, dict[str, object]]:
    """The bitcode file of a linked module, and its manifest: ``own`` and what all files have."""
    generic = link.generic(linked, usual=_clang.features(compiler))
    manifest = {
        "hpybc": hpybc.__version__,
        "hpy_abi": bitcode.HPY_ABI,
        "triple": generic.triple,
        "llvm": ".".join(map(str, llvm_version())),
        "producer": f"clang {compiler.version} ({compiler.origin})",
        **own,
    }
    return bitcode.wrap(generic.as_bitcode(), manifest, identity.architecture()), manifest


#: What depends on the processor is for the loader to do, which knows it: it cannot undo what is
#: unrolled and vectorised for the oldest of an architecture.
_GENERIC = ("-fno-unroll-loops", "-fno-vectorize", "-fno-slp-vectorize")


def _flags(options: Options) -> list[str]:
    include = hpybc.include_path()
    flags = [f"-O{options.level}", "-g" if options.debug else "-g0", *_GENERIC]
    # The guard comes before any other Python.h, this interpreter's own last.
    folders = [os.path.join(include, "guard"), *options.include_dirs]
    flags += [f"-I{folder}" for folder in folders]
    flags += ["-isystem", include, *python_flags()]
    flags += [f"-D{macro}" for macro in options.defines]
    return [*flags, *options.extra]


def python_flags() -> list[str]:
    """clang's arguments for the running interpreter's headers, to be searched after all others.

    Debian's pyconfig.h only includes the one of the architecture, by a path from the folder above.
    """
    folder = sysconfig.get_path("include")
    flags = ["-idirafter", folder]
    above, name = os.path.split(folder)
    architecture = sysconfig.get_config_var("MULTIARCH")
    if architecture and os.path.exists(os.path.join(above, architecture, name, "pyconfig.h")):
        flags += ["-idirafter", above]
    return flags


def compile_sources(
    compiler: _clang.Clang, sources: Sequence[str], flags: Sequence[str]
) -> list[bytes]:
    """The bitcode of each of ``sources``, several at a time; see ``compile_extension``."""
    with tempfile.TemporaryDirectory(prefix="hpybc-") as folder:

        def compile_one(number: int) -> bytes:
            result = os.path.join(folder, f"{number}.bc")
            return _compile_source(compiler, sources[number], flags, result)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(compile_one, range(len(sources))))


def _compile_source(
    compiler: _clang.Clang, source: str, flags: Sequence[str], result: str
) -> bytes:
    if not os.path.isfile(source):
        raise FileMissingError(
            "no such file", path=source, needed="a C or C++ source", remedy="check the path"
        )
    done = subprocess.run(
        [*compiler.command(source), *flags, source, "-o", result], stdin=subprocess.DEVNULL
    )
    if done.returncode != 0 or not os.path.exists(result):
        raise CompileError(
            "clang reported errors",
            path=source,
            found=f"exit status {done.returncode}; see above",
            needed="a source that compiles",
            remedy="correct the source",
        )
    with open(result, "rb") as file:
        return file.read()


def _python_of(module: link.Module) -> str | None:
    """The interpreter whose Python.h ``module`` includes, as include/guard/Python.h marks it."""
    try:
        mark = module.get_global_variable("_hpybc_python")
    except NameError:
        return None
    found = re.search(r'c"([^"\\]+)\\00"', str(mark))
    return found[1] if found else None
