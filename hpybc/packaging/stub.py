"""The stub: a Python file beside a bitcode file, by which ``import`` finds the module in it."""

from __future__ import annotations

import os

from hpybc import files
from hpybc.errors import UsageError

#: The stub of a package that is installed.
TEXT = '__import__("hpybc").replace_stub(__name__)\n'

#: The stub of an editable install, which first compiles what has changed.
EDITABLE = f'__import__("hpybc.packaging.rebuild").packaging.rebuild.fresh(__file__)\n{TEXT}'

#: How the name of a binary of HPy's universal ABI ends.
_BINARY = ".hpy0.so"

#: The stub of such a binary. Without hpybc, HPy's own host loads it, which PyPy has.
UNIVERSAL = """\
try:
    from hpybc.universal import replace_stub
except ImportError:
    import os
    import sys

    from hpy.universal import _load_bootstrap

    _name = __name__.rpartition(".")[2]
    _path = os.path.join(os.path.dirname(os.path.abspath(__file__)), _name + ".hpy0.so")
    _module = _load_bootstrap(
        _name, __name__, __package__, _path, __loader__, __spec__, os.environ
    )
    _module.__name__, _module.__file__ = __name__, _path  # PyPy takes others
    sys.modules[__name__] = _module
else:
    replace_stub(__name__)
"""


def path_of(file: str) -> str:
    """Where the stub of ``file`` is, which is bitcode or a binary of HPy's universal ABI."""
    if file.endswith(_BINARY):
        return file.removesuffix(_BINARY) + ".py"
    return os.path.splitext(file)[0] + ".py"


def types_of(file: str) -> str:
    """Where the type stub of the bitcode ``file`` is."""
    return os.path.splitext(file)[0] + ".pyi"


def write_types(file: str) -> None:
    """Writes the type stub of the bitcode ``file``, unless the author has written one.

    Raises:
        LoadError: the file cannot be read.
        OSError: the stub cannot be written.
    """
    from hpybc import stubgen
    from hpybc.stubgen.writer import MADE

    path = types_of(file)
    try:
        with open(path, encoding="utf-8") as existing:
            if not existing.readline().startswith(MADE):
                return
    except FileNotFoundError:
        pass
    files.replace(path, stubgen.stub(file).encode())


def write(file: str, text: str = TEXT) -> str:
    """Writes the stub of ``file``; returns where it is.

    One that is the same stays as it is.

    Raises:
        UsageError: there is a file of that name that is no stub.
        OSError: it cannot be written.
    """
    path = path_of(file)
    try:
        with open(path, encoding="utf-8") as existing:
            found = existing.read()
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
