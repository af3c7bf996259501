"""What the import system sees of a bitcode file: the loader of its module (PEP 451)."""

from __future__ import annotations

import os
from importlib.machinery import ModuleSpec
from types import ModuleType

from hpybc.errors import LoadError, UsageError
from hpybc.loader import bitcode, module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.abc import Loader
else:
    Loader = object  # importing importlib.abc takes time, and nothing of it is used


class BitcodeLoader(Loader):
    """Loads one bitcode file as a module; ``spec.loader`` of that module.

    Args:
        name: the module's full name.
        path: the file, ``ext.bc``.
        mode: see ``hpybc.load``.
    """

    def __init__(self, name: str, path: str, mode: str = "release") -> None:
        self.name = name
        self.path = path
        self.mode = mode
        self._source: bitcode.Bitcode | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        try:
            source, self._source = self._source or bitcode.read(self.path), None
        except LoadError as error:
            error.name = spec.name
            raise
        return module.create(source, spec, self.mode)

    def exec_module(self, instance: ModuleType) -> None:
        module.execute(instance)

    def get_filename(self, name: str) -> str:
        return self.path

    def get_code(self, name: str) -> None:
        return None

    def get_source(self, name: str) -> None:
        return None

    def is_package(self, name: str) -> bool:
        return os.path.basename(self.path).partition(".")[0] == "__init__"


def load(path: str | os.PathLike[str], *, name: str | None, mode: str) -> ModuleType:
    """See ``hpybc.load``."""
    source = bitcode.read(path)
    loader = BitcodeLoader(source.module_name if name is None else name, source.path, mode)
    loader._source = source  # read once: the name was in it
    instance = _created(loader)
    loader.exec_module(instance)
    return instance


def replace(name: str) -> None:
    """See ``hpybc.replace_stub``."""
    import sys

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
    from importlib.util import module_from_spec

    spec = ModuleSpec(loader.name, loader, origin=loader.path)
    spec.has_location = True
    return module_from_spec(spec)
