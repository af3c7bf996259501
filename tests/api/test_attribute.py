"""Attributes, by name object and by C string."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from tools.support import assert_stable


class Bag:
    pass


class Loud:
    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def __getattr__(self, name: str) -> Any:
        if name == "failing":
            raise LookupError("failed")
        if name == "missing":
            raise AttributeError("really missing")
        return f"made {name}"

    def __setattr__(self, name: str, value: object) -> None:
        if name == "calls":
            object.__setattr__(self, name, value)
        else:
            self.calls.append(("set", name, value))

    def __delattr__(self, name: str) -> None:
        self.calls.append(("del", name))


@pytest.fixture(params=["", "_s"])
def suffix(request: pytest.FixtureRequest) -> str:
    """Both ways to name an attribute."""
    return str(request.param)


@pytest.mark.parametrize(
    "name", ["plain", "_", "caf\xe9", "\u0416", "\U0001d4b3", "", "with space"]
)
def test_life_of_an_attribute(module: ModuleType, suffix: str, name: str) -> None:
    get, has = getattr(module, "GetAttr" + suffix), getattr(module, "HasAttr" + suffix)
    set_, delete = getattr(module, "SetAttr" + suffix), getattr(module, "DelAttr" + suffix)
    bag, value = Bag(), object()
    assert has(bag, name) == 0
    assert set_(bag, name, value) is None
    assert has(bag, name) == 1
    assert get(bag, name) is value is vars(bag)[name]
    assert delete(bag, name) is None
    assert vars(bag) == {}
    for missing in (get, delete):
        with pytest.raises(AttributeError) as caught:
            missing(bag, name)
        assert caught.value.name == name if missing is get else True
        assert caught.value.obj is bag if missing is get else True


def test_messages(module: ModuleType, suffix: str) -> None:
    with pytest.raises(AttributeError, match=r"^'Bag' object has no attribute 'foo'$"):
        getattr(module, "GetAttr" + suffix)(Bag(), "foo")
    with pytest.raises(AttributeError, match=r"^'object' object has no attribute 'foo'"):
        getattr(module, "SetAttr" + suffix)(object(), "foo", 1)
    with pytest.raises(AttributeError, match=r"^type object 'Bag' has no attribute 'foo'$"):
        getattr(module, "GetAttr" + suffix)(Bag, "foo")
    with pytest.raises(TypeError, match=r"^cannot set 'foo' attribute of immutable type 'int'$"):
        getattr(module, "SetAttr" + suffix)(int, "foo", 1)


def test_special_methods(module: ModuleType, suffix: str) -> None:
    loud = Loud()
    assert getattr(module, "GetAttr" + suffix)(loud, "anything") == "made anything"
    with pytest.raises(LookupError, match=r"^failed$"):
        getattr(module, "GetAttr" + suffix)(loud, "failing")
    with pytest.raises(AttributeError, match=r"^really missing$"):
        getattr(module, "GetAttr" + suffix)(loud, "missing")
    getattr(module, "SetAttr" + suffix)(loud, "x", 5)
    getattr(module, "DelAttr" + suffix)(loud, "x")
    assert loud.calls == [("set", "x", 5), ("del", "x")]


def test_has_swallows_every_error(
    module: ModuleType, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Since 3.13 CPython at least tells of the error here.
    monkeypatch.setattr(sys, "unraisablehook", lambda args: None)
    loud = Loud()
    has = getattr(module, "HasAttr" + suffix)
    assert has(loud, "anything") == 1
    assert has(loud, "missing") == 0
    assert has(loud, "failing") == 0


def test_descriptors_and_types(module: ModuleType, suffix: str) -> None:
    class Property:
        @property
        def value(self) -> int:
            return 42

        def method(self) -> object:
            return self

        @classmethod
        def own_class(cls) -> type:
            return cls

    get = getattr(module, "GetAttr" + suffix)
    instance = Property()
    assert get(instance, "value") == 42
    assert get(instance, "method")() is instance
    assert get(Property, "own_class")() is Property
    assert get(module, "__name__") == "attribute"
    with pytest.raises(AttributeError):
        getattr(module, "SetAttr" + suffix)(instance, "value", 1)


def test_names_that_are_no_strings(module: ModuleType) -> None:
    message = r"must be string, not 'int'$"
    with pytest.raises(TypeError, match=message):
        module.GetAttr(Bag(), 5)
    with pytest.raises(TypeError, match=message):
        module.SetAttr(Bag(), 5, 1)
    with pytest.raises(TypeError, match=message):
        module.DelAttr(Bag(), 5)


def test_names_that_are_subclasses_of_str(module: ModuleType) -> None:
    class Name(str):
        __slots__ = ()

    bag = Bag()
    module.SetAttr(bag, Name("foo"), 1)
    assert module.GetAttr(bag, Name("foo")) == 1
    assert module.HasAttr(bag, Name("foo")) == 1


def test_constant_names(module: ModuleType) -> None:
    first, second = Bag(), Bag()
    for n in range(5):
        for bag in (first, second):
            module.set_foo(bag, n)
            assert module.get_foo(bag) == n
            assert module.has_foo(bag) == 1
    del vars(first)["foo"]
    assert module.has_foo(first) == 0
    with pytest.raises(AttributeError, match=r"^'Bag' object has no attribute 'foo'$"):
        module.get_foo(first)
    assert module.get_foo(second) == 4
    vars(first)["\xe9"] = "accent"
    assert module.get_e_acute(first) == "accent"


def test_bad_utf8(module: ModuleType) -> None:
    with pytest.raises(UnicodeDecodeError):
        module.get_bad_utf8(Bag())
    with pytest.raises(UnicodeDecodeError):
        module.set_bad_utf8(Bag())


def test_nothing_is_kept(module: ModuleType) -> None:
    bag, value = Bag(), object()

    def work() -> None:
        for suffix in ("", "_s"):
            getattr(module, "SetAttr" + suffix)(bag, "foo", value)
            getattr(module, "GetAttr" + suffix)(bag, "foo")
            getattr(module, "HasAttr" + suffix)(bag, "foo")
            module.get_foo(bag)
            module.set_foo(bag, value)
            getattr(module, "DelAttr" + suffix)(bag, "foo")
            getattr(module, "HasAttr" + suffix)(bag, "foo")
            for function in ("GetAttr", "DelAttr"):
                with pytest.raises(AttributeError):
                    getattr(module, function + suffix)(bag, "foo")

    assert_stable(work, bag, value)
