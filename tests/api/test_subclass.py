"""Python subclasses of every kind of HPy type, beside the same of types made with the C API."""

from __future__ import annotations

import abc
import copy
import dataclasses
import enum
import gc
import pickle
import sys
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tools.support import assert_stable

SHAPES: dict[str, tuple[type, tuple[Any, ...]]] = {
    "Object": (object, ()),
    "Type": (type, ("Made", (), {})),
    "Long": (int, (2**70,)),
    "Float": (float, (1.5,)),
    "Unicode": (str, ("text",)),
    "Tuple": (tuple, ((1, 2),)),
    "List": (list, ([1, 2],)),
}
KINDS = [shape + kind for shape in SHAPES for kind in ("", "Gc", "Empty")]


def shape_of(name: str) -> str:
    return next(shape for shape in SHAPES if name.startswith(shape))


class Canary:
    pass


@pytest.fixture
def oracle(fresh: Callable[..., ModuleType]) -> ModuleType:
    """The C API's twin of the twin."""
    return fresh(source="test_subclass_capi.c")


# ---- Recipes: each makes something of a type; the outcome is compared with the oracle's


class Metaclass(type):
    pass


class Abstract(metaclass=abc.ABCMeta):
    __slots__ = ()

    @abc.abstractmethod
    def method(self) -> None: ...


class Plain:
    def method(self) -> object:
        return self.__dict__


class Slots:
    __slots__ = ("slot",)


class Weak:
    __slots__ = ("__weakref__",)


def overriding(kind: Any) -> Any:
    class Sub(kind):  # type: ignore[misc]
        def __new__(cls, *args: Any) -> Any:
            return super().__new__(cls, *args)

        def __init__(self, *args: Any) -> None:
            self.initialised = args

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 5

        def __getattr__(self, name: str) -> object:
            return name

        def __repr__(self) -> str:
            return "Sub"

    return Sub


def abstract(kind: Any) -> Any:
    class Sub(kind, metaclass=abc.ABCMeta):  # type: ignore[misc]
        @abc.abstractmethod
        def method(self) -> None: ...

    return Sub


def concrete(kind: Any) -> Any:
    class Sub(abstract(kind)):  # type: ignore[misc]
        def method(self) -> None:
            pass

    return Sub


def enumeration(kind: Any) -> Any:
    class Sub(kind, enum.Enum):  # type: ignore[misc]
        pass

    return Sub


def dataclass(kind: Any) -> Any:
    @dataclasses.dataclass
    class Sub(kind):  # type: ignore[misc]
        a: int = 5

    return Sub


def sub(*bases: type, **namespace: object) -> Any:
    return type(bases[0])("Sub", bases, namespace)


RECIPES: dict[str, Callable[[Any], Any]] = {
    "itself": lambda kind: kind,
    "dict": lambda kind: sub(kind),
    "no slots": lambda kind: sub(kind, __slots__=()),
    "slot": lambda kind: sub(kind, __slots__=("a",)),
    "slots": lambda kind: sub(kind, __slots__=("a", "b", "__weakref__")),
    "weakref": lambda kind: sub(kind, __slots__=("__weakref__",)),
    "dict slot": lambda kind: sub(kind, __slots__=("__dict__",)),
    "dict and slot": lambda kind: sub(kind, __slots__=("__dict__", "a")),
    "subclass": lambda kind: sub(sub(kind)),
    "dict on slot": lambda kind: sub(sub(kind, __slots__=("a",))),
    "slot on dict": lambda kind: sub(sub(kind), __slots__=("a",)),
    "plain": lambda kind: sub(kind, Plain),
    "plain first": lambda kind: sub(Plain, kind),
    "weak": lambda kind: sub(kind, Weak),
    "weak first": lambda kind: sub(Weak, kind),
    "other slots": lambda kind: sub(kind, Slots),
    "twice": lambda kind: sub(kind, kind),
    "on itself": lambda kind: sub(sub(kind), kind),
    "before itself": lambda kind: sub(kind, sub(kind)),
    "diamond": lambda kind: sub(sub(kind), sub(kind)),
    "diamond of slots": lambda kind: sub(sub(kind, __slots__="a"), sub(kind, __slots__="b")),
    "exception": lambda kind: sub(kind, KeyError),
    "built-in dict": lambda kind: sub(kind, dict),
    "bool": lambda kind: sub(kind, bool),
    "int": lambda kind: sub(kind, int),
    "its builtin": lambda kind: sub(kind, kind.__mro__[-2]),
    "metaclass": lambda kind: Metaclass("Sub", (kind,), {}),
    "abstract": abstract,
    "abstract base": lambda kind: sub(kind, Abstract),
    "concrete": concrete,
    "dataclass": dataclass,
    "enum": enumeration,
    "overriding": overriding,
}


