"""The stub: a Python file beside a bitcode file, by which ``import`` finds the module in it."""

from __future__ import annotations

import os

from hpybc import files
from hpybc.errors import UsageError

#: The stub of a package that is installed.
TEXT = '__import__("hpybc").replace_stub(__name__)\n'

#: The stub of an editable install, which first compiles what has changed.
EDITABLE = f'__import__("hpybc.packaging.rebuild").packaging.rebuild.fresh(__file__)\n{TEXT}'


def path_of(bitcode: str) -> str:
    """Where the stub of the file ``bitcode`` is."""
    return os.path.splitext(bitcode)[0] + ".py"


def write(bitcode: str, text: str = TEXT) -> str:
    """Writes the stub of the file ``bitcode``; returns where it is.

    One that is the same stays as it is.

    Raises:
        UsageError: there is a file of that name that is no stub.
        OSError: it cannot be written.
    """
    path = path_of(bitcode)
    try:
        with open(path, encoding="utf-8") as file:
            found = file.read()
    except FileNotFoundError:
        found = None
    if found == text:
        return path
    if found is not None and "replace_stub(" not in found:
        raise UsageError(
            "the stub would replace a module of yours",
            path=path,
            needed="another name for one of the two",
            remedy="call the extension _name, and import it from name.py",
        )
    files.replace(path, text.encode())
    return path
