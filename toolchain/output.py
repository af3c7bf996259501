"""Where a bitcode file may be written: over no source, and under no name that lies."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from hpybc.errors import UsageError
from hpybc.toolchain.arguments import Input

#: How the names of other kinds of files end: sources, headers, objects, libraries, Python's own.
_OTHER = re.compile(
    r"\.(?:[cC]|cc|cp|cpp|CPP|cxx|c\+\+|i|ii|m|mm|[hH]|hh|hpp|hxx|h\+\+|inc|inl|ipp|tcc|s|S|sx|asm|ll"
    r"|py|pyi|pyx|pxd|pxi|pyc|rs|f|f90|def|txt|in|md|rst|toml|json"
    r"|o|obj|a|lib|so(?:\.\d+)*|pyd|dll|dylib|exe)$"
)


def check(output: str, inputs: Iterable[Input], *, bitcode: bool = True) -> None:
    """Raises UsageError unless ``output`` may be written.

    Args:
        output: the file.
        inputs: what it is made from.
        bitcode: whether it will be bitcode, which has to have a name that does not deny it.
    """
    for file in inputs:
        if _same(output, file.path):
            raise UsageError(
                "the output would replace an input",
                path=output,
                found=f"-o {output}, and {file.path} as an input",
                needed="another file",
                remedy="name one that ends with .bc",
            )
    other = _OTHER.search(os.path.basename(output))
    if bitcode and other is not None:
        raise UsageError(
            "the name of the output says that it is no bitcode",
            path=output,
            found=other[0],
            needed="a name that ends with .bc",
            remedy=f"-o {output[: -len(other[0])]}.bc",
        )


def _same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.abspath(one) == os.path.abspath(other)