def outcome(function: Callable[..., object], *args: Any) -> object:
    try:
        return function(*args)
    except Exception as error:
        return type(error), str(error)


def layout(kind: Any, args: tuple[Any, ...]) -> dict[str, object]:
    """What can be seen of a class and of an instance of it, whatever made it."""
    instance = kind(*args)
    seen: dict[str, object] = {
        "has a dict": kind.__dictoffset__ != 0,
        "has weak references": kind.__weakrefoffset__ != 0,
        "itemsize": kind.__itemsize__,
        "tracked": gc.is_tracked(instance),
        "visits its type": kind in gc.get_referents(instance),
        "set": outcome(setattr, instance, "attribute", 5),
        "set a": outcome(setattr, instance, "a", [instance]),
        "dir": sorted(set(dir(instance)) - {"field"}),
        "weakref": outcome(lambda: type(weakref.ref(instance))),
        "copy": outcome(lambda: type(copy.copy(instance)).__name__),
        "deepcopy": outcome(lambda: type(copy.deepcopy(instance)).__name__),
        "reduce": outcome(lambda: len(instance.__reduce_ex__(2))),
        "reduce 1": outcome(lambda: len(instance.__reduce_ex__(1))),
        "pickle": outcome(lambda: type(pickle.dumps(instance))),
        "equal": outcome(lambda: (instance == instance, instance == kind(*args))),
        "hash": outcome(lambda: isinstance(hash(instance), int)),
        "assign class": outcome(setattr, instance, "__class__", kind),
        "assign subclass": outcome(setattr, instance, "__class__", type("S", (kind,), {})),
        "assign other": outcome(setattr, instance, "__class__", Canary),
        "is": (isinstance(instance, kind), issubclass(kind, kind.__mro__[1])),
        "object.__new__": outcome(lambda: type(object.__new__(kind)).__name__),
        "too many": outcome(lambda: type(kind(*args, 1, 2, 3, 4)).__name__),
        "keyword": outcome(lambda: type(kind(*args, nonsense=1)).__name__),
        "slots": outcome(lambda: kind.__slots__),
    }
    return seen


@pytest.mark.parametrize("name", KINDS)
def test_as_the_c_api(module: ModuleType, oracle: ModuleType, name: str) -> None:
    def seen(types: ModuleType) -> dict[str, object]:
        kinds = {key: outcome(make, getattr(types, name)) for key, make in RECIPES.items()}
        args = SHAPES[shape_of(name)][1]
        return {
            key: outcome(layout, kind, args) if isinstance(kind, type) else kind
            for key, kind in kinds.items()
        }

    ours, theirs = seen(module), seen(oracle)
    if name == "ObjectEmpty" and sys.version_info >= (3, 15):
        # It alone has no tp_dealloc in the oracle, and 3.15 began to look at that.
        for layouts in (ours, theirs):
            for outcomes in layouts.values():
                if isinstance(outcomes, dict):
                    del outcomes["assign other"], outcomes["is"]
    for recipe in RECIPES:
        assert ours[recipe] == theirs[recipe], recipe


