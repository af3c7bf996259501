"""Looking into a bitcode file without loading it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass

from hpybc.errors import LoadError
from hpybc.jit import symbols
from hpybc.jit.module import parsed
from hpybc.jit.target import usable
from hpybc.loader import contexts, entry
from hpybc.loader.extension import read
from hpybc.loader.manifest import Manifest
from hpybc.process import child


@dataclass(frozen=True)
class Inspection:
    """What a bitcode file is and what it needs.

    Attributes:
        path: the file.
        size: its size in bytes.
        payload_size: the size of the bitcode in it, in bytes.
        module: the module's name.
        manifest: see ``hpybc.loader.manifest``; None for raw bitcode.
        triple: the platform it was compiled for.
        api: the functions of hpy.h it calls, sorted; an underscore marks those behind macros.
        undefined: the other symbols it needs from the process it is loaded into, sorted.
    """

    path: str
    size: int
    payload_size: int
    module: str
    manifest: Manifest | None
    triple: str
    api: list[str]
    undefined: list[str]

    def as_dict(self) -> dict[str, object]:
        """The same as JSON-able data."""
        return asdict(self)


def inspect(path: str | os.PathLike[str]) -> Inspection:
    """Reads ``path`` and says what it is.

    Raises:
        LoadError: the file cannot be read or defines no module.
    """
    extension = read(path)
    stamped = extension.stamped
    limits = None if stamped else child.FOREIGN
    try:
        here = usable if stamped else None
        found = child.call(_found, extension.payload, extension.name, here=here, limits=limits)
    except LoadError as error:
        error.path = extension.path
        raise
    symbol, triple, needed = json.loads(found)
    known = contexts.api()
    api = [name for name in needed if name in known]
    return Inspection(
        path=extension.path,
        size=len(extension.data),
        payload_size=len(extension.payload),
        module=extension.name if stamped else entry.module_name(symbol),
        manifest=extension.manifest,
        triple=triple,
        api=api,
        undefined=[name for name in needed if name not in api],
    )


def _found(payload: bytes, name: str) -> bytes:
    """The entry point of bitcode, its triple and the symbols that it leaves undefined, as JSON."""
    with parsed(payload) as module:
        symbol = entry.find(module, name)
        return json.dumps([symbol, module.triple, symbols.undefined(module)]).encode()
