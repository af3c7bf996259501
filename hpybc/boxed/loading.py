"""A load with the boxed context: the image from the cache, or made; then the module in it."""

from __future__ import annotations

from hpybc.boxed import modules
from hpybc.cache import sealed, store
from hpybc.errors import InterpreterError
from hpybc.jit import identity
from hpybc.loader import contexts, prebuilt
from hpybc.loader.loading import refused
from hpybc.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from hpybc.loader.extension import Extension

#: How the names of images that are shipped end. They fit every interpreter with this context.
SUFFIX = f".boxed-{identity.architecture()}-linux.so"

#: The images that hold a module: each has C statics, and so one module.
_in_use: set[str] = set()


def create(extension: Extension, spec: ModuleSpec, mode: str) -> ModuleType:
    """The module of ``extension``: created, not yet executed.

    Raises:
        UsageError: the mode is not to be had here.
        InterpreterError: the extension includes ``Python.h``.
        LoadError: as ``hpybc.load``.
    """
    contexts.stack(mode)
    if mode in contexts.STATEFUL:  # now, where it can still fail
        __import__("hpybc." + mode)
    key = _key(extension, mode)
    path = prebuilt.lookup(extension, entry(), SUFFIX) if mode == "release" else None
    path, content = path or store.lookup(key), None
    if path is None:
        content, path = _built(extension, key, spec.name, mode)
    if path is not None and path not in _in_use:
        _in_use.add(path)
        try:
            return _mapped(path, extension, spec)
        except ImportError as error:
            if not str(error).startswith(path):  # a file that cannot be mapped is read all the same
                raise
    if content is None and path is not None:
        content = sealed.content(path)
    if content is None:  # it was pruned meanwhile
        content, _ = _built(extension, key, spec.name, mode)
    from hpybc.process.copy import through_file

    image = content
    return through_file(image, lambda name: _mapped(name, extension, spec))


def entry() -> str:
    """What an image that was shipped has to fit: the C half of the context that is in it."""
    return store.key([contexts.head("boxed"), "boxed"])


def _key(extension: Extension, mode: str) -> str:
    parts: list[bytes | str] = [
        extension.data,
        contexts.head(contexts.boxed(mode)),
        __version__,
        "boxed",
    ]
    parts += [identity.processor(), identity.libc(), identity.linker()]
    return f"{store.key(parts)}-boxed.so"


def _built(extension: Extension, key: str, name: str, mode: str) -> tuple[bytes, str | None]:
    from hpybc import log
    from hpybc.boxed import image
    from hpybc.cache.turns import turn
    from hpybc.process.progress import shown

    log.configure()
    _check(extension)
    with turn(key):
        path = store.lookup(key)
        content = None if path is None else sealed.content(path)
        if content is None:
            with shown(f"compiling {extension.path} for this machine"):
                content = image.make(extension, mode)
            path = store.store(key, content, f"{name} {contexts.boxed(mode)} {extension.path}")
    return content, path


def portable(extension: Extension) -> bytes:
    """An image to be shipped: for every processor of the architecture.

    Raises:
        InterpreterError: the extension includes ``Python.h``.
        LinkError: see ``image.make``.
    """
    from hpybc.boxed import image

    _check(extension)
    return image.make(extension, cpu="generic")


def _check(extension: Extension) -> None:
    if extension.verified().python is not None:
        raise InterpreterError(
            "the extension includes Python.h, whose objects only CPython has",
            found=f"Python {extension.python}",
            needed="an extension of HPy's API alone",
            remedy="port it to HPy alone, or make a CPython extension of it with: hpybc export",
        )


def _mapped(path: str, extension: Extension, spec: ModuleSpec) -> ModuleType:
    try:
        module: ModuleType = modules.create(path, extension.name.rpartition(".")[2], spec)
        return module
    except OSError as error:
        meaning = refused(str(error), path)
        raise meaning or ImportError(f"{path}: {error}") from None
