"""Recipes: what an image is made of and how, and with that what it is found by in the cache."""

from __future__ import annotations

import os

from hpybc.cache import store
from hpybc.errors import LoadError, UsageError
from hpybc.jit import identity
from hpybc.loader import contexts
from hpybc.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hpybc.loader.extension import Extension

#: The ways in which machine code comes into a process, see ``jit.image``: a shared object for the
#: dynamic linker, or an object file for LLVM's own.
ENGINES = ("shared", "memory")

#: The environment variable that decides what is inlined, see ``inlining``.
INLINE = "HPYBC_INLINE"

#: What the images of a mode depend on besides their source: the same for all loads of a process.
_environments: dict[str, str] = {}

#: Who builds the images of an engine, likewise.
_builders: dict[str, str] = {}


class Recipe:
    """How an extension becomes an image.

    Attributes:
        extension: what it is made of.
        mode: the stack of contexts that it is linked with, ``release`` for example.
        entry: what the function that makes the module is to be called.
        engine: one of ``ENGINES``.
        cpu: the processor, see ``jit.cpu.named``.
        portable: whether it is for other machines too, whose C library may be older.
        also: other names of the function ``entry``.
    """

    __slots__ = ("also", "cpu", "engine", "entry", "extension", "mode", "portable")

    def __init__(
        self,
        extension: Extension,
        mode: str,
        entry: str,
        engine: str = "shared",
        *,
        cpu: str = "native",
        portable: bool = False,
        also: tuple[str, ...] = (),
    ) -> None:
        self.extension = extension
        self.mode = mode
        self.entry = entry
        self.engine = engine
        self.cpu = cpu
        self.portable = portable
        self.also = also

    def key(self, makers: tuple[bytes, ...] | None = None) -> str:
        """What the image is called in the cache: it stands for all that it is made of, and by whom.

        That is for images of this machine, which have no other names.

        Args:
            makers: who has built it, see ``build.Made``; by default who would. They may be others,
                if something was upgraded under this process, which then goes by those that have.

        Raises:
            UsageError: there is no such mode.
            ContextMissingError: this installation was not built for this interpreter.
        """
        # Another thread may forget either at any time.
        environment = _environments.get(self.mode)
        if environment is None:
            environment = _environments[self.mode] = _environment(self.mode)
        builder = _builders.get(self.engine)
        if makers is not None:
            builder = _builders[self.engine] = _named(makers)
        elif builder is None:
            builder = _builders[self.engine] = _builder(self.engine)
        parts: list[bytes | str] = [self.extension.data, self.entry, environment, self.engine]
        parts.append(os.environ.get(INLINE, ""))
        return f"{store.key(parts)}-{builder}{'.so' if self.engine == 'shared' else '.o'}"

    def stack(self) -> str:
        """The file of the contexts, joined.

        Raises:
            LoadError: the extension is damaged, or this installation has no such contexts.
        """
        legacy = self.mode == "release" and self.extension.legacy
        return contexts.existing("legacy" if legacy else self.mode)


def engines() -> tuple[str, ...]:
    """The engines a load may use, best first: both, or the one in ``$HPYBC_ENGINE``.

    Raises:
        UsageError: the variable names no engine.
    """
    chosen = os.environ.get("HPYBC_ENGINE")
    if not chosen:
        return ENGINES
    if chosen not in ENGINES:
        raise UsageError(
            "no such engine",
            found=f"HPYBC_ENGINE={chosen}",
            needed=" or ".join(ENGINES),
            remedy="unset the variable",
        )
    return (chosen,)


def prepare() -> None:
    """Finds out ahead of the first load what loads have in common."""
    store.folder()
    try:
        _environments["release"] = _environment("release")
        _builders["shared"] = _builder("shared")
    except LoadError:  # which the load will raise again
        pass


def forget() -> None:
    """Finds it out anew at the next load: an installation may change under a process."""
    _environments.clear()
    _builders.clear()


def _environment(mode: str) -> str:
    parts: list[bytes | str] = [contexts.head(mode), contexts.interpreter_tag(), __version__]
    parts += [identity.processor(), identity.libc()]
    return store.key(parts)


def _builder(engine: str) -> str:
    """What tells the images of one llvmlite and linker from another's; nothing if one is missing.

    A newer one may compile right what an older one did not. Where no image can be made, the image
    that any of them has made is as right as the others.
    """
    needed = (identity.llvmlite(), *([identity.linker()] if engine == "shared" else ()))
    return _named(needed) if all(needed) else ""


def _named(makers: tuple[bytes, ...]) -> str:
    return store.key(makers)[:16]
