"""Functions that state RUNS_NO_CODE, with objects that tell when their code is run.

What the statements mean is in ``toolchain/context/cpython/deferred.h``; that they are true of the
calls in the sources, ``tests/toolchain/test_contracts.py`` shows. Here it is what CPython does.
"""

from __future__ import annotations

import gc
from types import ModuleType
from typing import Any

HOOKS = (
    *("bool", "bytes", "call", "contains", "del", "eq", "float", "getattr", "getattribute"),
    *("getitem", "hash", "index", "instancecheck", "int", "iter", "len", "next", "repr", "str"),
    *("subclasscheck", "subclasses"),
)


def telling(*bases: type, ran: list[str]) -> Any:
    """A class, with a metaclass that does the same, whose hooks write their names into ``ran``."""

    def hooks() -> dict[str, object]:
        def hook(name: str) -> object:
            def run(*_: object) -> object:
                ran.append(name)
                return False

            return run

        return {f"__{name}__": hook(name) for name in HOOKS}

    metaclass = type("Meta", (type,), hooks())
    return type.__new__(metaclass, "Telling", bases, hooks())


def test_no_hook_is_run(module: ModuleType) -> None:
    ran: list[str] = []
    kind, text = telling(ran=ran), telling(bytes, ran=ran)
    o, other, data = object.__new__(kind), object.__new__(kind), bytes.__new__(text, b"abc")
    gc.disable()
    try:
        found = module.quiet(o, other, kind, data)
        items = module.made(o)
    finally:
        gc.enable()
    told = list(ran)
    assert told == []
    # It is of the type, can be called, and the bytes are three, the first 97.
    assert found == 2 + 3 + 97
    assert items[:5] == [-70000, 2**64 - 1, 7, 0.25, True]
    assert items[5] is o


def test_hooks_tell(module: ModuleType) -> None:
    """Or the test above would see nothing."""
    ran: list[str] = []
    kind = telling(ran=ran)
    o = object.__new__(kind)
    assert (o == 1) is False
    isinstance(1, kind)
    del o
    assert {"eq", "instancecheck", "del"} <= {*ran}
