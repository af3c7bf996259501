"""A load, from a bitcode file to its module: the image that was shipped, or cached, or is built.

This is all of a warm load. A cold one builds in between (``build``).
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
from hpybc.loader import contexts, prebuilt
from hpybc.loader.extension import Extension, entry_point
from hpybc.loader.recipe import Recipe, engines, forget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.machinery import ModuleSpec
    from types import ModuleType

#: How many modules this interpreter has got from images.
_images = 0

#: After how many of them the limit of mappings is looked at; an image takes five.
_LOOKED_AT = 500

#: The images of the modules in debug mode, where ``hpybc.debug`` finds lines of sources.
debugged: list[Image] = []

#: The ``refusal`` of an image that already has made a module (cpython/ctx_module.c).
_IN_USE = "in use"


def create(extension: Extension, spec: ModuleSpec, mode: str) -> ModuleType:
    """The module of ``extension``: created, not yet executed.

    Raises:
        UsageError: there is no such mode.
        LoadError: one of its subclasses, with ``path`` and ``name``.
    """
    global _images
    contexts.check(mode)  # before all else
    try:
        if contexts.is_boxed():
            from hpybc.boxed import loading

            return loading.create(extension, spec, mode)
        module = _created(extension, spec, mode)
    except LoadError as error:
        if error.path is None:
            error.path = extension.path
        error.name = spec.name
        raise
    _images += 1
    if _images % _LOOKED_AT == 0:
        from hpybc.process import mappings

        mappings.warn(_images)
    return module


def _created(extension: Extension, spec: ModuleSpec, mode: str) -> ModuleType:
    if mode in contexts.STATEFUL:  # now, where it can still fail
        __import__("hpybc." + mode)
    for image in _images_of(extension, spec.name, mode):
        try:
            module = image.module(extension, spec)
        except GoneError:
            continue
        if mode == "debug":
            debugged.append(image)
        return module
    raise AssertionError("what was built has its content at hand")


class Image:
    """Machine code of an extension, in a file or at hand, or both.

    Attributes:
        engine: how it comes into a process, see ``recipe.ENGINES``.
        file: where it is. Other processes prune the same cache: the file may be gone.
        content: what is in the file, if that is at hand.
        place: where it is in the process: the name by which the dynamic linker knows it, or of one
            that is linked in memory the address of its entry point.
    """

    __slots__ = ("content", "engine", "file", "place")

    def __init__(self, engine: str, file: str | None, content: bytes | None = None) -> None:
        self.engine = engine
        self.file = file
        self.content = content
        self.place: str | int | None = None

    def module(self, extension: Extension, spec: ModuleSpec) -> ModuleType:
        """The module of ``extension`` in this image.

        Raises:
            GoneError: the image was in a file alone, and is there no more.
        """
        if self.engine == "memory":
            from hpybc.loader import memory

            self.place = memory.link(self.read(), spec.name, extension.libraries, extension.runpath)
            return memory.create(self.place, spec)
        if self.file is not None:
            try:
                return self._opened(self.file, spec)
            except ImportError as error:
                # A second module of one image gets statics and globals of its own. A file that
                # cannot be mapped, as on a file system without programs, is read all the same.
                is_in_use = getattr(error, "refusal", None) == _IN_USE
                if not is_in_use and not str(error).startswith(self.file):
                    raise
        from hpybc.process.copy import through_file

        # The mapping outlives the file.
        return through_file(self.read(), lambda name: self._opened(name, spec))

    def _opened(self, name: str, spec: ModuleSpec) -> ModuleType:
        self.place = name
        return dlopen(name, spec)

    def read(self) -> bytes:
        """What is in the file; raises GoneError as ``module``."""
        if self.content is None and self.file is not None:
            self.content = sealed.content(self.file)
        if self.content is None:
            raise GoneError
        return self.content


class GoneError(Exception):
    """An image that was there a moment ago."""


def _images_of(extension: Extension, name: str, mode: str) -> Iterator[Image]:
    """What the module ``name`` of ``extension`` can be made of, the cheapest to come by first."""
    try:
        entry, allowed = entry_point(name), engines()
        if mode == "release" and "shared" in allowed:
            shipped = prebuilt.lookup(extension, entry)
            if shipped is not None:
                yield Image("shared", shipped)
        recipes = []
        for engine in allowed:
            recipe = Recipe(extension, mode, entry, engine)
            cached = store.lookup(recipe.key())
            if cached is not None:
                yield Image(engine, cached)
            recipes.append(recipe)
        yield _built(recipes, name)
    except HpybcError:
        raise
    except Exception as error:
        meaning = explained(error)
        if meaning is None:
            raise
        raise meaning from error


def _built(recipes: list[Recipe], name: str) -> Image:
    """A new image by the first of ``recipes`` that this machine has what it takes for."""
    from hpybc import log
    from hpybc.cache.turns import turn
    from hpybc.jit.image import can_link
    from hpybc.loader import build
    from hpybc.process.progress import shown

    log.configure()
    chosen = recipes[0] if len(recipes) == 1 or can_link() else recipes[-1]
    extension = chosen.extension.verified()
    forget()
    key = chosen.key()
    with turn(key):
        # Others may have built it meanwhile.
        file = store.lookup(key)
        content = None if file is None else sealed.content(file)
        if content is None:
            with shown(f"compiling {extension.path} for this machine"):
                made = build.binary(chosen)
                content = made.content
                if not extension.stamped:
                    from hpybc.loader import trial

                    trial.run(content, name, chosen.mode, chosen.engine)
            label = f"{name} {chosen.mode} {contexts.interpreter_tag()} {extension.path}"
            file = store.store(chosen.key(made.makers), content, label)
    return Image(chosen.engine, file, content)


def refused(said: str, path: str) -> LoadError | None:
    """What the dynamic linker means that refuses the image ``path``; None if nobody knows."""
    _, found, symbol = said.rpartition("undefined symbol: ")
    if found:
        return undefined_symbols([symbol])
    library, found, _ = said.partition(": cannot open shared object file")
    return missing_library(library, said) if found and library != path else None


def dlopen(path: str, spec: ModuleSpec) -> ModuleType:
    """Imports the shared object ``path`` as any extension module, under the name in ``spec``."""
    origin, spec.origin = spec.origin, path  # where CPython looks for the shared object
    try:
        module: ModuleType = ExtensionFileLoader(spec.name, path).create_module(spec)
    except ImportError as error:
        meaning = refused(str(error), path)
        if meaning is None:
            raise
        raise meaning from None
    finally:
        spec.origin = origin
    # CPython names it for single-phase initialisation; Cython's modules copy it from the spec.
    if origin is not None and getattr(module, "__dict__", {}).get("__file__") == path:
        module.__file__ = origin
    return module
