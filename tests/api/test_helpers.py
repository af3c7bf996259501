"""HPyHelpers_AddType and HPyHelpers_PackArgsAndKeywords."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest

from tools.support import assert_stable


def test_add_type(module: ModuleType) -> None:
    target = SimpleNamespace()
    assert module.AddType(target, "caf\xe9") == 1
    made = target.café
    assert (made.__name__, made.__module__) == ("Added", "helpers")
    assert module.AddType_on(target, object) == 1
    assert target.Derived.__bases__ == (object,)


def test_add_type_fails(module: ModuleType) -> None:
    target = SimpleNamespace()
    with pytest.raises(TypeError, match=r"basicsize"):
        module.AddType_bad(target)
    with pytest.raises(TypeError):
        module.AddType_on(target, bool)
    assert vars(target) == {}
    with pytest.raises(AttributeError):
        module.AddType(object(), "name")


def test_pack(module: ModuleType) -> None:
    assert module.pack() == (None, None)
    assert module.pack(1) == ((1,), None)
    assert module.pack(1, "two", None) == ((1, "two", None), None)
    assert module.pack(a=1) == (None, {"a": 1})
    args, kwargs = module.pack(1, 2, z=3, a=4, **{"no name": 5})
    assert args == (1, 2)
    assert list(kwargs.items()) == [("z", 3), ("a", 4), ("no name", 5)]
    assert module.pack() == (None, None)


def test_forward(module: ModuleType) -> None:
    assert module.forward(dict, [(1, 2)], a=3) == {1: 2, "a": 3}
    assert module.forward(list) == []
    assert module.forward(sorted, [3, 1, 2], reverse=True) == [3, 2, 1]


def test_pack_without_a_place(module: ModuleType) -> None:
    with pytest.raises(SystemError, match=r"^argument 'out_pos_args' must not be NULL$"):
        module.pack_without_tuple()
    with pytest.raises(SystemError, match=r"^argument 'out_kwd' must not be NULL$"):
        module.pack_without_dict()
    with pytest.raises(TypeError, match=r"has no len\(\)$"):
        module.pack_bad_names(5)


def test_nothing_is_kept(module: ModuleType) -> None:
    a, b = object(), object()

    def work() -> None:
        module.pack()
        module.pack(a, b, x=a, y=b)
        module.pack(k=a)
        module.forward(SimpleNamespace, x=a)
        calls: list[Callable[[], object]] = [
            lambda: module.AddType_bad(SimpleNamespace()),
            lambda: module.AddType_on(a, bool),
            lambda: module.pack_bad_names(5),
        ]
        for call in calls:
            with pytest.raises((TypeError, AttributeError)):
                call()

    assert_stable(work, a, b)
