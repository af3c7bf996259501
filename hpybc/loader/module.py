"""From a verified file to a module object: key, build on a miss, image, module."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from types import ModuleType

from hpybc.errors import InterpreterError, LoadError, NewerLLVMError, undefined_symbols
from hpybc.jit import cache, identity, image
from hpybc.loader import contexts
from hpybc.loader.bitcode import Bitcode, digest, read
from hpybc.version import __version__

#: What an image says that cannot make a module (toolchain/context/cpython/ctx_module.c).
_IN_USE = "this image already holds a module"
_NEEDS_GIL = "this image needs the GIL"

#: PYTHON_API_VERSION of Python.h, the same since 2006.
_PYTHON_API_VERSION = 1013


def create(source: Bitcode, spec: ModuleSpec, mode: str) -> ModuleType:
    """The module in ``source``, created and not yet executed.

    Raises:
        UsageError: there is no such mode.
        LoadError: one of its subclasses, with ``path`` and ``name``.
    """
    try:
        if source.manifest is not None:
            _check_interpreter(source.manifest)
        if mode in contexts.STATEFUL:  # now, where it can still fail
            import_module("hpybc." + mode)
        engine, path, data = _image(source, entry_point(spec.name), mode)
        if engine == "memory":
            return _from_memory(data, spec)
        return _from_shared(path, data, spec)
    except LoadError as error:
        if error.path is None:
            error.path = source.path
        error.name = spec.name
        raise


def _check_interpreter(manifest: dict[str, object]) -> None:
    """What includes Python.h has the layout of that interpreter's objects compiled in."""
    bound = manifest.get("python")
    running = f"{sys.version_info[0]}.{sys.version_info[1]}{sys.abiflags}"
    if bound is not None and bound != running:
        raise InterpreterError(
            "the extension includes Python.h and is bound to the interpreter it was compiled for",
            found=f"Python {bound}",
            needed=f"Python {running}",
            remedy="compile the source for this interpreter, or port it to HPy alone",
        )


def execute(module: ModuleType) -> None:
    """Runs the module's HPy_mod_exec slots."""
    ExtensionFileLoader("", "").exec_module(module)


def entry_point(name: str) -> str:
    """The function that CPython's import calls in an extension module ``name`` (PEP 489)."""
    last = name.rpartition(".")[2]
    if last.isascii():
        return "PyInit_" + last
    return "PyInitU_" + last.encode("punycode").decode("ascii").replace("-", "_")


def _image(source: Bitcode, entry: str, mode: str) -> tuple[str, str | None, bytes]:
    """The engine, the path in the cache or None, and the content of the image."""
    # Of a file without a manifest nobody knows whether it includes Python.h.
    legacy = source.manifest is None or source.manifest.get("python") is not None
    stack = contexts.stack(mode, legacy=legacy)
    engines = image.engines()
    for engine in engines:
        found = cache.lookup(_key(source, stack, entry, engine))
        if found is not None:
            return engine, *found
    engine = engines[0] if len(engines) == 1 or image.linker() is not None else "memory"
    data = _made(source, stack, entry, engine)
    label = f"{entry.partition('_')[2]} {mode} {contexts.interpreter_tag()} {source.path}"
    return engine, cache.store(_key(source, stack, entry, engine), data, label), data


def _key(source: Bitcode, stack: tuple[str, ...], entry: str, engine: str) -> str:
    # Of several entry points the manifest names one; without it the bitcode and ``entry`` decide.
    own_entry = "" if source.manifest is None else str(source.manifest["entry"])
    parts: list[bytes | str] = [source.digest, *map(digest, stack), own_entry, entry, engine]
    parts += [__version__, identity.PIPELINE, identity.processor(), identity.llvmlite()]
    return cache.key([*parts, contexts.interpreter_tag()]) + (".so" if engine == "shared" else ".o")


def _made(source: Bitcode, stack: tuple[str, ...], entry: str, engine: str) -> bytes:
    from hpybc.jit.target import usable

    if source.manifest is not None and usable():
        return _make(source, stack, entry, engine)
    from hpybc.jit import child

    arguments = (source, stack, entry, engine, True)
    if source.manifest is not None:
        return child.call(_make, *arguments)
    # LLVM trusts its input: what no checksum vouches for may end the process that reads it.
    remedy = "compile the source with hpybc compile"
    return child.call(_make, *arguments, limits=child.FOREIGN, remedy=remedy)


