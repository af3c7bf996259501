"""What an image is found by in the cache: a name for all that it was made from, and by whom."""

from __future__ import annotations

import os

from hpybc.cache import store
from hpybc.errors import LoadError
from hpybc.jit import identity
from hpybc.loader import contexts
from hpybc.version import __version__

#: The environment variable that decides what is inlined, see ``inlining``.
INLINE = "HPYBC_INLINE"

#: What the images of a mode depend on besides their source: the same for all loads of a process.
_environments: dict[str, str] = {}

#: Who builds the images of an engine, likewise.
_builders: dict[str, str] = {}


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


def of(
    data: bytes, entry: str, mode: str, engine: str, makers: tuple[bytes, ...] | None = None
) -> str:
    """The name in the cache of the image for ``engine`` of the bitcode file that is ``data``.

    ``makers`` is who has built it, see ``recipe.Made``; by default who would. They may be others,
    if something was upgraded under this process, which then goes by those that have.

    Raises:
        UsageError: there is no such mode.
        ContextMissingError: this installation was not built for this interpreter.
    """
    # Another thread may forget either at any time.
    environment = _environments.get(mode)
    if environment is None:
        environment = _environments[mode] = _environment(mode)
    builder = _builders.get(engine)
    if makers is not None:
        builder = _builders[engine] = _named(makers)
    elif builder is None:
        builder = _builders[engine] = _builder(engine)
    suffix = ".so" if engine == "shared" else ".o"
    parts: list[bytes | str] = [data, entry, environment, engine, os.environ.get(INLINE, "")]
    return f"{store.key(parts)}-{builder}{suffix}"


def _environment(mode: str) -> str:
    parts: list[bytes | str] = [contexts.head(mode), contexts.interpreter_tag(), __version__]
    parts += [identity.PIPELINE, identity.processor(), identity.libc()]
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
