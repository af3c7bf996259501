"""The example csvparse: a table of text, integers, fractions and quoted fields."""

from __future__ import annotations

import csv
import io
import random
import re
from types import ModuleType

SOURCE = "../../../examples/csvparse.c"

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")

Row = tuple["str | int | float", ...]


def setup(module: ModuleType) -> bytes:
    """8,000 records of six fields."""
    rng = random.Random(1)
    lines = []
    for number in range(8000):
        name = "".join(rng.choices("abcdefgh", k=rng.randint(3, 12)))
        quoted = f'"{name}, ""{number}"""' if number % 5 == 0 else name.title()
        amount, price = rng.randint(-1000, 10**6), rng.uniform(0, 1000)
        lines.append(f"{number},{name},{quoted},{amount},{price:.2f},2024-01-{number % 28 + 1:02}")
    return "\r\n".join(lines).encode()


def run(module: ModuleType, data: bytes) -> list[Row]:
    rows: list[Row] = module.parse(data)
    return rows


def check(module: ModuleType) -> None:
    data = setup(module)
    assert run(module, data) == _expected(data.decode(), ",")
    special = 'é,"ü\n,",\U0001f40d,"",007,-0,1e5,1E-3,0.5,.5,5.,-,+1,1_0,x\r\n\r\n1\n'
    big = "9" * 40 + "," + "1" * 70 + ",-" + "3" * 70 + ".5,1e999,-1e-999\n"
    for text in (special, big, "", "\n", "a", "1", '"1"', ","):
        rows = module.parse(text.encode())
        expected = _expected(text, ",")
        assert rows == expected
        assert repr(rows) == repr(expected)
        other = text.replace(",", ";")
        assert module.parse(data=other.encode(), delimiter=";") == _expected(other, ";")
    assert module.parse(b"1e5\n", delimiter="e") == [(1, 5)]
    assert module.parse(b"1_5\n", delimiter="_") == [(1, 5)]
    for text, message in (
        ('a\n"b', "line 2: unterminated quote"),
        ('"a"b', "line 1: text after a closing quote"),
        ("a\n\n\udcff", "line 3: invalid UTF-8"),
        ("9" * 5000, "line 1: too many digits"),
    ):
        try:
            module.parse(text.encode("utf-8", "surrogateescape"))
        except ValueError as error:
            assert str(error) == message
        else:
            raise AssertionError(f"{text!r} was accepted")
    wrong: object
    for wrong, error_type in (
        (1, TypeError),
        ("", ValueError),
        ("é", ValueError),
        ("\n", ValueError),
    ):
        try:
            module.parse(b"", delimiter=wrong)
        except Exception as raised:
            assert type(raised) is error_type
        else:
            raise AssertionError(f"the delimiter {wrong!r} was accepted")


def _expected(text: str, delimiter: str) -> list[Row]:
    """By the csv module, which does not tell quoted fields: they are marked beforehand."""
    marked = re.sub(r'"((?:[^"]|"")*)"', '"\x01\\1"', text)
    reader = csv.reader(io.StringIO(marked, newline=""), delimiter=delimiter, strict=True)
    return [tuple(_value(field) for field in row) for row in reader]


def _value(field: str) -> str | int | float:
    if field.startswith("\x01"):
        return field[1:]
    match = _NUMBER.fullmatch(field)
    if match is None:
        return field
    return float(field) if any(match.groups()) else int(field)
