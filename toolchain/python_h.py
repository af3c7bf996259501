"""What a source that includes ``Python.h`` is bound to, by the marks of include/guard/Python.h."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hpybc.jit.module import Module, parsed

#: The mark of a source for one version, and of one for the limited API.
_BOUND, _LIMITED = "_hpybc_python", "_hpybc_limited_api"

#: The first version with a limited API, which is meant by any number below it.
_FIRST = 0x03020000


def interpreter(parts: Iterable[bytes]) -> str | None:
    """The interpreter for which the bitcode in ``parts`` is, as a manifest has it.

    Version and ABI flags (``3.11``, ``3.13t``) of the one whose ``Python.h`` a part includes; or
    ``abi3-0x030A0000`` if all that include it keep to the limited API (PEP 384), which every
    CPython from that version on has. None if no part includes it.
    """
    bound: str | None = None
    limited: int | None = None
    for part in parts:
        with parsed(part) as module:
            bound = bound or _value(module, _BOUND, r'c"([^"\\]+)\\00"')
            number = _value(module, _LIMITED, r"constant i32 (-?\d+)")
            if number is None and _variable(module, _LIMITED):
                number = "0"  # zeroinitializer
            if number is not None:
                limited = max(limited or _FIRST, int(number))
    return bound or (None if limited is None else f"abi3-0x{limited:08X}")


def _value(module: Module, name: str, pattern: str) -> str | None:
    found = re.search(pattern, _variable(module, name))
    return found[1] if found else None


def _variable(module: Module, name: str) -> str:
    try:
        return str(module.variable(name))
    except NameError:
        return ""
