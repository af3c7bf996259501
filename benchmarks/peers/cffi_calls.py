"""cffi in API mode. It has C's types only: no objects, no keywords, no exceptions."""

from __future__ import annotations

# Built from plain.h and plain.c by build.py, into the folder that this file is copied to.
from _plain import ffi, lib

noargs = lib.noargs
add_ints = lib.add_ints
add_doubles = lib.add_doubles


def greet(name: str) -> str:
    if not isinstance(name, str):
        raise TypeError("greet() expects a str")
    utf8 = name.encode()
    result = ffi.new("char[]", len(utf8) + 8)
    lib.greet(utf8, result)
    return str(ffi.string(result), "utf-8")


def ordered(a: int, b: int) -> tuple[int, int]:
    pair = lib.ordered(a, b)
    return pair.first, pair.second


def build_list(n: int) -> list[int]:
    items = ffi.new("long[]", n)
    lib.fill(items, n)
    return list(items)


def sum_list(floats: list[float]) -> float:
    result: float = lib.sum(floats, len(floats))
    return result
