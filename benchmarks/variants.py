"""A built module, and how a process loads it."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.machinery import ModuleSpec
from types import ModuleType


@dataclass(frozen=True)
class Variant:
    """One way to provide a module.

    Attributes:
        kind: what loads it, a key of ``LOADERS``.
        module: the module's name.
        path: its file.
        flags: what it was compiled with, for the report.
        python: the interpreter that loads it; empty for the one that measures.
    """

    kind: str
    module: str
    path: str
    flags: str = ""
    python: str = ""

    def load(self) -> ModuleType:
        """A new instance of the module."""
        return LOADERS[self.kind](self.module, self.path)

    def dumps(self) -> str:
        """As a string that ``loads`` reads."""
        return json.dumps(asdict(self))


def loads(text: str) -> Variant:
    """The variant that ``Variant.dumps`` wrote."""
    return Variant(**json.loads(text))


def _file(name: str, path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    sys.path.append(os.path.dirname(path))  # for what a script imports from there
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _inlined(name: str, path: str) -> ModuleType:
    import hpybc

    return hpybc.load(path, name=name, mode="release")


def _dlopened(name: str, path: str) -> ModuleType:
    from hpybc import universal

    return universal.load(path)


def _upstream(name: str, path: str) -> ModuleType:
    host = importlib.import_module("hpy.universal")
    module: ModuleType = host.load(name, path, ModuleSpec(name, None, origin=path))
    return module


#: Kind to loader. ``file`` is what Python itself loads, an extension module or a source file,
#: ``inlined`` bitcode through ``hpybc.load``, ``dlopened`` the same bitcode through HPy's function
#: table, ``upstream`` a shared object for ``hpy.universal``.
LOADERS: Mapping[str, Callable[[str, str], ModuleType]] = {
    "file": _file,
    "inlined": _inlined,
    "dlopened": _dlopened,
    "upstream": _upstream,
}
