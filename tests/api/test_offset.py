"""Members that say where the interpreter finds an instance's dict, weak references and call."""

from __future__ import annotations

import gc
import weakref
from types import ModuleType
from typing import Any

import pytest

from tools.support import assert_stable

ALL_THREE = ["Object", "Float", "Unicode", "Dict"]
SSIZE = 19


class Canary:
    pass


@pytest.fixture(params=["itself", "Python class", "HPy type", "both"])
def derive(request: pytest.FixtureRequest, module: ModuleType) -> Any:
    """derive(type) -> the type or another one that inherits its places."""

    def python_class(base: type) -> type:
        return type("Sub", (base,), {})

    ways: dict[str, Any] = {
        "itself": lambda base: base,
        "Python class": python_class,
        "HPy type": module.derive,
        "both": lambda base: python_class(module.derive(python_class(base))),
    }
    return ways[request.param]


@pytest.mark.parametrize("name", ALL_THREE)
def test_all_three(module: ModuleType, derive: Any, name: str) -> None:
    kind = derive(getattr(module, name))
    instance: Any = kind()
    value = object()
    dead: Any = weakref.ref(instance)
    assert dead() is instance
    instance.attribute = instance.field = value
    assert instance.__dict__ == {"attribute": value}
    assert callable(instance)
    assert instance(1, 2) == instance(*[1, 2]) == instance.__call__(1, 2) == (instance, (1, 2))
    assert (instance.before, instance.after) == (-1, -1)
    assert instance.field is value
    del instance
    gc.collect()
    assert dead() is None


def test_places_are_relative_to_the_struct(module: ModuleType) -> None:
    kind = module.Object
    assert kind.__dictoffset__ == object.__basicsize__ + 8
    assert kind.__weakrefoffset__ == object.__basicsize__ + 16
    for name in ALL_THREE[1:]:
        other = getattr(module, name)
        assert other.__weakrefoffset__ == other.__dictoffset__ + 8
        assert other.__dictoffset__ == other.__base__.__basicsize__ // 16 * 16 + 8 + (
            16 if other.__base__.__basicsize__ % 16 else 0
        )


def test_dict(module: ModuleType, derive: Any) -> None:
    instance = derive(module.OnlyDict)()
    assert instance.__dict__ is vars(instance)
    assert vars(instance) == {}
    for i in range(50):
        setattr(instance, f"a{i}", i)
    assert [getattr(instance, f"a{i}") for i in range(50)] == list(range(50))
    del instance.a0
    with pytest.raises(AttributeError):
        _ = instance.a0
    instance.__dict__ = {"b": 1}
    assert instance.b == 1
    assert not hasattr(instance, "a1")
    with pytest.raises(TypeError, match=r"^__dict__ must be set to a dictionary"):
        instance.__dict__ = 5
    assert (instance.before, instance.after) == (-1, -1)


def test_weak_references(module: ModuleType, derive: Any) -> None:
    kind = derive(module.OnlyWeak)
    instance, other = kind(), kind()
    called: list[Any] = []
    first, second = weakref.ref(instance), weakref.ref(instance, called.append)
    proxy: Any = weakref.proxy(instance)
    proxy.field = [1]
    assert instance.field == [1]
    keys = weakref.WeakKeyDictionary({instance: 1, other: 2})
    assert weakref.getweakrefcount(instance) == 4
    del instance
    gc.collect()
    assert first() is second() is None
    assert called == [second]
    assert list(keys.values()) == [2]
    with pytest.raises(ReferenceError):
        _ = proxy.field


def test_one_does_not_bring_the_other(module: ModuleType) -> None:
    with pytest.raises(TypeError, match=r"^cannot create weak reference to"):
        weakref.ref(module.OnlyDict())
    with pytest.raises(AttributeError):
        module.OnlyWeak().attribute = 5
    with pytest.raises(AttributeError):
        _ = module.OnlyWeak().__dict__
    with pytest.raises(TypeError, match=r"object is not callable$"):
        module.OnlyDict()()


def test_a_property_of_the_type_comes_before_the_dict(module: ModuleType) -> None:
    instance = module.OwnGetter()
    instance.attribute = 5
    assert instance.attribute == 5
    assert instance.__dict__ == "the type's own"


@pytest.mark.parametrize("name", [*ALL_THREE, "OnlyDict"])
def test_cycles_through_the_dict_are_collected(module: ModuleType, derive: Any, name: str) -> None:
    instance = derive(getattr(module, name))()
    canary = Canary()
    dead = weakref.ref(canary)
    instance.itself, instance.canary = instance, canary
    del instance, canary
    gc.collect()
    assert dead() is None


@pytest.mark.parametrize("name", ["__dictoffset__", "__weaklistoffset__", "__vectorcalloffset__"])
def test_members_that_cannot_be(module: ModuleType, name: str) -> None:
    for kind, readonly in ((SSIZE, 0), (2, 1), (6, 1)):
        with pytest.raises(
            TypeError,
            match=rf"^offset\.Made: member {name} must be a readonly HPyMember_HPYSSIZET$",
        ):
            module.make(0, name, kind, readonly)
    for shape in (2, 5):
        with pytest.raises(
            TypeError,
            match=rf"^offset\.Made: a type that extends int or tuple cannot have a member {name}",
        ):
            module.make(shape, name, SSIZE, 1)
    assert module.make(0, name, SSIZE, 1).__name__ == "Made"


def test_nothing_is_kept(module: ModuleType, derive: Any) -> None:
    value = object()
    kinds = [derive(getattr(module, name)) for name in [*ALL_THREE, "OnlyDict", "OnlyWeak"]]

    def work() -> None:
        for kind in kinds:
            instance = kind()
            instance.field = value
            if kind.__dictoffset__:
                instance.attribute = value
            if kind.__weakrefoffset__:
                weakref.ref(instance, id)

    assert_stable(work, value, *kinds)
