"""Pure Python: the model for what the others compute, and the peer that needs no compiler."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from operator import index


def noargs() -> None: ...


def onearg(o: object, /) -> object:
    return o


def add_ints(a: int, b: int, /) -> int:
    return index(a) + index(b)


def add_doubles(a: float, b: float, /) -> float:
    return _double(a) + _double(b)


def weigh(a: int, b: int = 10, c: int = 100) -> int:
    return index(a) + index(b) + index(c)


def greet(name: str, /) -> str:
    return "Hello, " + name


def ordered(a: int, b: int, /) -> tuple[int, int]:
    a, b = index(a), index(b)
    return (a, b) if a < b else (b, a)


def build_list(n: int, /) -> list[int]:
    return list(range(n))


def sum_list(floats: list[float], /) -> float:
    total = 0.0
    for value in floats:
        total += value
    return total


def count(items: list[object], /) -> dict[object, int]:
    counts: dict[object, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    return counts


class _Named:
    name: object


def get_name(o: _Named, /) -> object:
    return o.name


def set_name(o: _Named, value: object, /) -> None:
    o.name = value


def call(function: Callable[[object], object], o: object, /) -> object:
    return function(o)


def length(iterable: Iterable[object], /) -> int:
    number = 0
    for _ in iterable:
        number += 1
    return number


def fail() -> None:
    raise ValueError("no")


def _double(value: float) -> float:
    return value if type(value) is float else math.fsum((value,))


class Point:
    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("_x", "_y")

    def __init__(self, x: float, y: float, /) -> None:
        self._x = _double(x)
        self._y = _double(y)

    @property
    def x(self) -> float:
        return self._x

    def norm(self) -> float:
        return math.sqrt(self._x * self._x + self._y * self._y)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Point):
            return NotImplemented
        return self._x == other._x and self._y == other._y
