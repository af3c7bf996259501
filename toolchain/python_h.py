"""Of sources that include ``Python.h``: what they are bound to, and the options they come with."""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Iterable, Sequence

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


def with_lines_alone(command: Sequence[str]) -> list[str]:
    """A compiler's ``command`` in which ``-g`` asks for lines alone, if it is this Python's ``-g``.

    Build systems compile extensions with the options that Python itself was compiled with, and
    ``-g`` is among those of most. Nobody has asked for it then, and machine code with variables
    takes a load up to half as long again. Lines are what profilers, tracebacks and reports need.
    An option of the author's own is the last ``-g...``, and counts.
    """
    flags = str(sysconfig.get_config_var("CFLAGS") or "").split()
    words = list(command)
    start = next((i for i in range(len(words)) if words[i : i + len(flags)] == flags), None)
    if start is None or "-g" not in flags:
        return words
    end = start + len(flags)
    alone = ["-gline-tables-only" if word == "-g" else word for word in flags]
    return [*words[:start], *alone, *words[end:]]