@pytest.mark.parametrize("shape", SHAPES)
def test_final_types(module: ModuleType, oracle: ModuleType, shape: str) -> None:
    for make in (sub, lambda kind: sub(Plain, kind), abstract):
        for kind in (getattr(module, f"{shape}Final"), getattr(oracle, f"{shape}Final")):
            message = rf"^type 'subclass\.{shape}Final' is not an acceptable base type$"
            with pytest.raises(TypeError, match=message):
                make(kind)


@pytest.mark.parametrize("shape", SHAPES)
def test_two_structs_conflict(module: ModuleType, oracle: ModuleType, shape: str) -> None:
    for other in SHAPES:
        for types in (module, oracle):
            bases = getattr(types, f"{shape}Gc"), getattr(types, other)
            assert outcome(sub, *bases)[1] in (  # type: ignore[index]
                "multiple bases have instance lay-out conflict",
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) "
                "subclass of the metaclasses of all its bases",
            )


# ---- What an instance of a subclass holds


def classes(module: ModuleType, name: str) -> dict[str, Any]:
    """The subclasses by recipe that have instances."""
    without = {"abstract", "abstract base", "enum", *(["dataclass"] if name[:4] == "Type" else [])}
    made = {
        key: outcome(make, getattr(module, name))
        for key, make in RECIPES.items()
        if key not in without
    }
    return {key: kind for key, kind in made.items() if isinstance(kind, type)}


def fill(instance: Any, value: object) -> list[str]:
    """Puts value wherever the instance holds something; the names of the places."""
    return [
        name
        for name in ("field", "attribute", "a", "b", "slot")
        if outcome(setattr, instance, name, value) is None
    ]


@pytest.mark.parametrize("name", KINDS)
def test_what_an_instance_holds_is_released(module: ModuleType, name: str) -> None:
    args = SHAPES[shape_of(name)][1]
    gc.collect()
    destroyed, made = module.destroyed(), 0
    dead: dict[str, list[weakref.ref[Any]]] = {}
    for recipe, kind in classes(module, name).items():
        instance, canary = kind(*args), Canary()
        made += 1
        places = fill(instance, canary)
        assert "field" in places or name.endswith("Empty"), recipe
        dead[recipe] = [weakref.ref(canary)]
        if kind.__weakrefoffset__:
            dead[recipe].append(weakref.ref(instance))
        for place in places:
            assert getattr(instance, place) is canary
        assert module.is_instance(instance, kind)
        assert module.is_instance(instance, getattr(module, name))
        del instance, canary
    assert made > 10
    gc.collect()
    for recipe, references in dead.items():
        assert [reference() for reference in references] == [None] * len(references), recipe
    assert module.destroyed() == destroyed + (0 if name.endswith("Empty") else made)


@pytest.mark.parametrize("name", KINDS)
def test_cycles_are_collected(module: ModuleType, name: str) -> None:
    """Through the instance itself, its type, another instance; wherever it holds something."""
    args = SHAPES[shape_of(name)][1]
    dead = {}
    for recipe, kind in classes(module, name).items():
        one, other = kind(*args), kind(*args)
        if not gc.is_tracked(one):
            continue
        assert gc.is_tracked(other)
        for place in fill(one, None):
            canary = Canary()
            a, b = kind(*args), kind(*args)
            setattr(a, place, [a, b, kind, canary])
            setattr(b, place, a)
            dead[recipe, place] = weakref.ref(canary)
            del a, b, canary
        del one, other
    gc.collect()
    for where, reference in dead.items():
        assert reference() is None, where
    assert dead or "Gc" not in name


@pytest.mark.parametrize("name", [name for name in KINDS if name.endswith("Gc")])
def test_classes_are_collected(module: ModuleType, name: str) -> None:
    args = SHAPES[shape_of(name)][1]
    dead = {}
    for recipe, kind in classes(module, name).items():
        if recipe == "itself":
            continue
        kind.instance = kind(*args)
        kind.instance.field = kind
        dead[recipe] = weakref.ref(kind)
    del kind
    gc.collect()
    for recipe, reference in dead.items():
        assert reference() is None, recipe


