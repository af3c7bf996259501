# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Cython: typed arguments and loops."""

from libc.math cimport sqrt


def noargs():
    return None


def onearg(o, /):
    return o


def add_ints(long a, long b, /):
    return a + b


def add_doubles(double a, double b, /):
    return a + b


def weigh(long a, long b=10, long c=100):
    return a + b + c


def greet(str name not None, /):
    return "Hello, " + name


def ordered(long a, long b, /):
    return (a, b) if a < b else (b, a)


def build_list(long n, /):
    cdef long i
    return [i for i in range(n)]


def sum_list(list floats not None, /):
    cdef double total = 0.0
    cdef double value
    for value in floats:
        total += value
    return total


def count(list items not None, /):
    cdef dict counts = {}
    cdef long number
    for item in items:
        number = counts.get(item, 0)
        counts[item] = number + 1
    return counts


def get_name(o, /):
    return o.name


def set_name(o, value, /):
    o.name = value


def length(iterable, /):
    cdef long number = 0
    for _ in iterable:
        number += 1
    return number


def call(function, o, /):
    return function(o)


def fail():
    raise ValueError("no")


cdef class Point:
    cdef readonly double x
    cdef double y

    def __cinit__(self, double x, double y, /):
        self.x = x
        self.y = y

    def norm(self):
        return sqrt(self.x * self.x + self.y * self.y)

    def __eq__(self, other):
        if not isinstance(other, Point):
            return NotImplemented
        cdef Point p = <Point>other
        return self.x == p.x and self.y == p.y
