"""list and its builder."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from tools.support import assert_stable


class Sub(list[Any]):
    pass


def test_check(module: ModuleType) -> None:
    values: list[list[Any]] = [[], Sub()]
    for value in values:
        assert module.Check(value) == 1
    others: list[Any] = [(), {}, "", None, list]
    for other in others:
        assert module.Check(other) == 0


@pytest.mark.parametrize("n", [0, 1, 2, 1000])
def test_new_is_full_of_none(module: ModuleType, n: int) -> None:
    made = module.New(n)
    assert type(made) is list
    assert made == [None] * n
    made.append(1)
    assert module.New(n) == [None] * n


def test_new_of_impossible_length(module: ModuleType) -> None:
    with pytest.raises(SystemError):
        module.New(-1)
    with pytest.raises(MemoryError):
        module.New(sys.maxsize)


def test_append(module: ModuleType) -> None:
    item = object()
    both: list[list[Any]] = [[], Sub()]
    for values in both:
        for n in range(1, 20):
            assert module.Append(values, item) is None
            assert values == [item] * n
    others: list[Any] = [(), None, {}]
    for other in others:
        with pytest.raises(SystemError):
            module.Append(other, item)


@pytest.mark.parametrize("index", [-sys.maxsize - 1, -4, -3, -1, 0, 1, 2, 3, 4, sys.maxsize])
def test_insert(module: ModuleType, index: int) -> None:
    item = object()
    for values in ([], [1, 2, 3], Sub([1, 2, 3])):
        expected: list[Any] = list(values)
        expected.insert(index, item)
        assert module.Insert(values, index, item) is None
        assert values == expected


def test_insert_into_what_is_no_list(module: ModuleType) -> None:
    others: list[Any] = [(), {}, 5]
    for other in others:
        with pytest.raises(SystemError):
            module.Insert(other, 0, object())
    values = [1]
    with pytest.raises(SystemError):
        module.Insert(values, 0, None)
    assert values == [1]


@pytest.mark.parametrize("n", [0, 1, 2, 50])
def test_build(module: ModuleType, n: int) -> None:
    items = [object() for _ in range(n)]
    made = module.build(*items)
    assert type(made) is list
    assert made == items
    made.append(None)
    made.sort(key=id)


def test_setting_again_replaces(module: ModuleType) -> None:
    first, second = object(), object()
    references = sys.getrefcount(first)
    assert module.build_twice_set(first, second) == [second]
    assert sys.getrefcount(first) == references


@pytest.mark.parametrize(("size", "error"), [(-1, SystemError), (sys.maxsize, MemoryError)])
def test_impossible_builder(module: ModuleType, size: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        module.build_impossible(size)
    with pytest.raises(error):
        module.cancel_impossible(size)


def test_nothing_is_kept(module: ModuleType) -> None:
    a, b = object(), object()

    def work() -> None:
        module.New(100)
        module.Append([], a)
        module.Insert([a], 0, b)
        module.build(a, b, a)
        module.build()
        module.cancel(a, b)
        module.build_twice_set(a, b)
        with pytest.raises(MemoryError):
            module.build_impossible(sys.maxsize)

    assert_stable(work, a, b)
