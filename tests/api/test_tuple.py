"""tuple and its builder."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from tools.support import assert_stable


class Sub(tuple[Any, ...]):
    __slots__ = ()


def test_check(module: ModuleType) -> None:
    for value in ((), (1,), Sub()):
        assert module.Check(value) == 1
    others: list[Any] = [[], {}, "", None, tuple]
    for other in others:
        assert module.Check(other) == 0


@pytest.mark.parametrize("n", [0, 1, 2, 3, 20, 500])
def test_from_items(module: ModuleType, n: int) -> None:
    items = tuple(object() for _ in range(n))
    for name in ("FromArray", "build", *(["Pack"] if n <= 3 else [])):
        made = getattr(module, name)(*items)
        assert type(made) is tuple
        assert made == items
        assert hash(made) == hash(items)


def test_impossible_length(module: ModuleType) -> None:
    with pytest.raises(SystemError):
        module.pack_impossible(-1)
    with pytest.raises(MemoryError):
        module.pack_impossible(sys.maxsize)


def test_setting_again_replaces(module: ModuleType) -> None:
    first, second = object(), object()
    references = sys.getrefcount(first)
    assert module.build_twice_set(first, second) == (second,)
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
        for function in (module.FromArray, module.Pack, module.build):
            function()
            function(a)
            function(a, b, a)
        module.cancel(a, b)
        module.build_twice_set(a, b)
        for size, error in ((sys.maxsize, MemoryError), (-1, SystemError)):
            with pytest.raises(error):
                module.pack_impossible(size)

    assert_stable(work, a, b)
