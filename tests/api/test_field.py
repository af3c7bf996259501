"""Fields of a struct and globals of a module."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable
from types import ModuleType

import pytest

from tools.support import assert_stable


class Canary:
    pass


def test_field(module: ModuleType) -> None:
    holder, value = module.Holder(), object()
    assert holder.is_null() is True
    assert holder.load() is None
    references = sys.getrefcount(value)
    for _ in range(3):
        holder.store(value)
        assert holder.load() is value
        assert holder.is_null() is False
        assert sys.getrefcount(value) == references + 1
    holder.store(None)
    assert sys.getrefcount(value) == references
    assert holder.is_null() is False
    holder.store(value)
    holder.clear()
    assert holder.is_null() is True
    assert sys.getrefcount(value) == references
    holder.store(value)
    del holder
    assert sys.getrefcount(value) == references


def test_field_that_is_no_variable(module: ModuleType) -> None:
    """But what a function returns, what is const, or one of two."""
    holder, other, value = module.Holder(), module.Holder(), object()
    assert holder.load_value() is holder.load_constant() is holder.load_either(other) is None
    other.store(value)
    references = sys.getrefcount(value)
    for _ in range(3):
        assert holder.load_either(other) is other.load_either(holder) is value
        assert other.load_value() is other.load_constant() is value
        assert sys.getrefcount(value) == references


def test_old_value_may_look_at_the_field(module: ModuleType) -> None:
    holder, seen = module.Holder(), []

    class Old:
        def __del__(self) -> None:
            seen.append(holder.load())

    holder.store(Old())
    holder.store("new")
    assert seen == ["new"]
    holder.store(Old())
    holder.clear()
    assert seen == ["new", None]


def test_cycle(module: ModuleType) -> None:
    holder, canary = module.Holder(), Canary()
    dead = weakref.ref(canary)
    holder.store([holder, canary])
    del holder, canary
    gc.collect()
    assert dead() is None


@pytest.mark.parametrize("name", ["first", "second"])
def test_global(fresh: Callable[..., ModuleType], name: str) -> None:
    module = fresh()
    store, load = getattr(module, f"store_{name}"), getattr(module, f"load_{name}")
    of_function = getattr(module, f"load_{name}_value")
    value = object()
    references = sys.getrefcount(value)
    assert load() is of_function() is None
    for _ in range(3):
        store(value)
        assert load() is of_function() is value
        assert sys.getrefcount(value) == references + 1
    store("other")
    assert sys.getrefcount(value) == references
    assert load() == "other"


def test_globals_are_apart(fresh: Callable[..., ModuleType]) -> None:
    module, other = fresh(), fresh()
    module.store_first(1)
    module.store_second(2)
    assert (module.load_first(), module.load_second()) == (1, 2)
    assert (other.load_first(), other.load_second()) == (None, None)
    other.store_first(3)
    assert module.load_first() == 1
    assert [module.count(), module.count(), other.count()] == [1, 2, 1]
    assert module.Holder is not other.Holder
    module.clear_first()
    assert module.load_first() is None


def test_globals_serve_instances_that_outlive_the_module(fresh: Callable[..., ModuleType]) -> None:
    module, value = fresh(), object()
    holder, dead = module.Holder(), weakref.ref(module)
    module.store_first(value)
    del module
    gc.collect()
    assert dead() is None
    assert holder.load_global() is value


def test_nothing_is_kept(module: ModuleType) -> None:
    a, b = object(), object()
    holder = module.Holder()

    def work() -> None:
        for value in (a, b):
            holder.store(value)
            holder.load()
            module.store_first(value)
            module.store_second(value)
            module.load_first()
            module.Holder().store(value)
        holder.clear()
        module.clear_first()
        module.store_second(None)

    assert_stable(work, a, b, holder, module.Holder)
