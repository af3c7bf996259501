"""A bitcode file and its contexts as one shared object, for whoever loads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hpybc.jit import image
from hpybc.jit.target import Target, usable
from hpybc.loader import module
from hpybc.loader.bitcode import Bitcode, read
from hpybc.loader.entry import PREFIX


class Job(NamedTuple):
    """What to make a binary of, and how.

    Attributes:
        source: the extension.
        stack: the files of its contexts.
        entry: which function makes the module, if there are several.
        exports: what stays visible: prefixes of the module's name in ``source``, and the names that
            these functions get.
        target: what to compile for.
        edit: see ``jit.build.Options``.
        portable: see ``image.make``.
    """

    source: Bitcode
    stack: tuple[str, ...]
    entry: str
    exports: tuple[tuple[str, str], ...]
    target: Target
    edit: Callable[[str], str] | None
    portable: bool = True


def make(job: Job) -> bytes:
    """A shared object.

    Raises:
        LoadError: LLVM or the linker cannot make it.
    """
    manifest = job.source.manifest
    if manifest is not None and usable():
        return _make(job)
    from hpybc.jit import child

    # LLVM trusts its input: what no checksum vouches for may end the process that reads it.
    limits = child.FOREIGN if manifest is None else None
    remedy = "compile the source with hpybc compile, and export the file in the main interpreter"
    return child.call(_make, job, limits=limits, remedy=remedy)


def _make(job: Job) -> bytes:
    from hpybc.jit.build import Options, build

    source = job.source
    if source.manifest is None:
        own_entry = module._check_raw(source, job.entry)
    else:
        own_entry = module._check_stamped(source.manifest)
    own_name = own_entry.removeprefix(PREFIX)
    symbols = [(prefix + own_name, new) for prefix, new in job.exports]
    renames = tuple((old, new) for old, new in symbols if old != new)
    options = Options(tuple(new for _, new in symbols), renames, edit=job.edit)
    layers = [read(path).payload for path in job.stack]
    return image.make(
        build(source.payload, layers, job.target, options), "shared", portable=job.portable
    )
