"""Extensions that include Python.h as well: legacy methods, legacy types, objects of both APIs."""

from __future__ import annotations

import gc
import sys
import weakref
from types import ModuleType
from typing import Any

import pytest

from tools.support import assert_stable


def test_module_methods(module: ModuleType) -> None:
    assert module.twice(21) == 42
    assert module.twice("ab") == "abab"
    assert module.twice.__doc__ == "arg + arg"


def test_objects_are_the_same_in_both_apis(module: ModuleType) -> None:
    value = object()
    assert module.same(value) is value
    assert module.null_is_null() is True


def test_type_of_both_halves(module: ModuleType) -> None:
    instance = module.Legacy("item")
    assert instance.item == "item"
    assert (instance.number, instance.legacy_number) == (0, 0)
    assert instance.increment() == 1
    instance.legacy_number = 5
    assert instance.decrement() == 4
    assert (instance.number, instance.twice, -instance) == (4, 8, -4)


def test_subclasses(module: ModuleType) -> None:
    # A type that only exists at run time has no type for mypy.
    class Sub(module.Legacy):  # type: ignore[misc, name-defined]
        pass

    instance = Sub([1])
    instance.extra = 1
    instance.increment()
    assert (instance.number, instance.item, instance.extra) == (1, [1], 1)
    derived = module.derive(module.Legacy)
    assert derived([2]).item == [2]
    assert derived.__mro__ == (derived, module.Legacy, object)


def test_legacy_dealloc_is_called(module: ModuleType) -> None:
    before = module.deallocations()
    kind = module.Dealloc
    references = sys.getrefcount(kind)
    for _ in range(10):
        kind()
    assert module.deallocations() == before + 10
    assert sys.getrefcount(kind) == references


@pytest.mark.parametrize("derive", ["derive", "with_field", "subclass", "derived subclass"])
def test_legacy_dealloc_of_a_base_is_called(module: ModuleType, derive: str) -> None:
    kind: Any = {
        "derive": module.derive,
        "with_field": module.with_field,
        "subclass": lambda base: type("Sub", (base,), {}),
        "derived subclass": lambda base: type("Sub", (module.derive(base),), {}),
    }[derive](module.Gc if derive == "with_field" else module.Dealloc)
    before, references = module.deallocations(), sys.getrefcount(kind)
    for _ in range(10):
        kind()
    assert module.deallocations() == before + 10
    assert sys.getrefcount(kind) == references


@pytest.mark.parametrize("name", ["Gc", "GcDestroy"])
@pytest.mark.parametrize("derive", ["itself", "derive", "with_field", "subclass", "twice"])
def test_legacy_traverse_of_a_base_is_called(module: ModuleType, name: str, derive: str) -> None:
    class Canary:
        pass

    kind: Any = {
        "itself": lambda base: base,
        "derive": module.derive,
        "with_field": module.with_field,
        "subclass": lambda base: type("Sub", (base,), {}),
        "twice": lambda base: type("Sub", (module.with_field(module.derive(base)),), {}),
    }[derive](getattr(module, name))
    gc.collect()  # types of other tests hold their bases
    before, references = module.deallocations(), sys.getrefcount(kind)
    for cycle in (False, True):
        canary, items = Canary(), list[Any]()
        dead = weakref.ref(canary)
        instance = kind(items)
        assert [sum(x is o for x in gc.get_referents(instance)) for o in (items, kind)] == [1, 1]
        if derive in ("with_field", "twice"):
            instance.field = items
        items += [instance, canary] if cycle else [canary]
        del instance, items, canary
        gc.collect()
        assert dead() is None
    assert module.deallocations() == before + (2 if name == "Gc" else 0)
    assert sys.getrefcount(kind) == references


def test_what_excludes_each_other(module: ModuleType) -> None:
    with pytest.raises(TypeError, match=r"^legacy tp_dealloc is incompatible with HPy_tp_traverse"):
        module.both()
    with pytest.raises(TypeError, match=r"^A legacy type should not inherit its memory layout"):
        module.derive(module.Pure)


def test_nothing_is_kept(module: ModuleType) -> None:
    value = [object()]

    def work() -> None:
        instance = module.Legacy(value)
        assert instance.item is value
        module.same(value)
        module.twice(value)
        module.Dealloc()
        for fail in (module.both, lambda: module.derive(module.Pure)):
            with pytest.raises(TypeError):
                fail()

    assert_stable(work, value)
