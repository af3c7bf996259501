"""What the import system sees of a bitcode file: the loader of its module (PEP 451)."""

from __future__ import annotations

import os
import sys

# What importlib.machinery and importlib.util have these from; their own import takes longer than a
# load does.
from _frozen_importlib import ModuleSpec, module_from_spec
from _frozen_importlib_external import ExtensionFileLoader

from hpybc.errors import LoadError, UsageError
from hpybc.loader import bitcode, module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


class BitcodeLoader(ExtensionFileLoader):
    """Loads one bitcode file as a module; ``spec.loader`` of that module.

    An extension module in all but its file: executing it, and the resources next to it, are
    Python's own affair.

    Args:
        name: the module's full name.
        path: the file, ``ext.bc``.
        mode: see ``hpybc.load``.
    """

    def __init__(self, name: str, path: str, mode: str = "release") -> None:
        self.name = name  # the base would make the path absolute
        self.path = path
        self.mode = mode
        self._data: bytes | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        try:
            data, self._data = self._data or bitcode.contents(self.path), None
        except LoadError as error:
            error.name = spec.name
            raise
        return module.create(data, self.path, spec, self.mode)

    def is_package(self, name: str) -> bool:
        return os.path.basename(self.path).partition(".")[0] == "__init__"


def load(path: str | os.PathLike[str], *, name: str | None, mode: str) -> ModuleType:
    """See ``hpybc.load``."""
    file = os.fspath(path)
    data = bitcode.contents(file)
    loader = BitcodeLoader(bitcode.module_name(data, file) if name is None else name, file, mode)
    loader._data = data  # read once: the name was in it
    instance = _created(loader)
    loader.exec_module(instance)
    return instance


def replace(name: str) -> None:
    """See ``hpybc.replace_stub``."""
    stub = sys.modules.get(name)
    file = getattr(stub, "__file__", None)
    if stub is None or file is None:
        raise UsageError(
            "not the name of a stub",
            found=repr(name),
            needed="a module that is being imported from a file",
            remedy="call replace_stub(__name__) in ext.py, next to ext.bc",
        )
    loader = BitcodeLoader(name, os.path.splitext(os.path.abspath(file))[0] + ".bc")
    # The import system takes the module from here when the stub has run.
    sys.modules[name] = instance = _created(loader)
    try:
        loader.exec_module(instance)
    except BaseException:
        sys.modules[name] = stub
        raise


def _created(loader: BitcodeLoader) -> ModuleType:
    spec = ModuleSpec(loader.name, loader, origin=loader.path)
    spec.has_location = True
    return module_from_spec(spec)
