"""From a file's bytes to a module object: key, cache, image, module.

This is all of a warm load; ``build`` is what a cold one does in between.
"""

from __future__ import annotations

from _frozen_importlib_external import ExtensionFileLoader  # see importer

from hpybc.cache import sealed, store
from hpybc.errors import (
    HpybcError,
    LoadError,
    explained,
    missing_library,
    undefined_symbols,
)
from hpybc.jit.engine import engines
from hpybc.loader import contexts, extension, key, prebuilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

#: How many modules this interpreter has got from images.
_images = 0

#: After how many of them the limit of mappings is looked at; an image takes five.
_LOOKED_AT = 500

#: What an image says that already has made a module (toolchain/context/cpython/ctx_module.c).
_IN_USE = "this image already holds a module"


def create(data: bytes, path: str, spec: ModuleSpec, mode: str) -> ModuleType:
    """The module in the bitcode file ``path``, which contains ``data``: created, not yet executed.

    Raises:
        UsageError: there is no such mode.
        LoadError: one of its subclasses, with ``path`` and ``name``.
    """
    global _images
    contexts.check(mode)  # before all else
    try:
        module = _created(data, path, spec, mode)
    except LoadError as error:
        if error.path is None:
            error.path = path
        error.name = spec.name
        raise
    _images += 1
    if _images % _LOOKED_AT == 0:
        from hpybc.process import mappings

        mappings.warn(_images)
    return module


def _created(data: bytes, path: str, spec: ModuleSpec, mode: str) -> ModuleType:
    if mode in contexts.STATEFUL:  # now, where it can still fail
        __import__("hpybc." + mode)
    try:
        found = _found(data, path, spec.name, mode)
    except Exception as error:
        _explain(error)
        raise
    if found is not None:
        try:
            return _made(data, path, spec, *found)
        except _GoneError:
            pass
    try:
        from hpybc.loader import build

        image = build.image_of(data, path, spec.name, mode)
    except Exception as error:
        _explain(error)
        raise
    return _made(data, path, spec, *image)


def _explain(error: Exception) -> None:
    """Raises what hpybc has to say of an exception that is not its own."""
    meaning = None if isinstance(error, HpybcError) else explained(error)
    if meaning is not None:
        raise meaning from error


class _GoneError(Exception):
    """An image that was there a moment ago: other processes prune the same cache."""


def _found(data: bytes, path: str, name: str, mode: str) -> tuple[str, str] | None:
    """The engine and the file of an image that was shipped, or is in the cache."""
    allowed, entry = engines(), extension.entry_point(name)
    if mode == "release" and "shared" in allowed:
        shipped = prebuilt.lookup(data, path, entry)
        if shipped is not None:
            return "shared", shipped
    for engine in allowed:
        file = store.lookup(key.of(data, entry, mode, engine))
        if file is not None:
            return engine, file
    return None


def _made(
    data: bytes,
    path: str,
    spec: ModuleSpec,
    engine: str,
    file: str | None,
    content: bytes | None = None,
) -> ModuleType:
    """The module of an image, in a file or at hand as ``content``, or both.

    Raises:
        _GoneError: it was in a file alone, and is there no more.
    """
    if engine == "memory":
        from hpybc.loader import memory, recipe

        libraries = recipe.libraries(extension.parse(data, path))
        return memory.create(_read(file, content), spec, *libraries)
    if file is not None:
        try:
            return dlopen(file, spec)
        except ImportError as error:
            # A second module of one image gets statics and globals of its own. A file that cannot
            # be mapped, on a file system without programs for example, is read all the same.
            if str(error) != _IN_USE and not str(error).startswith(file):
                raise
    from hpybc.process.copy import through_file

    # The mapping outlives the file.
    return through_file(_read(file, content), lambda name: dlopen(name, spec))


def _read(file: str | None, content: bytes | None) -> bytes:
    if content is None and file is not None:
        content = sealed.content(file)
    if content is None:
        raise _GoneError
    return content


def dlopen(path: str, spec: ModuleSpec) -> ModuleType:
    """Imports the shared object ``path`` as any extension module, under the name in ``spec``."""
    origin, spec.origin = spec.origin, path  # where CPython looks for the shared object
    try:
        module: ModuleType = ExtensionFileLoader(spec.name, path).create_module(spec)
    except ImportError as error:
        said = str(error)
        _, found, symbol = said.rpartition("undefined symbol: ")
        if found:
            raise undefined_symbols([symbol]) from None
        library, found, _ = said.partition(": cannot open shared object file")
        if found and library != path:
            raise missing_library(library, said) from None
        raise
    finally:
        spec.origin = origin
    # CPython names it for single-phase initialisation; Cython's modules copy it from the spec.
    if origin is not None and getattr(module, "__dict__", {}).get("__file__") == path:
        module.__file__ = origin
    return module
