"""The compile driver: C and C++ sources to one bitcode file."""

from __future__ import annotations

import logging
import os
import sysconfig
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import hpybc
from hpybc import files
from hpybc.errors import LoadError, UndefinedSymbolError, UsageError, undefined_symbols
from hpybc.jit import checks, edits, identity, runtime, symbols
from hpybc.jit.module import Module, parsed
from hpybc.jit.target import llvm_version
from hpybc.loader import contexts, entry
from hpybc.loader.extension import read
from hpybc.loader.manifest import HPY_ABI, wrap
from hpybc.toolchain import ahead, docs, libcxx, libraries, objects, python_h
from hpybc.toolchain import clang as _clang
from hpybc.toolchain import output as _output
from hpybc.toolchain.arguments import Input
from hpybc.toolchain.sources import Dependencies, compile_sources, is_cxx

_log = logging.getLogger("hpybc.compile")


@dataclass(frozen=True)
class Options:
    """How to compile.

    Attributes:
        include_dirs: folders to search for headers, after hpybc's own.
        defines: macros, ``NAME`` or ``NAME=VALUE``.
        level: ``1``, ``2``, ``3``, ``s`` or ``z``; at 0 LLVM would never inline the result.
        debug: whether to keep source positions and variables, for debuggers.
        name: the module's name; by default the one in HPy_MODINIT.
        extra: further arguments for clang; they win over all others.
        libraries: shared or static libraries, as after ``-l``.
        library_dirs: folders to search for them before the system's.
        runpath: folders that the dynamic linker is to search for them first.
        may_be_undefined: whether symbols may be left that nothing known defines.
        dependencies: the list of headers to write, if any.
    """

    include_dirs: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    level: str = "2"
    debug: bool = False
    name: str | None = None
    extra: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    library_dirs: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    may_be_undefined: bool = False
    dependencies: Dependencies | None = None


def compile_extension(
    sources: Sequence[str | Input], output: str, options: Options = Options()
) -> dict[str, object]:
    """Compiles and links ``sources`` into the bitcode file ``output``; returns its manifest.

    Objects and archives of bitcode, and shared libraries, may be among them. clang's diagnostics
    go to stderr as they are, in the order of the sources. ``output`` is replaced as a whole, or
    left as it was if anything fails.

    Raises:
        CompilerNotFoundError: there is no clang.
        CompileError: clang rejected a source, or a file cannot become part of bitcode.
        ModuleInitError: the sources do not define exactly one module.
        UndefinedSymbolError: they use what nothing defines.
        FileMissingError: a source does not exist.
        UsageError: there are no sources, or ``output`` is one of them or has a name like one.
    """
    if not sources:
        raise UsageError("no sources", needed="one source or more", remedy="name a C or C++ file")
    inputs = [file if isinstance(file, Input) else Input(file) for file in sources]
    _output.check(output, inputs)
    data, manifest = linked(inputs, output, options)
    files.replace(output, data)
    return manifest


def linked(
    inputs: Sequence[Input], output: str, options: Options
) -> tuple[bytes, dict[str, object]]:
    """The bitcode file that ``compile_extension`` writes, and its manifest; raises as that."""
    compiler = _clang.find(cxx=any(map(is_cxx, inputs)))
    _log.debug("clang %s from %s", compiler.version, compiler.origin)
    found = libraries.Found()
    parts, archives = _parts(compiler, inputs, output, options, found)
    for name in options.libraries:
        archives += libraries.find(found, name, options.library_dirs)
    try:
        return _linked(compiler, parts, archives, found, options)
    except UndefinedSymbolError as error:
        error.path = error.path or _user(inputs, parts, error.symbols)
        raise
    except LoadError as error:
        error.path = error.path or (inputs[0].path if len(inputs) == 1 else None)
        raise


def _linked(
    compiler: _clang.Clang,
    parts: Sequence[bytes],
    archives: Sequence[str],
    found: libraries.Found,
    options: Options,
) -> tuple[bytes, dict[str, object]]:
    with parsed(parts[0]) as module:
        module.link_all(parts[1:])
        objects.link_wanted(module, archives)
        if any(map(libcxx.defines, module.undefined)):
            libcxx.link_in(module, _clang.find(cxx=True))
        checks.optimized(module)
        symbol = entry.find(module, options.name)
        if not options.may_be_undefined:
            _check_defined(module, found.paths)
        own: dict[str, object] = {
            "module": options.name or entry.module_name(symbol),
            "entry": symbol,
            "python": python_h.interpreter(parts),
            "optimization": f"-O{options.level}",
        }
        if found.names:
            own["libraries"] = found.names
        # Where an image will be nobody knows: what is named relative to it is left out.
        folders = [os.path.abspath(path) for path in options.runpath if not path.startswith("$")]
        if found.names and folders:
            own["runpath"] = folders

        def edit(text: str) -> str:
            own["edits"] = edits.VERSION
            own["assembly"] = sorted(symbols.in_assembly(text))
            lasting = edits.lasting(text, symbol, text.encode())
            return docs.with_signatures(lasting, module, entry.module_name(symbol))

        return stamped(module, compiler, own, edit)


