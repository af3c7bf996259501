"""Typed methods (hpy/typed.h): what an extension declares of its C functions, for tools."""

from __future__ import annotations

import os
import pickle
from types import ModuleType

from hpybc.stubgen.declarations import Function, Parameter, Result

__all__ = ["Function", "Parameter", "Result", "describe"]


def describe(module: ModuleType | str | os.PathLike[str]) -> tuple[Function, ...]:
    """The typed methods of an extension, in the order of their declarations.

    Nothing is imported or run: the declarations are read from the bitcode.

    Args:
        module: a module that ``hpybc`` loaded, or the path of its bitcode file.

    Raises:
        LoadError: the file cannot be read, or is no bitcode.
        TypeError: the module was not loaded from a file.
    """
    from hpybc.jit.target import usable
    from hpybc.loader.extension import read
    from hpybc.process import child

    if isinstance(module, ModuleType):
        file = getattr(module, "__file__", None)
        if file is None:
            raise TypeError(f"module {module.__name__!r} was not loaded from a file")
        module = file
    extension = read(module)
    stamped = extension.stamped
    # As stubs: bitcode that nobody vouches for may end the process that reads it.
    here, limits = (usable, None) if stamped else (None, child.FOREIGN)
    made = child.call(_described, extension.payload, here=here, limits=limits)
    found: tuple[Function, ...] = pickle.loads(made)
    return found


def _described(payload: bytes) -> bytes:
    from hpybc.jit.module import parsed
    from hpybc.stubgen import declarations
    from hpybc.stubgen.constants import Constants

    with parsed(payload) as module:
        return pickle.dumps(tuple(declarations.all_of(Constants(module))))
