"""Iteration."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from tools.support import assert_stable


class Countdown:
    """An iterator that ends with ``end``."""

    def __init__(self, n: int, end: BaseException) -> None:
        self.n, self.end = n, end

    def __iter__(self) -> Countdown:
        return self

    def __next__(self) -> int:
        if self.n == 0:
            raise self.end
        self.n -= 1
        return self.n


class BySubscript:
    def __getitem__(self, index: int) -> int:
        return [5, 6][index]


class NoIterator:
    def __iter__(self) -> Any:
        return 5


class NotIterable:
    __iter__ = None


def generate(n: int) -> Iterator[int]:
    yield from range(n)


ITERABLES: list[Any] = [
    [],
    [1, 2, 3],
    (1, 2),
    "text",
    b"bytes",
    {"a": 1, "b": 2},
    range(5),
    BySubscript(),
]


def test_get_iter(module: ModuleType) -> None:
    for iterable in ITERABLES:
        iterator = module.Iter(iterable)
        assert type(iterator) is type(iter(iterable))
        assert list(iterator) == list(iterable)
        assert module.Iter(iterator) is iterator


def test_get_iter_of_what_is_not_iterable(module: ModuleType) -> None:
    for wrong in (5, None, object(), int, NotIterable()):
        with pytest.raises(TypeError, match=r"object is not iterable$"):
            module.Iter(wrong)
    message = (
        r"\.NoIterator\.__iter__\(\) must return an iterator, not int$"
        if sys.version_info >= (3, 15)
        else r"^iter\(\) returned non-iterator of type 'int'$"
    )
    with pytest.raises(TypeError, match=message):
        module.Iter(NoIterator())


def test_check(module: ModuleType) -> None:
    iterators: list[Any] = [iter([]), iter({}), generate(1), Countdown(1, StopIteration()), map]
    for iterator in iterators[:-1]:
        assert module.Check(iterator) == 1
    others: list[Any] = [[], {}, "", 5, None, map, object(), BySubscript(), NoIterator()]
    for other in others:
        assert module.Check(other) == 0


def test_next(module: ModuleType) -> None:
    item = object()
    iterator = iter([item, None])
    assert module.Next(iterator) == (item,)
    assert module.Next(iterator) == (None,)
    assert module.Next(iterator) is None
    assert module.Next(iterator) is None
    assert module.Next(generate(0)) is None


def test_collect(module: ModuleType) -> None:
    for iterable in [*ITERABLES, range(1000)]:
        assert module.collect(iterable) == list(iterable)
    assert module.collect(generate(3)) == [0, 1, 2]
    assert module.collect({1: 2}.items()) == [(1, 2)]


def test_every_stop_iteration_is_an_end(module: ModuleType) -> None:
    class Stop(StopIteration):
        pass

    for end in (StopIteration(), StopIteration(5), Stop("value")):
        assert module.Next(Countdown(0, end)) is None
        assert module.collect(Countdown(2, end)) == [1, 0]


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, StopAsyncIteration])
def test_other_exceptions_pass(module: ModuleType, kind: type[BaseException]) -> None:
    error = kind("bad")
    with pytest.raises(kind) as caught:
        module.collect(Countdown(2, error))
    assert caught.value is error


def test_a_list_that_grows(module: ModuleType) -> None:
    values = [1]
    iterator = module.Iter(values)
    assert module.Next(iterator) == (1,)
    values.append(2)
    assert module.Next(iterator) == (2,)
    table = {1: 1}
    iterator = module.Iter(table)
    table[2] = 2
    with pytest.raises(RuntimeError, match=r"changed size during iteration$"):
        module.Next(iterator)


def test_nothing_is_kept(module: ModuleType) -> None:
    item, error, end = object(), ValueError(), StopIteration(object())
    values = [item, item]

    def work() -> None:
        module.collect(values)
        module.Next(module.Iter(values))
        module.collect(Countdown(2, end))
        with pytest.raises(ValueError):
            module.collect(Countdown(2, error))
        with pytest.raises(TypeError):
            module.Iter(item)
        error.__traceback__ = end.__traceback__ = None

    assert_stable(work, item, values)
