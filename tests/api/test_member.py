"""Members of types that extend int or tuple, behind as many digits or items as there are."""

from __future__ import annotations

from operator import attrgetter
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.support import assert_stable


def check(instance: Any, value: object) -> None:
    assert (instance.number, instance.object, instance.text) == (0.0, None, "")
    with pytest.raises(AttributeError, match=r"present"):
        attrgetter("present")(instance)
    instance.number = 1.5
    instance.object = value
    assert (instance.number, instance.fixed, instance.object) == (1.5, 1.5, value)
    assert instance.present is value
    for name in ("fixed", "text"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(instance, name, 2.5)
    with pytest.raises(TypeError):
        instance.number = "text"
    del instance.object
    assert instance.object is None


@given(number=st.integers() | st.integers(2**29, 2**200))
def test_long(module: ModuleType, number: int) -> None:
    for kind in (module.Long, type("Sub", (module.Long,), {})):
        instance = kind(number)
        check(instance, object())
        assert instance == number
        assert instance + 1 == number + 1
        assert hash(instance) == hash(number)


@given(items=st.lists(st.integers(), max_size=30))
def test_tuple(module: ModuleType, items: list[int]) -> None:
    for kind in (module.Tuple, type("Sub", (module.Tuple,), {})):
        instance = kind(items)
        check(instance, object())
        assert instance == tuple(items)


def test_doc(module: ModuleType) -> None:
    assert module.Long.number.__doc__ == "a number"


def test_nothing_is_kept(module: ModuleType) -> None:
    value = object()

    def work() -> None:
        for instance in (module.Long(2**100), module.Tuple(range(10))):
            instance.object = value
            instance.object = instance.object

    assert_stable(work, value)
