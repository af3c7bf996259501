"""Binaries of HPy's universal ABI: those of wheels, and the peer of an inlined module.

Their calls go through the function table of a context that a host module hands them, as those of
an extension built for HPy's universal mode do. A wheel that was built with ``--hpy-abi=universal``
has a stub that loads its binary here. ``hpybc bench`` compiles the peer that it measures against.
"""

from __future__ import annotations

import functools
import logging
import os
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from hpybc.errors import FileMissingError
from hpybc.loader import contexts, importer
from hpybc.process import folder

#: How the name of a binary ends (HPy documentation, File names).
SUFFIX = ".hpy0.so"

_log = logging.getLogger("hpybc")


def load(path: str | os.PathLike[str]) -> ModuleType:
    """The module in the bitcode file ``path``, dlopen'd and called through a function table.

    Compiled like ``hpybc.load`` does, at -O3 for this CPU, and not cached.

    Raises:
        LoadError: the file cannot be loaded, or this machine has no linker.
    """
    from hpybc.loader import export
    from hpybc.loader.extension import read

    extension = read(path)
    spec = ModuleSpec(extension.name, None)
    shared = export.hosted(extension, "universal", "native")
    with folder.temporary() as place:
        spec.origin = os.path.join(place, f"module{SUFFIX}")
        with open(spec.origin, "wb") as output:
            output.write(shared)
        return _hosted(spec.origin, spec)


def replace_stub(name: str) -> None:
    """Puts the module in ``ext.hpy0.so`` in the place of ``ext.py``, which calls this.

    Args:
        name: the stub's ``__name__``.

    Raises:
        UsageError: it is not the name of a stub.
        FileMissingError: there is no such file beside the stub.
        LoadError: the host cannot be loaded.
        ImportError: the binary needs what this system has not, or is no module of that name; or
            another interpreter of the process has loaded it.
    """
    importer.replace(name, _Loader, SUFFIX)


class _Loader(importer.BitcodeLoader):
    """Loads a binary of the universal ABI instead of a bitcode file; the host executes it."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        if not os.path.exists(self.path):
            raise FileMissingError(
                "no such file",
                path=self.path,
                name=spec.name,
                needed="a binary of HPy's universal ABI, beside the stub",
                remedy="install the package again, unpacked",
            )
        if self.mode != "release":
            _log.warning("%s is a binary, without a mode %s: load bitcode", spec.name, self.mode)
        return _hosted(self.path, spec)

    def exec_module(self, module: ModuleType) -> None:
        pass


def _hosted(path: str, spec: ModuleSpec) -> ModuleType:
    # Its functions have the name without that of the package.
    module: ModuleType = _host().load(path, spec.name.rpartition(".")[2], spec)
    return module


@functools.cache
def _host() -> Any:
    return importer.load(contexts.existing("host"), name="host", mode="release")
