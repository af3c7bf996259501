"""What an image is found by in the cache: a name for all that it was made from, and by whom."""

from __future__ import annotations

import os

from hpybc.errors import LoadError
from hpybc.jit import cache, identity
from hpybc.loader import contexts
from hpybc.version import __version__

#: The environment variable that decides what is inlined, see ``inlining``.
INLINE = "HPYBC_INLINE"

#: What the images of a mode depend on besides their source, and who builds them: the same for all
#: loads of a process.
_environments: dict[str, tuple[str, str]] = {}


def prepare() -> None:
    """Finds out ahead of the first load what loads have in common."""
    try:
        _environments["release"] = _environment("release"), _builder()
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
    if mode not in _environments:
        _environments[mode] = _environment(mode), _builder()
    environment, builder = _environments[mode]
    suffix = ".so" if engine == "shared" else ".o"
    parts: list[bytes | str] = [data, entry, environment, engine, os.environ.get(INLINE, "")]
    return f"{cache.key(parts)}-{builder}{suffix}"


def _environment(mode: str) -> str:
    parts: list[bytes | str] = [*contexts.heads(mode), contexts.interpreter_tag(), __version__]
    parts += [identity.PIPELINE, identity.processor(), identity.libc()]
    return cache.key(parts)


def _builder() -> str:
    """What tells one llvmlite's images from another's; nothing where none is installed.

    A newer one may compile right what an older one did not. Where there is none, the image that
    any of them has made is as right as the others.
    """
    installed = identity.llvmlite()
    return cache.key([installed])[:16] if installed else ""