@pytest.mark.parametrize("name", [name for name in KINDS if name.endswith("Gc")])
@pytest.mark.parametrize("recipe", ["itself", "no slots", "dict", "slot"])
def test_what_the_collector_sees(module: ModuleType, name: str, recipe: str) -> None:
    kind = outcome(RECIPES[recipe], getattr(module, name))
    if not isinstance(kind, type):  # no slots behind items
        assert shape_of(name) in ("Long", "Tuple", "Type")
        return
    instance: Any = kind(*SHAPES[shape_of(name)][1])
    value, attribute = [1], [2]
    instance.field = value
    outcome(setattr, instance, "a", attribute)
    referents = gc.get_referents(instance)
    assert [sum(x is o for x in referents) for o in (value, kind)] == [1, 1]
    if recipe == "slot":
        assert sum(x is attribute for x in referents) == 1


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "Type"])
def test_long_chains_end_without_exhausting_the_stack(module: ModuleType, shape: str) -> None:
    kinds = [getattr(module, f"{shape}Gc"), sub(getattr(module, f"{shape}Gc"))]
    for row in (kinds[:1], kinds[1:], kinds):
        head: Any = None
        for i in range(60_000):
            node = row[i % len(row)]()
            node.field = head
            head = node
        del node
        head = None


def test_long_chains_through_items(module: ModuleType) -> None:
    for kind in (module.List, module.Tuple, module.ListEmpty, sub(module.TupleGc)):
        head = kind()
        for _ in range(60_000):
            head = kind([head])


# ---- Objects that revive, finalizers, classes


@pytest.mark.parametrize("name", ["Object", "ObjectGc", "LongGc", "ListGc", "Unicode"])
def test_resurrection(module: ModuleType, name: str) -> None:
    revived: list[Any] = []

    class Phoenix(getattr(module, name)):  # type: ignore[misc]
        def __del__(self) -> None:
            revived.append(self)

    destroyed = module.destroyed()
    value = Canary()
    dead = weakref.ref(value)
    phoenix: Any = Phoenix()
    phoenix.field = phoenix.attribute = value
    del phoenix, value
    assert module.destroyed() == destroyed
    assert revived[0].field is revived[0].attribute is dead()
    # A finalizer runs once in the life of an object.
    revived.clear()
    assert revived == []
    assert module.destroyed() == destroyed + 1
    assert dead() is None


def test_class_assignment(module: ModuleType) -> None:
    """Among classes of one layout, and to none of another."""
    kinds = [sub(module.ObjectGc), sub(module.ObjectGc), sub(sub(module.ObjectGc))]
    value = object()
    references = [sys.getrefcount(kind) for kind in kinds]
    instance: Any = kinds[0]()
    instance.field = instance.attribute = value
    for kind in (*kinds[1:], kinds[0], kinds[2]):
        instance.__class__ = kind
        assert (type(instance), instance.field, instance.attribute) == (kind, value, value)
    for kind in (module.ObjectGc, module.Object, sub(module.Object), sub(module.ListGc), Canary):
        with pytest.raises(TypeError, match=r"(object layout differs|deallocator differs)"):
            instance.__class__ = kind
    del instance
    assert [sys.getrefcount(kind) for kind in kinds] == references


def test_instances_outlive_everything(fresh: Callable[..., ModuleType]) -> None:
    module = fresh()
    value = object()
    references = sys.getrefcount(value)
    kinds = [getattr(module, name) for name in KINDS if shape_of(name) != "Type"]
    instances = [make() for kind in kinds for make in (kind, sub(kind), sub(sub(kind)))]
    dead = weakref.ref(module)
    del module, kinds
    gc.collect()
    assert dead() is None
    for instance in instances:
        fill(instance, value)
    gc.collect()
    del instance
    instances.clear()
    gc.collect()
    assert sys.getrefcount(value) == references


