"""hpybc: C extensions as LLVM bitcode, compiled for the interpreter and the CPU that load them.

    ext.c --compile--> ext.bc --read, verify--> link with contexts --optimise--> object
          --cache--> image --> module

``hpybc compile ext.c -o ext.bc`` compiles an extension written against the HPy API once;
``load("ext.bc")`` does the rest, on every interpreter and machine anew. Where each arrow lives:

    toolchain/      compile: needs clang, never imported by a load
    hpybc.loader    read, verify, contexts, module
    hpybc.jit       link, optimise, object, cache, image: needs llvmlite, and only on a cache miss
"""

from __future__ import annotations

import os

from hpybc.errors import HpybcError, LoadError
from hpybc.loader import importer
from hpybc.loader import recipe as _recipe
from hpybc.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

__all__ = [
    "HpybcError",
    "LoadError",
    "__version__",
    "include_path",
    "install",
    "load",
    "replace_stub",
    "uninstall",
]

_recipe.prepare()


def load(
    path: str | os.PathLike[str], *, name: str | None = None, mode: str | None = None
) -> ModuleType:
    """Loads the extension module in the bitcode file ``path``.

    The first load on a machine compiles the file for this interpreter and this CPU and keeps the
    result in a cache; later ones, in any process, take it from there. Each call gives a new module
    with C statics of its own; ``sys.modules`` is left alone.

    Args:
        path: a file made by ``hpybc compile``, or bitcode that any clang made with hpybc's headers.
        name: the name to give the module, with dots for one in a package. By default the name the
            file was compiled with, or for a file without a manifest the file's own.
        mode: what the extension's calls to the HPy API are linked with: ``release``; ``debug``,
            which finds handles that leak or are used when closed (``hpybc.debug``); or ``trace``,
            which counts and times the calls (``hpybc.trace``). By default what the environment
            variable ``HPYBC_MODE`` (or ``HPY``) says of a module with this name, else ``release``.

    Raises:
        LoadError: the file cannot be loaded; there is a subclass for each reason. It is an
            ImportError as well, with ``path`` and ``name``.
        UsageError: there is no such mode.
        Exception: whatever the module's own initialisation raises.
    """
    return importer.load(path, name=name, mode=mode)


def install(mode: str | None = None) -> None:
    """Makes ``import ext`` find ``ext.bc``, in the folders of ``sys.path`` and in packages.

    In each folder what Python finds by itself comes first: ``ext.so``, ``ext.py``, ``ext.pyc``. The
    other hooks of the import system stay as they are (PEP 302). A second call may change the mode
    of what is imported after it.

    Args:
        mode: see ``load``.

    Raises:
        UsageError: there is no such mode.
        ContextMissingError: this installation was not built for this interpreter.
    """
    from hpybc.loader import finder

    finder.install(mode)


def uninstall() -> None:
    """Undoes ``install``. Modules that are imported stay."""
    from hpybc.loader import finder

    finder.uninstall()


def replace_stub(name: str) -> None:
    """Puts the module in ``ext.bc`` in the place of ``ext.py``, which calls this as it is imported.

    For packages that are to be importable without ``install``. All of ``ext.py`` is::

        __import__("hpybc").replace_stub(__name__)

    Args:
        name: the stub's ``__name__``.

    Raises:
        LoadError, Exception: as ``load``.
    """
    importer.replace(name)


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext hpybc`` in IPython and Jupyter: the magic ``%%hpybc``, see docs/notebook.md."""
    from hpybc.notebook import BitcodeMagics

    shell.register_magics(BitcodeMagics)


def include_path() -> str:
    """The folder of ``hpy.h``, for compilers other than ``hpybc compile`` and for editors."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "include")
