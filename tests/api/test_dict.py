"""dict."""

from __future__ import annotations

from collections import OrderedDict
from types import MappingProxyType, ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.support import assert_stable

bounded = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class Sub(dict[Any, Any]):
    def keys(self) -> Any:
        raise AssertionError

    def copy(self) -> Any:
        raise AssertionError


def test_check(module: ModuleType) -> None:
    for value in ({}, {1: 2}, Sub(), OrderedDict()):
        assert module.Check(value) == 1
    others: list[Any] = [[], set(), "", None, dict, MappingProxyType({})]
    for other in others:
        assert module.Check(other) == 0


def test_new(module: ModuleType) -> None:
    made = module.New()
    assert type(made) is dict
    assert made == {}
    made[1] = 2
    assert module.New() == {}


@given(value=st.dictionaries(st.integers() | st.text(), st.integers()))
@bounded
def test_keys_and_copy(module: ModuleType, value: dict[Any, int]) -> None:
    for same in (value, Sub(value)):
        keys = module.Keys(same)
        assert type(keys) is list
        assert keys == list(dict.keys(same))
        copy = module.Copy(same)
        assert type(copy) is dict
        assert copy == value
        copy["another"] = 1
        assert "another" not in same
    flat = [part for pair in value.items() for part in pair]
    assert list(module.build(*flat).items()) == list(value.items())


def test_other_objects(module: ModuleType) -> None:
    others: list[Any] = [[], None, MappingProxyType({})]
    for other in others:
        for function in (module.Keys, module.Copy):
            with pytest.raises(SystemError):
                function(other)
    with pytest.raises(TypeError, match=r"\bunhashable type: 'list'"):
        module.build(1, 2, [], 3)


def test_nothing_is_kept(module: ModuleType) -> None:
    key, value = object(), object()
    filled = {key: value, 1: 2}

    def work() -> None:
        module.New()
        module.Keys(filled)
        module.Copy(filled)
        module.build(key, value, 5, value)
        with pytest.raises(TypeError):
            module.build(key, value, [], value)
        with pytest.raises(SystemError):
            module.Keys(value)

    assert_stable(work, key, value, filled)