# ---- Types from specifications on classes from Python


BASES: dict[str, Callable[[ModuleType], type]] = {
    "dict": lambda module: Plain,
    "slot": lambda module: sub(object, __slots__=("a", "__weakref__")),
    "exception": lambda module: sub(KeyError),
    "list": lambda module: sub(list),
    "over an HPy type": lambda module: sub(module.ObjectGc),
    "slots over an HPy type": lambda module: sub(module.Object, __slots__=("a",)),
    "weak": lambda module: Weak,
}


@pytest.mark.parametrize("base", BASES)
def test_no_struct_on_a_python_class(module: ModuleType, base: str) -> None:
    """The type is to its base what a class statement's would be."""
    kind = module.make("ObjectEmpty", BASES[base](module))
    for made in (kind, sub(kind), sub(kind, __slots__=("b",))):
        instance, canary = made(), Canary()
        dead = [weakref.ref(canary)]
        if made.__weakrefoffset__:
            dead.append(weakref.ref(instance))
        fill(instance, canary)
        del instance, canary
        gc.collect()
        assert [reference() for reference in dead] == [None] * len(dead)
        instance = made()
        if gc.is_tracked(instance):
            canary = Canary()
            places = fill(instance, [instance, canary])
            dead = [weakref.ref(canary)]
            del instance, canary
            if places:
                gc.collect()
                assert dead[0]() is None


@pytest.mark.parametrize("base", BASES)
def test_destroy_on_a_python_class_that_adds_something(module: ModuleType, base: str) -> None:
    """Nobody could call both it and what CPython does for a class."""
    message = r"^subclass\.Destroyed: .* cannot inherit the dict, weak references or slots of '"
    with pytest.raises(TypeError, match=message):
        module.make("Destroyed", BASES[base](module))


def test_destroy_on_a_python_class_that_adds_nothing(module: ModuleType) -> None:
    for base in (sub(object, __slots__=()), sub(module.Object, __slots__=())):
        kind = module.make("Destroyed", base)
        before = module.destroyed()
        kind()
        assert module.destroyed() == before + (2 if issubclass(base, module.Object) else 1)


@pytest.mark.parametrize("builtin", [list, dict, set, tuple, KeyError, type])
@pytest.mark.parametrize("name", ["ObjectEmpty", "List", "Tuple", "Type"])
def test_the_collector_without_the_flag(module: ModuleType, builtin: type, name: str) -> None:
    """A built-in type with the collector has it in every type on it; which then is visited."""
    if not issubclass(builtin, SHAPES[shape_of(name)][0]):
        return
    kind = module.make(name, builtin)
    dead = weakref.ref(kind)
    kind.instance = kind(*SHAPES["Type"][1]) if builtin is type else kind()
    assert gc.is_tracked(kind.instance)
    assert kind in gc.get_referents(kind.instance)
    outcome(setattr, kind.instance, "field", kind.instance)
    del kind
    gc.collect()
    assert dead() is None


# ---- Memory


def test_nothing_is_kept(module: ModuleType) -> None:
    value = object()
    kinds = [
        kind
        for name in KINDS
        if shape_of(name) != "Type"
        for recipe, kind in classes(module, name).items()
        if recipe in ("itself", "dict", "slots", "overriding", "concrete")
    ]
    on_python = [module.make("ObjectEmpty", base(module)) for base in BASES.values()]

    def work() -> None:
        for kind in (*kinds, *on_python):
            fill(kind(), value)

    assert_stable(work, value, *kinds, *on_python)


def test_types_keep_nothing(module: ModuleType) -> None:
    def work() -> None:
        fill(module.make("ObjectEmpty", Plain)(), 5)
        module.make("List", list)().field = 5
        with pytest.raises(TypeError):
            module.make("Destroyed", Plain)

    assert_stable(work, Plain, list)