def _parts(
    compiler: _clang.Clang,
    inputs: Sequence[Input],
    output: str,
    options: Options,
    found: libraries.Found,
) -> tuple[list[bytes], list[str]]:
    """The bitcode of ``inputs`` in their order, and the archives among them; libraries are noted.

    Raises as ``compile_extension``.
    """
    kinds = ["source" if objects.is_source(f) else objects.kind(f.path) for f in inputs]
    sources = [f for f, kind in zip(inputs, kinds, strict=True) if kind == "source"]
    compiled = iter(
        compile_sources(
            compiler,
            sources,
            flags(options),
            dependencies=options.dependencies,
            output=output,
        )
    )
    parts: list[bytes] = []
    archives: list[str] = []
    for file, kind in zip(inputs, kinds, strict=True):
        if kind == "source":
            parts.append(next(compiled))
        elif kind == "archive" and file.whole:
            parts += objects.members(file.path)
        elif kind in ("archive", "library", "script"):
            archives += found.add(file.path)
        else:
            parts.append(objects.read(file.path))
    if not parts:
        raise UsageError(
            "nothing to compile or link but libraries",
            found=", ".join(file.path for file in inputs),
            needed="a source or an object of bitcode",
            remedy="name one",
        )
    return parts, archives


def _user(inputs: Sequence[Input], parts: Sequence[bytes], names: Collection[str]) -> str | None:
    """The first of ``inputs``, of which ``parts`` were made, that uses one of ``names``."""
    if len(parts) == len(inputs):
        for file, part in zip(inputs, parts, strict=True):
            with parsed(part) as module:
                if not set(names).isdisjoint(module.undefined):
                    return file.path
    return None


def _check_defined(module: Module, paths: Sequence[str]) -> None:
    """Raises UndefinedSymbolError if ``module`` uses what nothing would define at a load here.

    That is a context, this process with its C library, or one of the libraries in ``paths``.
    """
    provided: set[str] = set()
    for file in (contexts.stack("release", legacy=True), *contexts.libraries()):
        provided |= contexts.defined(read(file))
    names = [name for name in symbols.undefined(module) if name not in provided]
    lacking = symbols.missing(names, map(runtime.named, paths))
    if lacking:
        raise undefined_symbols(lacking)


def stamped(
    linked: Module,
    compiler: _clang.Clang,
    own: Mapping[str, object],
    edit: Callable[[str], str] | None = None,
) -> tuple[bytes, dict[str, object]]:
    """The bitcode file of a linked module, and its manifest: ``own`` and what all files have.

    ``edit`` changes the module's text before, and may add to ``own``.
    """
    generic = edits.generic(linked, edit, usual=_clang.features(compiler))
    generic.verify()  # which loads need not do again
    if edit is not None and ahead.is_complete(generic):
        kept = own["assembly"]
        assert isinstance(kept, list)
        bitcode = ahead.optimized(generic, compiler, str(own["entry"]), kept)
        own = {**own, "ahead": True}
    else:
        bitcode = generic.bitcode
    manifest = {
        "hpybc": hpybc.__version__,
        "hpy_abi": HPY_ABI,
        "triple": generic.triple,
        "llvm": ".".join(map(str, llvm_version())),
        "producer": f"clang {compiler.version} ({compiler.origin})",
        **own,
    }
    return wrap(bitcode, manifest, identity.architecture()), manifest


#: What depends on the processor is for the loader to do, which knows it: it cannot undo what is
#: unrolled and vectorised for the oldest of an architecture.
_GENERIC = ("-fno-unroll-loops", "-fno-vectorize", "-fno-slp-vectorize")


#: Options of another compiler are no reason to warn.
QUIET = (
    "-Wno-unknown-warning-option",
    "-Wno-unused-command-line-argument",
    "-Wno-ignored-optimization-argument",
)


def flags(options: Options) -> list[str]:
    """clang's arguments for each source: hpybc's own first, so that those of ``options`` win."""
    include = hpybc.include_path()
    result = [*QUIET, f"-O{options.level}", "-g" if options.debug else "-g0", *_GENERIC]
    # The guard comes before any other Python.h, this interpreter's own last.
    folders = [os.path.join(include, "guard"), *options.include_dirs]
    result += [f"-I{folder}" for folder in folders]
    result += ["-isystem", include, *python_flags(), *system_flags()]
    result += [f"-D{macro}" for macro in options.defines]
    # As for any compiler: to name the system's folders moves them nowhere.
    return [*result, *without_system_folders(options.extra)]


def system_folders() -> list[str]:
    """Where a compiler of this machine has its headers: those of libraries, and the C library's."""
    architecture = sysconfig.get_config_var("MULTIARCH") or f"{os.uname().machine}-linux-gnu"
    return ["/usr/local/include", f"/usr/include/{architecture}", "/usr/include"]


def system_flags() -> list[str]:
    """clang's arguments for headers that it does not bring itself.

    Its own C library's headers come before: those of two C libraries do not go together.
    """
    folders = filter(os.path.isdir, system_folders())
    return [part for folder in folders for part in ("-idirafter", folder)]


def without_system_folders(flags: Sequence[str]) -> list[str]:
    """``flags`` without the system's folders of headers."""
    system = {os.path.realpath(folder) for folder in system_folders()}
    result: list[str] = []
    following = iter(flags)
    for flag in following:
        if flag in ("-isystem", "-idirafter", "-iquote"):
            folder = next(following, "")
            if os.path.realpath(folder) not in system:
                result += [flag, folder]
        elif not (flag.startswith("-I") and os.path.realpath(flag[2:]) in system):
            result.append(flag)
    return result


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
