"""Types that extend a built-in type with a struct."""

from __future__ import annotations

import gc
import pickle
import weakref
from types import ModuleType
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

#: Shape: its number, the built-in type, arguments of various sizes.
SHAPES: dict[str, tuple[int, type, list[tuple[Any, ...]]]] = {
    "Object": (0, object, [()]),
    "Type": (1, type, [("Name", (), {}), ("Slots", (), {"__slots__": ("a", "b", "c")})]),
    "Long": (
        2,
        int,
        [(value,) for value in (0, 1, -1, 2**30, -(2**30), 2**60, 2**63, 2**1000, -(10**500))],
    ),
    "Float": (3, float, [(), (1.5,), ("nan",), (float("inf"),)]),
    "Unicode": (4, str, [(), ("ascii",), ("\xe9" * 50,), ("\u0416",), ("\U0001f600" * 1000,)]),
    "Tuple": (5, tuple, [(), ((1,),), ((1, 2),), (range(1000),)]),
    "List": (6, list, [(), ([1],), (range(1000),)]),
    "Dict": (7, dict, [(), ({"a": 1},), ([(i, str(i)) for i in range(1000)],)]),
}
CASES = [(name, args) for name, (_, _, calls) in SHAPES.items() for args in calls]
IDS = [f"{name}-{i}" for i, (name, _) in enumerate(CASES)]


def fill(instance: Any, value: object) -> None:
    instance.number, instance.text, instance.field = 1.5, "twelve bytes", value


def check(instance: Any, value: object) -> None:
    assert (instance.number, instance.text) == (1.5, "twelve bytes")
    assert instance.field is value
    assert type(instance).aligned(instance) is True


@pytest.mark.parametrize(("name", "args"), CASES, ids=IDS)
def test_struct_survives_beside_the_builtin(
    module: ModuleType, name: str, args: tuple[Any, ...]
) -> None:
    kind, builtin = getattr(module, name), SHAPES[name][1]
    assert kind.__bases__ == (builtin,)
    instance: Any = kind(*args)
    value = object()
    assert issubclass(type(instance), builtin)
    assert (instance.number, instance.text, instance.field) == (0.0, "", None)
    fill(instance, value)
    check(instance, value)
    if builtin not in (object, type):
        plain = builtin(*args)
        assert repr(instance) == repr(plain)
        if plain == plain:
            assert instance == plain
        if builtin not in (list, dict):
            assert hash(instance) == hash(plain) or plain != plain
    check(instance, value)
    gc.collect()
    check(instance, value)


@pytest.mark.parametrize(("name", "args"), CASES, ids=IDS)
def test_python_subclass(module: ModuleType, name: str, args: tuple[Any, ...]) -> None:
    class Sub(getattr(module, name)):  # type: ignore[misc]
        pass

    instance, value = Sub(*args), object()
    instance.attribute = value
    fill(instance, value)
    check(instance, value)
    assert instance.attribute is value
    for i in range(30):
        setattr(instance, f"attribute{i}", i)
    check(instance, value)
    assert [getattr(instance, f"attribute{i}") for i in range(30)] == list(range(30))


@pytest.mark.parametrize("name", ["Object", "Float", "Unicode", "List", "Dict"])
def test_python_subclass_with_slots(module: ModuleType, name: str) -> None:
    class Sub(getattr(module, name)):  # type: ignore[misc]
        __slots__ = ("__weakref__", "a", "b")

    instance, value = Sub(*SHAPES[name][2][-1]), object()
    instance.a, instance.b = value, [value]
    fill(instance, value)
    check(instance, value)
    assert instance.a is value
    assert instance.b == [value]
    assert weakref.ref(instance)() is instance


@given(value=st.integers() | st.integers(-(2**300), 2**300))
@bounded
def test_ints_calculate(module: ModuleType, value: int) -> None:
    for kind in (module.Long, module.LongAlias, module.PlainLong):
        number = kind(value)
        if kind is not module.LongAlias:
            number.number, number.text = 2.5, "text"
        assert number == value
        assert number + 1 == value + 1
        assert type(number + 1) is int
        assert -number == -value
        assert int(number) == value
        assert bool(number) is bool(value)
        assert hash(number) == hash(value)
        assert [10**6, number][1] is number
        if kind is not module.LongAlias:
            assert (number.number, number.text) == (2.5, "text")


@given(items=st.lists(st.integers(), max_size=40))
@bounded
def test_containers_work(module: ModuleType, items: list[int]) -> None:
    values, fixed = module.List(items), module.Tuple(items)
    fill(values, items)
    fill(fixed, items)
    values.append(5)
    values.extend(items)
    values.sort()
    assert values == sorted([*items, 5, *items])
    assert fixed == tuple(items)
    assert (*fixed, 1) == (*items, 1)
    values.clear()
    check(values, items)
    check(fixed, items)


@given(items=st.dictionaries(st.integers() | st.text(), st.integers(), max_size=40))
@bounded
def test_dicts_work(module: ModuleType, items: dict[Any, int]) -> None:
    made = module.Dict(items)
    fill(made, items)
    assert made == items
    made["key"] = made
    assert made.pop("key") is made
    made.update({i: str(i) for i in range(50)})
    assert made == items | {i: str(i) for i in range(50)}
    assert list(made) == list(items | dict.fromkeys(range(50)))
    check(made, items)
    made.clear()
    check(made, items)


@pytest.mark.parametrize("name", SHAPES)
def test_without_a_struct(module: ModuleType, name: str) -> None:
    kind = getattr(module, name + "Alias")
    builtin = SHAPES[name][1]
    for args in SHAPES[name][2]:
        instance = kind(*args)
        assert isinstance(instance, builtin)
    assert kind.__basicsize__ == builtin.__basicsize__


