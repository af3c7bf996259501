"""What an image is found by in the cache: a name for all that it was made from."""

from __future__ import annotations

from hpybc.errors import LoadError
from hpybc.jit import cache, identity
from hpybc.loader import contexts
from hpybc.version import __version__

#: What the images of a mode depend on besides their source: the same for all loads of a process.
_environments: dict[str, str] = {}


def prepare() -> None:
    """Finds out ahead of the first load what loads have in common."""
    try:
        _environments["release"] = _environment("release")
    except LoadError:  # which the load will raise again
        pass


def forget() -> None:
    """Finds it out anew at the next load: an installation may change under a process."""
    _environments.clear()


def of(data: bytes, entry: str, mode: str, engine: str) -> str:
    """The name in the cache of the image for ``engine`` of the bitcode file that is ``data``.

    Raises:
        UsageError: there is no such mode.
        ContextMissingError: this installation was not built for this interpreter.
    """
    environment = _environments.get(mode)
    if environment is None:
        environment = _environments[mode] = _environment(mode)
    return cache.key([data, entry, environment, engine]) + (".so" if engine == "shared" else ".o")


def _environment(mode: str) -> str:
    parts: list[bytes | str] = [*contexts.heads(mode), contexts.interpreter_tag(), __version__]
    parts += [identity.PIPELINE, identity.processor(), identity.libc(), identity.llvmlite()]
    return cache.key(parts)
