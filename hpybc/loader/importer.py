"""What the import system sees of a bitcode file: the loader of its module (PEP 451)."""

from __future__ import annotations

import os
from importlib.machinery import ModuleSpec
from types import ModuleType

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
        source, self._source = self._source or bitcode.read(self.path), None
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
        return False


def load(path: str | os.PathLike[str], *, name: str | None, mode: str) -> ModuleType:
    """See ``hpybc.load``."""
    from importlib.util import module_from_spec

    source = bitcode.read(path)
    if name is None:
        name = source.module_name
    loader = BitcodeLoader(name, source.path, mode)
    loader._source = source  # read once: the name was in it
    spec = ModuleSpec(name, loader, origin=source.path)
    spec.has_location = True
    instance = module_from_spec(spec)
    loader.exec_module(instance)
    return instance
