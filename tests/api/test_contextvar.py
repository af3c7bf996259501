"""contextvars.ContextVar."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from types import ModuleType

import pytest

from tools.support import assert_stable


def test_make(module: ModuleType) -> None:
    value = object()
    variable = module.New("caf\xe9", value)
    assert type(variable) is contextvars.ContextVar
    assert (variable.name, variable.get()) == ("caf\xe9", value)
    with pytest.raises(LookupError):
        module.New_without_default("name").get()


def test_get(module: ModuleType) -> None:
    value, other = object(), object()
    with_default = module.New("a", value)
    assert module.Get_without_default(with_default) is value
    assert module.Get(with_default, other) is other
    without = module.New_without_default("b")
    assert module.Get_without_default(without) is ...
    assert module.Get(without, other) is other
    without.set(value)
    assert module.Get(without, other) is module.Get_without_default(without) is value


def test_set(module: ModuleType) -> None:
    variable = contextvars.ContextVar("variable", default=0)
    token = module.Set(variable, 5)
    assert type(token) is contextvars.Token
    assert variable.get() == module.Get_without_default(variable) == 5
    variable.reset(token)
    assert variable.get() == module.Get_without_default(variable) == 0


def test_contexts_are_apart(module: ModuleType) -> None:
    variable = module.New("variable", 0)
    module.Set(variable, 1)

    def inside() -> object:
        before = module.Get_without_default(variable)
        module.Set(variable, 2)
        return before, module.Get_without_default(variable)

    assert contextvars.copy_context().run(inside) == (1, 2)
    assert module.Get_without_default(variable) == 1


def test_what_is_no_variable(module: ModuleType) -> None:
    calls: list[Callable[[], object]] = [
        lambda: module.Get(5, 1),
        lambda: module.Get_without_default(None),
        lambda: module.Set(5, 1),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"^an instance of ContextVar was expected$"):
            call()


def test_nothing_is_kept(module: ModuleType) -> None:
    value, default = object(), object()
    variable, empty = module.New("variable", default), module.New_without_default("empty")

    def work() -> None:
        module.New("another", value)
        variable.reset(module.Set(variable, value))
        for each in (variable, empty):
            module.Get(each, value)
            module.Get_without_default(each)
        with pytest.raises(TypeError):
            module.Set(value, default)

    assert_stable(work, value, default, variable, empty)