@pytest.mark.parametrize("name", SHAPES)
def test_shape_of_a_type(module: ModuleType, name: str) -> None:
    kind = getattr(module, name)
    number, builtin, _ = SHAPES[name]
    assert module.shape(kind) == number
    assert module.shape(type("Sub", (kind,), {})) == number
    assert module.shape(builtin) == -1
    with pytest.raises(TypeError, match=r"^arg must be a type$"):
        module.shape(5)


@pytest.mark.parametrize("name", [name for name in SHAPES if name not in ("Object", "Type")])
def test_new_makes_what_the_builtin_makes_of_nothing(module: ModuleType, name: str) -> None:
    kind, builtin = getattr(module, name), SHAPES[name][1]
    for sub in (kind, type("Sub", (kind,), {})):
        for make in (module.New, module.GenericNew):
            instance, value = make(sub), object()
            assert type(instance) is sub
            assert instance == builtin()
            assert repr(instance) == repr(builtin())
            assert bool(instance) is False
            fill(instance, value)
            check(instance, value)


def test_new_cannot_make_types(module: ModuleType) -> None:
    for make in (module.New, module.GenericNew):
        with pytest.raises(TypeError, match=r"takes exactly 3 arguments \(0 given\)$"):
            make(module.Type)


@pytest.mark.parametrize("name", SHAPES)
def test_cycles_through_the_struct_are_collected(module: ModuleType, name: str) -> None:
    class Canary:
        pass

    kind = getattr(module, name)
    for sub in (kind, type("Sub", (kind,), {})):
        canary = Canary()
        dead = weakref.ref(canary)
        instance = sub(*SHAPES[name][2][-1])
        instance.field = [instance, canary]
        assert gc.is_tracked(instance)
        del instance, canary
        gc.collect()
        assert dead() is None


def test_cycles_through_items(module: ModuleType) -> None:
    class Canary:
        pass

    canary = Canary()
    dead = weakref.ref(canary)
    values = module.List()
    values.append(module.Tuple((values, canary, module.Dict(self=values))))
    values.field = values
    del values, canary
    gc.collect()
    assert dead() is None


def test_metatype(module: ModuleType) -> None:
    made: Any = module.Type("Made", (), {"x": 1})
    value = object()
    fill(made, value)

    class Derived(made):  # type: ignore[misc]
        pass

    assert type(Derived) is module.Type
    assert (made.field, Derived.field) == (value, None)
    assert Derived().x == 1
    check(made, value)
    dead = weakref.ref(Derived)
    del Derived
    gc.collect()
    assert dead() is None


def test_metaclass_of_a_spec(module: ModuleType) -> None:
    made = module.with_metaclass(module.Type)
    assert type(made) is module.Type
    value = object()
    fill(made, value)
    instance = made()
    fill(instance, value)
    check(made, value)
    check(instance, value)
    assert type(module.with_metaclass(type)) is type
    for wrong in (5, int, object, module.Long):
        with pytest.raises(TypeError, match=r"is not a subclass of 'type'\.$"):
            module.with_metaclass(wrong)
    with pytest.raises(ValueError, match=r"^metaclass was specified multiple times$"):
        module.with_metaclass(type, type)


@pytest.mark.parametrize("name", [name for name in SHAPES if name != "Object"])
def test_shape_needs_its_builtin(module: ModuleType, name: str) -> None:
    number, builtin, _ = SHAPES[name]
    wrong = bytes if builtin is list else list
    with pytest.raises(TypeError, match=r"^shape\.OnBase: "):
        module.on_base(number, wrong)
    for arguments in ((number,), (number, object)):
        if builtin in (int, tuple):  # the struct's place depends on the number of items
            with pytest.raises(TypeError, match=rf"^shape\.OnBase: .* '{builtin.__name__}' among"):
                module.on_base(*arguments)
        else:
            assert module.on_base(*arguments).__bases__ == (object,)
    assert module.on_base(number, builtin).__bases__ == (builtin,)
    with pytest.raises(TypeError, match=r"has another layout$"):
        module.on_base(0, builtin)


def test_base_of_another_shape(module: ModuleType) -> None:
    with pytest.raises(TypeError, match=r"has another layout$"):
        module.on_base(2, module.Tuple)
    with pytest.raises(TypeError, match=r"has another layout$"):
        module.on_base(0, module.Long)


@pytest.mark.parametrize("number", [-2, 8, 100])
def test_unknown_shapes(module: ModuleType, number: int) -> None:
    with pytest.raises(ValueError, match=rf"^invalid shape: {number}$"):
        module.on_base(number)


def test_pickling_of_a_subclass(module: ModuleType) -> None:
    number = module.Long(2**70)
    function, arguments = number.__reduce_ex__(2)[:2]
    assert function(*arguments) == number
    assert pickle.loads(pickle.dumps(int(number))) == number


def test_nothing_is_kept(module: ModuleType) -> None:
    value = object()
    kinds = [getattr(module, name) for name in SHAPES]
    subclasses = [type("Sub", (kind,), {}) for kind in kinds if kind is not module.Type]

    def work() -> None:
        for name, args in CASES:
            if name == "Type":
                continue
            instance = getattr(module, name)(*args)
            instance.field = value
        for kind in subclasses:
            instance = kind()
            instance.field = instance.attribute = value
            module.New(kind).field = value

    assert_stable(work, value, *kinds, *subclasses)
