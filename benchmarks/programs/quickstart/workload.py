"""The example quickstart: many short calls, and one long list."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

SOURCE = "../../../examples/quickstart.c"


def setup(module: ModuleType) -> tuple[list[tuple[int, int]], list[str], list[float]]:
    """Pairs to add, names to greet, numbers to sum."""
    pairs = [(i * 7919, -i * 104729) for i in range(10_000)]
    names = [f"name {i}" for i in range(10_000)]
    return pairs, names, [i / 7 for i in range(200_000)]


def run(module: ModuleType, data: tuple[list[tuple[int, int]], list[str], list[float]]) -> float:
    add, greet, empty, noargs = module.add, module.greet, module.empty, module.noargs
    pairs, names, numbers = data
    for a, b in pairs:
        add(a, b)
        empty(a, b)
        noargs()
    for name in names:
        greet(name)
        greet(name, greeting="Good morning")
    total: float = module.total(numbers)
    return total


def check(module: ModuleType) -> None:
    pairs, names, numbers = setup(module)
    for a, b in [*pairs, (2**62, 2**62 - 1), (True, -(2**63))]:
        assert module.add(a, b) == a + b
    assert _raised(module.add, 2**62, 2**62) is OverflowError
    assert _raised(module.add, 2**63, 0) is OverflowError
    assert _raised(module.add, 1.0, 2) is TypeError
    assert _raised(module.add, 1) is TypeError
    assert module.empty(1, 2) is module.noargs() is None
    for name in [*names, "", "Zoë", "\U0001f40d"]:
        assert module.greet(name) == f"Hello, {name}!"
        assert module.greet(greeting="Grüezi", name=name) == f"Grüezi, {name}!"
    assert _raised(module.greet, 1) is TypeError
    assert _raised(module.greet) is TypeError
    assert _raised(module.greet, "a", "b") is TypeError
    for numeric in (numbers, tuple(numbers), range(100), [1, True, 2.5], {0: 1.5}, []):
        expected = 0.0
        for i in range(len(numeric)):
            expected += numeric[i]
        assert module.total(numeric) == expected
    assert math.isnan(module.total([math.nan]))
    assert _raised(module.total, ["1"]) is TypeError
    assert _raised(module.total, iter([])) is TypeError
    shrinking: list[Any] = [1.0]

    class Clearing:
        def __float__(self) -> float:
            shrinking.clear()
            return 1.0

    shrinking += [Clearing(), 2.0]
    assert _raised(module.total, shrinking) is IndexError


def _raised(function: Any, *args: object) -> type[Exception] | None:
    try:
        function(*args)
    except Exception as error:
        return type(error)
    return None
