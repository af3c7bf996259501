"""What HPy 0.9.0 has released: binaries of its universal ABI can ask for nothing else."""

from __future__ import annotations

import re

from hpybc.errors import InterpreterError, UndefinedSymbolError
from hpybc.loader import api, members

#: What an extension has of Python.h: a mark of hpybc's own header, or symbols of the C API.
_PYTHON_H = re.compile(
    r"^@_hpybc_(?:python|limited_api) = |^@_?Py\w+ = external |^declare [^@\n]*@_?Py\w+\(", re.M
)


def checked(text: str) -> str:
    """LLVM IR of an extension, as it is, if it asks for nothing but HPy 0.9.0's context.

    Raises:
        InterpreterError: it includes ``Python.h``.
        UndefinedSymbolError: it reads a handle that came later.
    """
    if _PYTHON_H.search(text):
        raise with_python_h()
    later = [handle for handle, index in api.later_handles() if members.reads(text, index)]
    if later:
        raise newer([f"ctx->{handle}" for handle in later])
    return text


def newer(names: list[str]) -> UndefinedSymbolError:
    """The error of an extension that uses ``names``, which came later."""
    return UndefinedSymbolError(
        "the extension uses what HPy's universal ABI has not",
        symbols=names,
        needed="the functions and handles of HPy 0.9.0, and no later ones",
        remedy="do without them, or export with --abi cpython",
    )


def with_python_h() -> InterpreterError:
    """The error of an extension that includes ``Python.h``."""
    return InterpreterError(
        "the extension includes Python.h, of which HPy's universal ABI has nothing",
        found="the C API of one interpreter",
        needed="HPy alone",
        remedy="export with --abi cpython, or port the source to HPy alone",
    )