def _make(
    source: Bitcode, stack: tuple[str, ...], entry: str, engine: str, elsewhere: bool = False
) -> bytes:
    from hpybc.jit.build import Options, build
    from hpybc.jit.target import host
    from hpybc.loader import definitions

    own_entry = (
        _check_raw(source, entry) if source.manifest is None else _check_stamped(source.manifest)
    )
    renames = () if own_entry == entry else ((own_entry, entry),)
    layers = [read(path).payload for path in stack]
    edit = definitions.without_functions if stack == contexts.stack("release") else None
    options = Options((entry,), renames, elsewhere, emulated_tls=engine == "memory", edit=edit)
    return image.make(build(source.payload, layers, host(), options), engine)


def _check_stamped(manifest: dict[str, object]) -> str:
    """The entry point of a file with a manifest, once this LLVM can read it."""
    from hpybc.jit.target import llvm_version

    written = str(manifest["llvm"])
    if int(written.partition(".")[0]) > llvm_version()[0]:
        raise NewerLLVMError(
            "the bitcode was written by a newer LLVM than the one that reads it",
            found=f"LLVM {written}",
            needed=f"LLVM {llvm_version()[0]} or older (the one in llvmlite)",
            remedy="upgrade llvmlite, or compile the source in this environment",
        )
    return str(manifest["entry"])


def _check_raw(source: Bitcode, entry: str) -> str:
    """The entry point of a file without a manifest."""
    from hpybc.jit.link import parsed
    from hpybc.loader.entry import find

    with parsed(source.payload) as module:
        return find(module, entry)


def _from_shared(path: str | None, data: bytes, spec: ModuleSpec) -> ModuleType:
    if path is None:
        return _from_private_copy(data, spec)
    try:
        return _dlopen(path, spec)
    except ImportError as error:
        if str(error) != _IN_USE:
            raise
        # A second module of the same file: it gets statics and globals of its own.
        return _from_private_copy(data, spec)


def _from_private_copy(data: bytes, spec: ModuleSpec) -> ModuleType:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="hpybc-") as folder:
        path = os.path.join(folder, "image.so")
        cache.write(path, data)
        return _dlopen(path, spec)  # the mapping outlives the file


def _dlopen(path: str, spec: ModuleSpec) -> ModuleType:
    """Imports the shared object ``path`` as any extension module, under the name in ``spec``."""
    origin, spec.origin = spec.origin, path  # where CPython looks for the shared object
    try:
        return ExtensionFileLoader(spec.name, path).create_module(spec)
    except ImportError as error:
        _, found, symbol = str(error).rpartition("undefined symbol: ")
        if not found:
            raise
        raise undefined_symbols([symbol]) from None
    finally:
        spec.origin = origin


def _from_memory(code: bytes, spec: ModuleSpec) -> ModuleType:
    """Links the object file ``code`` into the process and makes its module."""
    address = image.link_memory(code, entry_point(spec.name))
    import ctypes  # which the former has found possible

    # A plain pointer: the image owns its definition, and a py_object would be released.
    definition = ctypes.PYFUNCTYPE(ctypes.c_void_p)(address)()
    made = ctypes.cast(definition, ctypes.py_object).value
    if isinstance(made, ModuleType):  # single-phase initialisation, of the C API
        return made
    prototype = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_int)
    make = prototype(("PyModule_FromDefAndSpec2", ctypes.pythonapi))
    try:
        module: ModuleType = make(definition, spec, _PYTHON_API_VERSION)
    except ImportError as error:
        if str(error) != _NEEDS_GIL:
            raise
        raise InterpreterError(
            "the extension needs the GIL, which is off",
            found="the engine 'memory', which cannot turn it on",
            needed="HPY_MOD_GIL_NOT_USED in its source, or the GIL",
            remedy="install a linker (pip install 'hpybc[compiler]'), or set PYTHON_GIL=1",
        ) from None
    return module
