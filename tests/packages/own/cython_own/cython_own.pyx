# cython: language_level=3
"""What a Cython module mostly has: types, typed functions, generators, memory views, errors."""

from libc.math cimport sqrt

cdef class Vector:
    """A point in the plane; it can be compared, hashed, pickled and subclassed."""

    cdef readonly double x, y

    def __init__(self, double x, double y):
        self.x, self.y = x, y

    def __add__(self, Vector other):
        return Vector(self.x + other.x, self.y + other.y)

    def __eq__(self, other):
        return isinstance(other, Vector) and (self.x, self.y) == (other.x, other.y)

    def __hash__(self):
        return hash((self.x, self.y))

    def __repr__(self):
        return f"{type(self).__name__}({self.x}, {self.y})"

    def __reduce__(self):
        return type(self), (self.x, self.y)

    cpdef double dot(self, Vector other):
        return self.x * other.x + self.y * other.y

    @property
    def length(self):
        return sqrt(self.dot(self))


cpdef long fibonacci(int n) except? -1:
    """The n-th number; ValueError for a negative n."""
    if n < 0:
        raise ValueError(f"fibonacci of {n}")
    cdef long a = 0, b = 1
    for _ in range(n):
        a, b = b, a + b
    return a


def total(double[:] numbers):
    """The sum of a buffer of doubles, added up without the GIL."""
    cdef double result = 0
    cdef Py_ssize_t i
    with nogil:
        for i in range(numbers.shape[0]):
            result += numbers[i]
    return result


def countdown(int n):
    """A generator that keeps what is sent to it."""
    sent = []
    while n > 0:
        value = yield n
        if value is not None:
            sent.append(value)
        n -= 1
    return sent


async def doubled(awaitable):
    return 2 * await awaitable


def adder(n):
    """A closure."""
    return lambda value, *, times=1: value + n * times


def guarded(function):
    """What ``function`` returns or raises, by try, except, else and finally."""
    seen = []
    try:
        result = function()
    except ZeroDivisionError as error:
        seen.append(str(error))
    except Exception:
        seen.append("other")
        raise
    else:
        seen.append(result)
    finally:
        seen.append("finally")
    return seen
