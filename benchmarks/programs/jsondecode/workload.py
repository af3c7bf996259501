"""A JSON decoder: records as they come from a web service."""

from __future__ import annotations

import json
import math
import random
import sys
from types import ModuleType
from typing import Any

_REFUSED = [
    *("", " ", "x", "nul", "-", "-x", "+1", "01", "1.", "1e", "1e+", ".5", "1_0", "Na", "--1"),
    *("[", "[1", "[1 2]", "[1}", "{", "{1", '{"a"', '{"a" 1}', '{"a":', '{"a":}', '{"a":1', "[]]"),
    *('{"a":1 "b"', '"', '"a', '"\\', '"\\"', '"\\x"', '"\\u12"', '"\\u12g4"', '"a\nb"', '"\x00"'),
    *('["é\U0001f40d", x]', '[\n1,\n "é" x]', '"\ud800"', "1.5_0", "[1\x0b]", '"\\ud800\\u12"'),
]


def setup(module: ModuleType) -> str:
    """The text of 800 records with text, numbers of all kinds and nested containers."""
    rng = random.Random(1)
    records = [
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
    return json.dumps(records, indent=1)


def run(module: ModuleType, data: str) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = module.decode(data)
    return records


def check(module: ModuleType) -> None:
    assert run(module, setup(module)) == json.loads(setup(module))
    rng = random.Random(2)
    for _ in range(300):
        value = _random_value(rng, 4)
        for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=2)):
            if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
                continue  # no UTF-8
            decoded = module.decode(text)
            assert decoded == json.loads(text)
            assert repr(decoded) == repr(json.loads(text))
    for text in (
        *("0", "-0", "-0.0", " 1 ", "123456789012345678", "1234567890123456789", "-1e5", "1E+2"),
        *("1e999", "-1e999", "5e-324", "NaN", "[Infinity,-Infinity]", "0.1e-7", "9" * 100),
        *('"\\ud83d\\udc0d"', '"\\ud83d"', '"\\udc0d\\ud83d"', '"\\ud83d\\ud83d\\udc0d"'),
        *('"\\u0000a"', '"\\/\\b\\f\\n\\r\\t\\"\\\\"', '"\x7f"', '""', '{"":{"":[]}}'),
        *('{"a":1,"a":2}', '{"ab":1,"b":2,"ab":3}', "[ ]", "{ }", "\t[\r\n1 , 2 ]", '"\U0010ffff"'),
        "[" * 400 + "]" * 400,
    ):
        decoded = module.decode(text)
        assert repr(decoded) == repr(json.loads(text))
        if isinstance(decoded, float) and not math.isnan(decoded):
            assert decoded.hex() == json.loads(text).hex()
    for text in _REFUSED:
        error, message = _refusal(module.decode, text)
        oracle_error, oracle_message = _refusal(json.loads, text)
        assert issubclass(error, ValueError), (text, error)
        # PyPy's own decoder has other messages.
        if oracle_error is json.JSONDecodeError and sys.implementation.name == "cpython":
            assert message == oracle_message, text
    assert _refusal(module.decode, "[" * 1000)[0] is RecursionError
    assert _refusal(module.decode, b"1")[0] is TypeError


def _refusal(decode: Any, text: object) -> tuple[type[Exception], str]:
    try:
        decode(text)
    except Exception as error:
        return type(error), str(error)
    return Exception, "accepted"


def _random_value(rng: random.Random, depth: int) -> Any:
    kind = rng.randrange(8 if depth else 6)
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
    return {str(_random_value(rng, 0)): item for item in items} if kind == 7 else items
