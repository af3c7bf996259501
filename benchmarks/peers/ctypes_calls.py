"""ctypes. It has C's types only: no keywords, no exceptions; objects for functions of the C API."""

from __future__ import annotations

import ctypes
import os

# Built from plain.c by build.py, into the folder that this file is copied to.
_library = ctypes.CDLL(os.path.join(os.path.dirname(os.path.abspath(__file__)), "plain.so"))


class _Pair(ctypes.Structure):
    _fields_ = (("first", ctypes.c_long), ("second", ctypes.c_long))


noargs = _library.noargs
noargs.argtypes = ()
noargs.restype = None

add_ints = _library.add_ints
add_ints.argtypes = (ctypes.c_long, ctypes.c_long)
add_ints.restype = ctypes.c_long

add_doubles = _library.add_doubles
add_doubles.argtypes = (ctypes.c_double, ctypes.c_double)
add_doubles.restype = ctypes.c_double

_greet = _library.greet
_greet.argtypes = (ctypes.c_char_p, ctypes.c_char_p)
_greet.restype = None

_ordered = _library.ordered
_ordered.argtypes = (ctypes.c_long, ctypes.c_long)
_ordered.restype = _Pair

_fill = _library.fill
_fill.argtypes = (ctypes.c_void_p, ctypes.c_long)
_fill.restype = None

_sum = _library.sum
_sum.argtypes = (ctypes.c_void_p, ctypes.c_long)
_sum.restype = ctypes.c_double


def greet(name: str) -> str:
    if not isinstance(name, str):
        raise TypeError("greet() expects a str")
    utf8 = name.encode()
    result = ctypes.create_string_buffer(len(utf8) + 8)
    _greet(utf8, result)
    return result.value.decode()


def ordered(a: int, b: int) -> tuple[int, int]:
    pair = _ordered(a, b)
    return pair.first, pair.second


def build_list(n: int) -> list[int]:
    items = (ctypes.c_long * n)()
    _fill(items, n)
    return items[:]


def sum_list(floats: list[float]) -> float:
    result: float = _sum((ctypes.c_double * len(floats))(*floats), len(floats))
    return result
