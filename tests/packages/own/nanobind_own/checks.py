from __future__ import annotations

import gc
import sys

import nanobind_own as m
import pytest


def test_class() -> None:
    c = m.Counter("a")
    assert (c.add(), c.add(by=4), c.value, c.name) == (1, 5, 5, "a")
    c.name = "b"
    assert repr(c) == "<Counter b>"
    with pytest.raises(AttributeError):
        c.value = 3


def test_overriding() -> None:
    class Doubling(m.Counter):  # type: ignore[misc]
        def step(self, by: int) -> int:
            return 2 * int(super().step(by))

    assert Doubling("d").add(3) == 6


def test_override_that_raises() -> None:
    class Broken(m.Counter):  # type: ignore[misc]
        def step(self, by: int) -> int:
            raise KeyError(by)

    with pytest.raises(KeyError, match="3"):
        Broken("b").add(3)


def test_identity() -> None:
    c = m.Counter("a")
    assert m.same(c) is c
    before = sys.getrefcount(c)
    for _ in range(100):
        m.same(c)
    gc.collect()
    assert sys.getrefcount(c) == before


def test_containers() -> None:
    assert m.join(["a", "b", "c"], "-") == "a-b-c"
    assert m.invert({"x": 1, "y": 2}) == {1: "x", 2: "y"}


def test_exceptions() -> None:
    with pytest.raises(m.Empty, match="nothing to join"):
        m.join([], "-")
    assert issubclass(m.Empty, ValueError)
    with pytest.raises(IndexError):
        m.at([1.0], 3)
    for how, kind in enumerate((ValueError, RuntimeError, MemoryError)):
        with pytest.raises(kind):
            m.fail(how)
    with pytest.raises(SystemError, match="could not be translated"):
        m.fail(3)


def test_callbacks() -> None:
    assert m.apply(lambda x: x * x, 7) == 49
    with pytest.raises(ZeroDivisionError):
        m.apply(lambda x: x // 0, 7)


def test_arguments() -> None:
    with pytest.raises(TypeError, match="incompatible function arguments"):
        m.join("abc", 3)
    with pytest.raises(TypeError):
        m.Counter()
