"""From a file's bytes to a module object: key, cache, image, module.

This is all of a warm load; ``build`` is what a cold one does in between.
"""

from __future__ import annotations

from _frozen_importlib_external import ExtensionFileLoader  # see importer

from hpybc.errors import LinkError, LoadError, missing_library, undefined_symbols
from hpybc.jit import cache, sealed
from hpybc.jit.engine import engines
from hpybc.loader import bitcode, contexts, key, prebuilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

#: What an image says that already has made a module (toolchain/context/cpython/ctx_module.c).
_IN_USE = "this image already holds a module"


def create(data: bytes, path: str, spec: ModuleSpec, mode: str) -> ModuleType:
    """The module in the bitcode file ``path``, which contains ``data``: created, not yet executed.

    Raises:
        UsageError: there is no such mode.
        LoadError: one of its subclasses, with ``path`` and ``name``.
    """
    contexts.names(mode)  # before all else
    try:
        if mode in contexts.STATEFUL:  # now, where it can still fail
            __import__("hpybc." + mode)
        engine, file, content = _image(data, path, spec.name, mode)
        if engine == "memory":
            from hpybc.loader import binary, memory

            libraries = binary.libraries(bitcode.parse(data, path))
            return memory.create(_read(file, content), spec, *libraries)
        return _shared(file, content, spec)
    except LoadError as error:
        if error.path is None:
            error.path = path
        error.name = spec.name
        raise


def _image(data: bytes, path: str, name: str, mode: str) -> tuple[str, str | None, bytes | None]:
    """The engine of the image, its file if it has one, and its content if that is at hand."""
    allowed, entry = engines(), bitcode.entry_point(name)
    if mode == "release" and "shared" in allowed:
        shipped = prebuilt.lookup(data, path, entry)
        if shipped is not None:
            return "shared", shipped, None
    for engine in allowed:
        found = cache.lookup(key.of(data, entry, mode, engine))
        if found is not None:
            return engine, found, None
    from hpybc.loader import build

    return build.image_of(data, path, name, mode)


def _shared(file: str | None, content: bytes | None, spec: ModuleSpec) -> ModuleType:
    """The module of a shared object, see ``_image``."""
    if file is not None:
        try:
            return dlopen(file, spec)
        except ImportError as error:
            # A second module of one image gets statics and globals of its own. A file that cannot
            # be mapped, on a file system without programs for example, is read all the same.
            if str(error) != _IN_USE and not str(error).startswith(file):
                raise
    from hpybc.jit.copy import file_of

    with file_of(_read(file, content)) as name:
        return dlopen(name, spec)  # the mapping outlives the file


def _read(file: str | None, content: bytes | None) -> bytes:
    if content is None and file is not None:
        content = sealed.content(file)
    if content is None:
        raise LinkError(
            "the image cannot be read any more",
            found=f"{file} is gone, or was changed a moment ago",
            needed="a cache that other programs leave alone",
            remedy="load the file again",
        )
    return content


def dlopen(path: str, spec: ModuleSpec) -> ModuleType:
    """Imports the shared object ``path`` as any extension module, under the name in ``spec``."""
    origin, spec.origin = spec.origin, path  # where CPython looks for the shared object
    try:
        return ExtensionFileLoader(spec.name, path).create_module(spec)
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
