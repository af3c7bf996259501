"""Engines: the ways in which machine code comes into a process; see ``image``."""

from __future__ import annotations

import os

from hpybc.errors import UsageError

#: A shared object for the dynamic linker, or an object file for LLVM's own.
ENGINES = ("shared", "memory")


def engines() -> tuple[str, ...]:
    """The engines a load may use, best first: both, or the one in ``$HPYBC_ENGINE``.

    Raises:
        UsageError: the variable names no engine.
    """
    chosen = os.environ.get("HPYBC_ENGINE")
    if not chosen:
        return ENGINES
    if chosen not in ENGINES:
        raise UsageError(
            "no such engine",
            found=f"HPYBC_ENGINE={chosen}",
            needed=" or ".join(ENGINES),
            remedy="unset the variable",
        )
    return (chosen,)
