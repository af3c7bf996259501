"""The API as its headers list it: numbers that LLVM IR has in the place of names.

``hpybc/include/hpy/api.def`` and ``signatures.def`` are read where a build asks for such a number.
"""

from __future__ import annotations

import os
import re
from functools import cache

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
