"""Type stubs (PEP 484) of extensions, from what their bitcode says; nothing is imported.

``reader`` makes a ``model`` of a file, and ``writer`` makes text of a model.
"""

from __future__ import annotations

import os


def stub(path: str | os.PathLike[str]) -> str:
    """The text of a ``.pyi`` for the bitcode file ``path``.

    What the bitcode does not tell is ``Any``; a function whose parameters it does not tell takes
    ``*args`` and ``**kwargs``.

    Raises:
        LoadError: the file cannot be read, or defines no module.
    """
    from hpybc.errors import LoadError
    from hpybc.jit.target import usable
    from hpybc.loader.extension import read
    from hpybc.process import child

    extension = read(path)
    stamped = extension.stamped
    # As inspect: bitcode that nobody vouches for may end the process that reads it.
    here, limits = (usable, None) if stamped else (None, child.FOREIGN)
    try:
        made = child.call(_made, extension.payload, extension.name, here=here, limits=limits)
    except LoadError as error:
        error.path = extension.path
        raise
    return made.decode()


def _made(payload: bytes, name: str) -> bytes:
    from hpybc.stubgen import reader, writer

    return writer.text(reader.read(payload, name)).encode()
