"""A trial of what no checksum vouches for: whether a process survives the making of a module."""

from __future__ import annotations

from functools import partial
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from types import ModuleType

from hpybc.loader import contexts, memory
from hpybc.process import child
from hpybc.process.copy import through_file


def run(image: bytes, name: str, mode: str, engine: str) -> None:
    """Makes and executes a module of ``image`` once, in a process of its own.

    One bit may be all that is wrong with bitcode that LLVM takes for valid.

    Raises:
        BuildProcessError: that process died, or took too much time or memory.
    """
    remedy = "compile the source with hpybc compile"
    child.call(_make, image, name, mode, engine, limits=child.FOREIGN, remedy=remedy)


def _make(image: bytes, name: str, mode: str, engine: str) -> bytes:
    spec = ModuleSpec(name, None)
    try:
        if mode in contexts.STATEFUL:
            __import__("hpybc." + mode)
        if engine == "memory":
            module = memory.create(memory.link(image, name), spec)
        else:
            module = through_file(image, partial(_created, spec))
        ExtensionFileLoader(name, "").exec_module(module)
    except Exception:  # which the load will raise, where somebody can see it
        pass
    return b""


def _created(spec: ModuleSpec, path: str) -> ModuleType:
    spec.origin = path
    return ExtensionFileLoader(spec.name, path).create_module(spec)
