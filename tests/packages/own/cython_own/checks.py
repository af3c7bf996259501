from __future__ import annotations

import array
import asyncio
import copy
import inspect
import pickle
from pathlib import Path

import cython_own as m
import pytest


def test_vector() -> None:
    v = m.Vector(3, 4)
    assert (v.x, v.y, v.length) == (3.0, 4.0, 5.0)
    assert v + m.Vector(1, 1) == m.Vector(4, 5) != m.Vector(5, 4)
    assert {v: 1}[m.Vector(3, 4)] == 1
    assert repr(v) == "Vector(3.0, 4.0)"
    assert v.dot(m.Vector(2, 1)) == 10.0


def test_vector_copies() -> None:
    v = m.Vector(0.1, -2)
    assert pickle.loads(pickle.dumps(v)) == copy.copy(v) == copy.deepcopy(v) == v


def test_vector_refuses() -> None:
    with pytest.raises(TypeError):
        m.Vector("x", 1)
    with pytest.raises(TypeError):
        m.Vector(1, 2) + 3
    with pytest.raises(AttributeError):
        m.Vector(1, 2).x = 3
    with pytest.raises(TypeError):
        m.Vector(1, 2).dot("x")


def test_vector_is_subclassed() -> None:
    class Named(m.Vector):  # type: ignore[misc]
        name = "n"

        def dot(self, other: object) -> float:
            return 25.0

    assert repr(Named(1, 2)) == "Named(1.0, 2.0)"
    assert Named(1, 2).length == 5.0  # cpdef: the method of the subclass


def test_fibonacci() -> None:
    assert [m.fibonacci(n) for n in (0, 1, 2, 10, 90)] == [0, 1, 1, 55, 2880067194370816120]
    with pytest.raises(ValueError, match="fibonacci of -1"):
        m.fibonacci(-1)
    with pytest.raises(OverflowError):
        m.fibonacci(1 << 40)


def test_memory_view() -> None:
    assert m.total(array.array("d", [1, 2.5, 3])) == 6.5
    assert m.total(memoryview(array.array("d", range(10)))[::3]) == 18.0
    with pytest.raises(ValueError, match="Buffer dtype mismatch"):
        m.total(array.array("i", [1]))
    with pytest.raises(TypeError):
        m.total([1.0])


def test_generator() -> None:
    generator = m.countdown(3)
    assert inspect.isgenerator(generator) or type(generator).__name__ == "generator"
    assert [next(generator), generator.send("a"), generator.send("b")] == [3, 2, 1]
    with pytest.raises(StopIteration) as stopped:
        next(generator)
    assert stopped.value.value == ["a", "b"]
    thrown = m.countdown(1)
    next(thrown)
    with pytest.raises(KeyError):
        thrown.throw(KeyError("k"))


def test_coroutine() -> None:
    async def value() -> int:
        await asyncio.sleep(0)
        return 21

    assert asyncio.run(m.doubled(value())) == 42


def test_closure() -> None:
    add = m.adder(3)
    assert (add(4), add(4, times=2)) == (7, 10)
    with pytest.raises(TypeError):
        add(4, 2)


def test_try() -> None:
    assert m.guarded(lambda: 1) == [1, "finally"]
    assert m.guarded(lambda: 1 / 0) == ["division by zero", "finally"]
    with pytest.raises(KeyError):
        m.guarded(lambda: {"y": 1}["x"])


def test_traceback_names_the_source() -> None:
    with pytest.raises(ValueError) as raised:
        m.fibonacci(-1)
    assert Path(raised.traceback[-1].path).name == "cython_own.pyx"
