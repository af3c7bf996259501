"""The peer of an inlined module: the same bitcode as a shared object of HPy's universal ABI.

Its calls go through the function table of a context that a host module hands it, as those of an
extension built for HPy's universal mode do. ``hpybc bench`` measures against it.
"""

from __future__ import annotations

import os
from importlib.machinery import ModuleSpec
from types import ModuleType

from hpybc.loader import contexts, export, importer
from hpybc.loader.extension import read
from hpybc.process import folder


def load(path: str | os.PathLike[str]) -> ModuleType:
    """The module in the bitcode file ``path``, dlopen'd and called through a function table.

    Compiled like ``hpybc.load`` does, at -O3 for this CPU, and not cached.

    Raises:
        LoadError: the file cannot be loaded, or this machine has no linker.
    """
    extension = read(path)
    spec = ModuleSpec(extension.name, None)
    shared = export.hosted(extension, "universal", "native")
    table = importer.load(contexts.existing("host"), name="host", mode="release")
    with folder.temporary() as place:
        spec.origin = os.path.join(place, "module.hpy0.so")
        with open(spec.origin, "wb") as output:
            output.write(shared)
        # Its functions have the name without that of the package.
        own = spec.name.rpartition(".")[2]
        module: ModuleType = table.load(spec.origin, own, spec)
    return module
