"""A JSON encoder: records as they come from a web service."""

from __future__ import annotations

import enum
import json
import math
import random
from types import ModuleType
from typing import Any


def setup(module: ModuleType) -> list[dict[str, Any]]:
    """800 records with text, numbers of all kinds and nested containers."""
    rng = random.Random(1)
    return [
        {
            "id": i,
            "name": "".join(rng.choices("abcdefghij ", k=12)),
            "email": f"user{i}@example.org",
            "active": i % 3 == 0,
            "parent": None if i % 4 else i // 4,
            "balance": rng.randint(-(10**9), 10**12),
            "score": round(rng.uniform(0, 100), 2),
            "tags": rng.sample(["red", "green", "blue", 'with "quotes"', "Zoë", "\U0001f40d"], k=3),
            "history": [{"x": rng.randint(0, 99), "y": rng.random()} for _ in range(4)],
            "address": {"street": "Long Street 5\nback yard", "zip": str(rng.randint(1000, 99999))},
        }
        for i in range(800)
    ]


def run(module: ModuleType, data: list[dict[str, Any]]) -> str:
    text: str = module.encode(data)
    return text


def check(module: ModuleType) -> None:
    def expected(value: object) -> str:
        return json.dumps(value, separators=(",", ":"))

    assert run(module, setup(module)) == expected(setup(module))
    rng = random.Random(2)
    for _ in range(300):
        value = _random_value(rng, 4)
        assert module.encode(value) == expected(value)
    for code in (*range(0x180), 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF, 0xDC80):
        assert module.encode(f"a{chr(code)}b") == expected(f"a{chr(code)}b")
    keys = {5: 1, 2.5: 2, None: 3, True: 4, False: 5, "": 6, 2**70: 7}
    assert module.encode(keys) == expected(keys)
    odd = [math.inf, -math.inf, math.nan, -0.0, 1e22, 5e-324, 2**63, -(2**63), -(2**64), -1, 10**30]
    assert module.encode(odd) == expected(odd)
    assert module.encode((1, (), [], {})) == "[1,[],[],{}]"
    number = enum.IntEnum("number", {"ONE": 1, "HUGE": 2**70})
    assert module.encode([*number]) == expected([*number])
    nested: list[Any] = []
    for _ in range(400):
        nested = [nested]
    assert module.encode(nested) == expected(nested)
    nested.append(nested)
    _assert_raises(module, nested, RecursionError, "the value is nested too deeply")
    _assert_raises(module, [1, {2}], TypeError, "Object of type set is not JSON serializable")
    message = "keys must be str, int, float, bool or None, not tuple"
    _assert_raises(module, {(): 1}, TypeError, message)


def _assert_raises(module: ModuleType, value: object, error: type[Exception], text: str) -> None:
    try:
        module.encode(value)
    except Exception as raised:
        assert (type(raised), str(raised)) == (error, text)
    else:
        raise AssertionError(f"encoded what should raise {error}")


def _random_value(rng: random.Random, depth: int) -> Any:
    kind = rng.randrange(9 if depth else 6)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return rng.randint(-(10 ** rng.randint(0, 25)), 10 ** rng.randint(0, 25))
    if kind == 2:
        return rng.choice([-1, 1]) * math.ldexp(rng.random(), rng.randint(-1070, 1020))
    if kind <= 5:
        return "".join(
            rng.choices('az"\\/\n\x00\x1f\x7fé\u20ac\ud800\U0001f40d', k=rng.randint(0, 9))
        )
    items = [_random_value(rng, depth - 1) for _ in range(rng.randint(0, 5))]
    if kind == 8:
        return {str(_random_value(rng, 0)): item for item in items}
    return items if kind == 7 else tuple(items)
