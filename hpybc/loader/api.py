"""The API in LLVM IR: its names, and the numbers that stand there in the place of others.

``hpybc/include/hpy/api.def`` and ``signatures.def`` are read where a build asks for such a number.
"""

from __future__ import annotations

import os
import re
from functools import cache

from hpybc.jit.ir_text import NAME

#: How names of the API begin. Names that begin so and are none of it are anybody's to use.
NAMES = re.compile("_?HPy")

#: In a trampoline, the signature and the function that it calls; see ``hpy/func.h``.
TRAMPOLINE = re.compile(
    r"@_HPy_CallRealFunctionFromTrampoline\(ptr [^,]*, i32 [a-z ]*(\d+), "
    rf"ptr [a-z ]*({NAME}),"
)

_HEADERS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "include/hpy")

_HANDLE = re.compile(r"^HPY_HANDLE\((\d+), (\w+),", re.M)
_SIGNATURE = re.compile(r"^HPY_SIGNATURE_\w+\((\w+), \w+, (\d+),", re.M)

#: What ends the members of HPy 0.9.0 in api.def.
_RELEASED = "#ifndef HPY_RELEASED"


@cache
def later_handles() -> tuple[tuple[str, int], ...]:
    """The handles of the context that HPy 0.9.0 has not, each with its index."""
    later = _read("api.def").partition(_RELEASED)[2]
    return tuple((name, int(index)) for index, name in _HANDLE.findall(later))


@cache
def signatures() -> dict[str, int]:
    """The number of each signature, ``NEWFUNC`` for example: ``HPyFunc_Signature``."""
    return {name: int(number) for name, number in _SIGNATURE.findall(_read("signatures.def"))}


def _read(name: str) -> str:
    with open(os.path.join(_HEADERS, name), encoding="utf-8") as file:
        return file.read()
