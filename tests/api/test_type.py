"""Types made from specifications: members, methods, construction, destruction, inheritance."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tools.support import assert_stable

# ---- What a type looks like


def test_names_and_documentation(module: ModuleType) -> None:
    assert module.Point.__name__ == module.Point.__qualname__ == "Point"
    assert module.Point.__module__ == "type"
    assert module.Point.__doc__ == "A point."
    assert module.Point.__text_signature__ == "(x=0, y=0)"
    assert module.Generic.__name__ == "Generic"
    assert module.Generic.__module__ == "type.nested"
    assert module.Final.__doc__ == "No base type."
    assert module.Empty.__doc__ is None
    assert module.Point.x.__doc__ == "first coordinate"
    assert module.Point.sum.__doc__ == "x + y"
    assert module.Point.noargs.__doc__ == "Its doc."
    assert type(module.Point) is type
    assert module.Point.__bases__ == (object,)
    assert repr(module.Point) == "<class 'type.Point'>"


def test_names_can_change(module: ModuleType) -> None:
    kind = module.make_point_type()
    kind.__name__ = "Other"
    kind.__doc__ = "changed"
    assert repr(kind) == "<class 'type.Point'>"
    assert kind.__name__ == "Other"
    assert kind.__doc__ == "changed"
    assert kind(1, 2).sum == 3


def test_base_type_flag(module: ModuleType) -> None:
    with pytest.raises(TypeError, match=r"^type 'type.Final' is not an acceptable base type$"):
        type("Sub", (module.Final,), {})


def test_a_type_dies(module: ModuleType) -> None:
    kind = module.make_point_type()
    instance = kind(1, 2)
    dead = weakref.ref(kind)
    del kind
    gc.collect()
    assert dead() is type(instance)
    del instance
    gc.collect()
    assert dead() is None


# ---- Members

INTEGER_MEMBERS = {
    "short_": (-(2**15), 2**15 - 1),
    "int_": (-(2**31), 2**31 - 1),
    "long_": (-(2**63), 2**63 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "ubyte": (0, 2**8 - 1),
    "ushort": (0, 2**16 - 1),
    "uint": (0, 2**32 - 1),
    "ulong": (0, 2**64 - 1),
    "longlong": (-(2**63), 2**63 - 1),
    "ulonglong": (0, 2**64 - 1),
    "ssize": (-(2**63), 2**63 - 1),
}


@pytest.mark.parametrize("name", INTEGER_MEMBERS)
def test_integer_members(module: ModuleType, name: str) -> None:
    members = module.Members()
    lowest, highest = INTEGER_MEMBERS[name]
    for value in (lowest, highest, 0, 1, 100):
        setattr(members, name, value)
        assert getattr(members, name) == getattr(members, "ro_" + name) == value
        others = [getattr(members, other) for other in INTEGER_MEMBERS if other != name]
        assert others == [0] * len(others)
    for wrong in ("1", None, 1.5):
        with pytest.raises(TypeError):
            setattr(members, name, wrong)
    with pytest.raises(OverflowError):
        setattr(members, name, 2**70)
    with pytest.raises(TypeError, match=r"^can't delete numeric/char attribute$"):
        delattr(members, name)
    with pytest.raises(AttributeError, match=r"^readonly attribute$"):
        setattr(members, "ro_" + name, 1)
    assert getattr(module.Members, name).__doc__ == f"doc of {name}"


def test_float_members(module: ModuleType) -> None:
    members = module.Members()
    members.float_ = 0.1
    members.double_ = 0.1
    assert members.ro_float_ == 0.10000000149011612
    assert members.ro_double_ == 0.1
    members.double_ = 2
    assert members.double_ == 2.0
    for name in ("float_", "double_"):
        with pytest.raises(TypeError):
            setattr(members, name, "1")
        with pytest.raises(AttributeError, match=r"^readonly attribute$"):
            setattr(members, "ro_" + name, 1.0)


def test_character_and_bool_members(module: ModuleType) -> None:
    members = module.Members()
    members.char_ = "x"
    assert members.ro_char_ == "x"
    for wrong in ("xy", "", 5):
        with pytest.raises(TypeError):
            members.char_ = wrong
    assert members.bool_ is False
    members.bool_ = True
    assert members.ro_bool_ is True
    with pytest.raises(TypeError, match=r"^attribute value type must be bool$"):
        members.bool_ = 1


def test_string_members(module: ModuleType) -> None:
    members = module.Members()
    assert members.string is None
    assert members.string_inplace == ""
    members.fill_strings()
    assert members.string == members.ro_string == "a C string"
    assert members.string_inplace == members.ro_string_inplace == "inplace"
    for name in ("string", "string_inplace"):
        with pytest.raises((TypeError, AttributeError), match=r"^readonly attribute$"):
            setattr(members, name, "x")


def test_object_members(module: ModuleType) -> None:
    members, value = module.Members(), object()
    references = sys.getrefcount(value)
    assert members.object is None
    with pytest.raises(AttributeError, match=r"object_ex"):
        _ = members.object_ex
    for name in ("object", "object_ex"):
        setattr(members, name, value)
        assert getattr(members, name) is getattr(members, "ro_" + name) is value
        assert sys.getrefcount(value) == references + 1
        delattr(members, name)
        assert sys.getrefcount(value) == references
    assert members.object is None
    with pytest.raises(AttributeError, match=r"object_ex"):
        del members.object_ex
    members.object = members.object_ex = value
    del members
    assert sys.getrefcount(value) == references


def test_none_member(module: ModuleType) -> None:
    members = module.Members()
    assert members.none is None
    with pytest.raises((SystemError, TypeError)):
        members.none = 1


# ---- Methods and properties


def test_methods(module: ModuleType) -> None:
    point = module.Point(1, 2)
    assert point.noargs() is point
    assert point.o(5) == (point, 5)
    assert point.varargs() == ()
    assert point.varargs(1, "a", None) == (1, "a", None)
    assert point.keywords() == (None, None)
    assert point.keywords(1, 2, a=3) == ((1, 2), {"a": 3})
    assert module.Point.keywords(point, b=1, **{"not an identifier": 2}) == (
        None,
        {"b": 1, "not an identifier": 2},
    )
    calls: list[Callable[[], object]] = [
        lambda: point.noargs(1),
        lambda: point.o(),
        lambda: point.o(1, 2),
        lambda: point.o(x=1),
        lambda: point.varargs(x=1),
        lambda: module.Point.noargs(),
        lambda: module.Point.noargs(5),
    ]
    for call in calls:
        with pytest.raises(TypeError):
            call()


def test_properties(module: ModuleType) -> None:
    point = module.Point(3, 4)
    assert point.sum == 7
    point.sum = 10
    assert (point.x, point.y) == (6, 4)
    with pytest.raises(TypeError, match=r"^cannot delete the sum$"):
        del point.sum
    with pytest.raises(TypeError):
        point.sum = "x"
    assert point.only_get is True
    with pytest.raises(AttributeError):
        point.only_get = 1
    point.only_set = 100
    assert point.x == 100
    with pytest.raises(AttributeError):
        _ = point.only_set


def test_construction(module: ModuleType) -> None:
    for point, x, y, initialised in (
        (module.Point(), 0, 0, 1),
        (module.Point(5), 5, 0, 2),
        (module.Point(5, 6), 5, 6, 3),
        (module.Point(5, y=6), 5, 6, 102),
        (module.Point(y=6, x=5), 5, 6, 201),
    ):
        assert (point.x, point.y, point.initialised) == (x, y, initialised)
    point.__init__(1)
    assert point.initialised == 203
    raw = module.Point.__new__(module.Point, 1)
    assert (raw.x, raw.initialised) == (1, 0)
    with pytest.raises(ValueError, match=r"^x must not be 0$"):
        module.Point(0)
    with pytest.raises(TypeError, match=r"^Point\(\) "):
        module.Point(1, 2, 3)
    with pytest.raises(TypeError, match=r"^Point\(\) "):
        module.Point(z=1)
    with pytest.raises(TypeError):
        module.Point.__new__(int)


def test_generic_new(module: ModuleType) -> None:
    made = module.Generic()
    assert (made.x, made.y) == (0, 0)
    made.x = 5
    assert (made.x, made.y) == (5, 0)
    assert type(module.GenericNew(module.Generic)) is module.Generic
    for wrong in (5, None, "type"):
        with pytest.raises(TypeError, match=r"^HPyType_GenericNew arg 1 must be a type$"):
            module.GenericNew(wrong)


def test_new(module: ModuleType) -> None:
    class Sub(module.Point):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            raise AssertionError

    assert type(module.New(module.Point)) is module.Point
    assert type(module.New(Sub)) is Sub
    assert type(module.New(module.Empty)) is module.Empty
    for wrong in (5, None, module.Point(1)):
        with pytest.raises(TypeError, match=r"^HPy_New arg 1 must be a type$"):
            module.New(wrong)


def test_types_without_constructor(module: ModuleType) -> None:
    assert type(module.Empty()) is module.Empty
    with pytest.raises(TypeError, match=r"^type.Empty\(\) takes no arguments$"):
        module.Empty(1)
    with pytest.raises(AttributeError):
        module.Empty().x = 1


def test_place_of_the_struct(module: ModuleType) -> None:
    class Sub(module.Point):  # type: ignore[name-defined, misc]
        pass

    class Slots(module.Point3):  # type: ignore[name-defined, misc]
        __slots__ = ("a",)

    for kind in (module.Point, module.Point3, Sub, Slots):
        assert module.check_struct(kind) is True


# ---- Inheritance


def test_python_subclass_with_dict(module: ModuleType) -> None:
    class Sub(module.Point):  # type: ignore[name-defined, misc]
        def __init__(self, x: int, y: int) -> None:
            super().__init__(x, y)
            self.extra = [self]

        @property
        def sum(self) -> object:
            return "sum", super().sum

    point = Sub(1, 2)
    assert (point.x, point.y, point.sum) == (1, 2, ("sum", 3))
    assert vars(point) == {"extra": [point]}
    point.anything = 5
    assert (point.x, point.y, point.anything) == (1, 2, 5)
    dead = weakref.ref(point)
    del point
    gc.collect()
    assert dead() is None


def test_python_subclass_with_slots(module: ModuleType) -> None:
    class Sub(module.Point):  # type: ignore[name-defined, misc]
        __slots__ = ("__weakref__", "a", "b")

    point = Sub(1, 2)
    value = object()
    references = sys.getrefcount(value)
    point.a, point.b = value, point
    assert (point.x, point.y, point.sum, point.b) == (1, 2, 3, point)
    assert point.a is value
    assert sys.getrefcount(value) == references + 1
    with pytest.raises(AttributeError):
        point.c = 1
    dead = weakref.ref(point)
    del point
    gc.collect()
    assert dead() is None
    assert sys.getrefcount(value) == references


def test_multiple_inheritance(module: ModuleType) -> None:
    class Mixin:
        def mixed(self) -> object:
            return self

    class Both(Mixin, module.Point):  # type: ignore[name-defined, misc]
        pass

    class Empty(module.Empty, module.Point):  # type: ignore[name-defined, misc]
        pass

    class Diamond(Both, Empty):
        pass

    for kind in (Both, Empty, Diamond):
        point = kind(1, 2)
        assert (point.x, point.y, point.sum) == (1, 2, 3)
        point.attribute = 5
        assert point.sum == 3
    diamond: Any = Diamond(1, 2)
    assert diamond.mixed() is diamond
    with pytest.raises(TypeError, match=r"^multiple bases have instance lay-out conflict$"):
        type("Conflict", (module.Point, module.Node), {})
    with pytest.raises(TypeError, match=r"^multiple bases have instance lay-out conflict$"):
        type("Conflict", (module.Point, int), {})


def test_class_assignment(module: ModuleType) -> None:
    class A(module.Point):  # type: ignore[name-defined, misc]
        pass

    class B(module.Point):  # type: ignore[name-defined, misc]
        pass

    point: Any = A(1, 2)
    point.__class__ = B
    assert type(point) is B
    assert point.sum == 3
    with pytest.raises(TypeError):
        setattr(point, "__class__", int)  # noqa: B010


def test_hpy_type_on_hpy_type(module: ModuleType) -> None:
    assert module.Point3.__bases__ == (module.Point,)
    point = module.Point3(1, 2)
    point.z = 2.5
    assert (point.x, point.y, point.z, point.sum, point.initialised) == (1, 2, 2.5, 3, 3)
    assert isinstance(point, module.Point)

    class Sub(module.Point3):  # type: ignore[name-defined, misc]
        pass

    point = Sub(1, y=2)
    point.z, point.a = 1.5, 7
    assert (point.x, point.y, point.z, point.a) == (1, 2, 1.5, 7)


def test_bases_of_a_spec(module: ModuleType) -> None:
    for kind, bases in (
        (module.on_bases(), (object,)),
        (module.on_bases(object), (object,)),
        (module.on_bases(module.Point), (module.Point,)),
        (module.on_bases((module.Point,)), (module.Point,)),
        (module.on_bases(module.Point, module.Empty), (module.Point, module.Empty)),
        (module.on_bases((module.Empty, module.Point)), (module.Empty, module.Point)),
    ):
        assert kind.__bases__ == bases
        made = kind()
        made.z = 1.5
        assert made.z == 1.5
        if module.Point in bases:
            made.x = 7
            assert (made.x, made.y, made.z, made.sum) == (7, 0, 1.5, 7)


@pytest.mark.parametrize("wrong", [5, None, "int"])
def test_bases_that_are_no_types(module: ModuleType, wrong: object) -> None:
    with pytest.raises(TypeError):
        module.on_bases(wrong)
    with pytest.raises(TypeError):
        module.on_bases((wrong,))


def test_bases_with_another_layout(module: ModuleType) -> None:
    class WithDict:
        pass

    class WithSlots:
        __slots__ = ("a",)

    for wrong in (int, bool, list, dict, BaseException, WithSlots, WithDict):
        with pytest.raises(TypeError):
            module.on_bases(wrong)
    with pytest.raises(TypeError, match=r"acceptable base type"):
        module.on_bases(module.Final)


def test_python_classes_as_bases_of_a_spec(module: ModuleType) -> None:
    class Mixin:
        __slots__ = ()

        def mixed(self) -> object:
            return self

    class OnPoint(module.Point):  # type: ignore[name-defined, misc]
        __slots__ = ()

    value = object()
    references = sys.getrefcount(value)
    for make, bases in (
        (module.on_bases, (Mixin,)),
        (module.on_bases, (OnPoint,)),
        (module.on_bases, (module.Point, Mixin)),
        (module.gc_on_bases, (Mixin,)),
    ):
        kind = make(*bases)
        made = kind()
        if make is module.gc_on_bases:
            made.middle = [made, value]
        else:
            made.z = 2.5
            assert made.z == 2.5
        if Mixin in bases:
            assert made.mixed() is made
        del made
        gc.collect()
    assert sys.getrefcount(value) == references


def test_field_of_a_base_behind_a_python_class(module: ModuleType) -> None:
    class Between(module.Node):  # type: ignore[name-defined, misc]
        __slots__ = ()

    kind = module.gc_on_bases(Between)
    value = object()
    references = sys.getrefcount(value)
    made = kind()
    made.left, made.middle = [made, value], value
    assert {type(x) for x in gc.get_referents(made)} == {list, object, type}
    del made
    gc.collect()
    assert sys.getrefcount(value) == references


@pytest.mark.parametrize("make", ["class", "slots", "weakref", "over HPy", "exception"])
def test_without_a_struct_on_any_python_class(module: ModuleType, make: str) -> None:
    """The instances are those of the class: dict, slots, weak references and fields in place."""
    bases: dict[str, type] = {
        "class": type("WithDict", (), {}),
        "slots": type("WithSlots", (), {"__slots__": ("a", "b")}),
        "weakref": type("WithWeakref", (), {"__slots__": ("a", "__weakref__")}),
        "over HPy": type("OnNode", (module.Node,), {}),
        "exception": type("Error", (ValueError,), {}),
    }
    value = object()
    references = sys.getrefcount(value)
    kind = module.empty_on(bases[make])
    for cls in (kind, type("Sub", (kind,), {"__slots__": ("c",)})):
        for cycle in (False, True):
            instance = cls()
            instance.a = [instance, value] if cycle else value
            if make == "over HPy":
                instance.left = [instance, value]
            if cls is not kind:
                instance.c = instance
            if cls.__weakrefoffset__:
                dead = weakref.ref(instance)
                assert dead() is instance
            del instance
            gc.collect()
            if cls.__weakrefoffset__:
                assert dead() is None
            assert sys.getrefcount(value) == references


def test_visitor_without_a_struct(module: ModuleType) -> None:
    class Plain(module.Node):  # type: ignore[name-defined, misc]
        __slots__ = ()

    class WithDict(module.Node):  # type: ignore[name-defined, misc]
        pass

    for base in (module.PlainNode, Plain):
        assert module.visiting_on(base)().__class__.__base__ is base
    for wrong in (WithDict, type("WithSlots", (), {"__slots__": ("a",)})):
        with pytest.raises(
            TypeError,
            match=rf"^type\.Visiting: .* cannot inherit the dict, .* slots of '{wrong.__name__}'$",
        ):
            module.visiting_on(wrong)


# ---- Construction and destruction


def test_order(module: ModuleType) -> None:
    events: list[str] = []
    module.set_log(events)
    logged = module.Logged()
    assert events == ["Logged.new", "Logged.init"]
    del logged
    assert events[2:] == ["Logged.finalize", "Logged.destroy"]


def test_order_with_inheritance(module: ModuleType) -> None:
    events: list[str] = []
    module.set_log(events)
    module.SubLogged()
    assert events == [
        "Logged.new",
        "Logged.init",
        "Logged.finalize",
        "SubLogged.destroy",
        "Logged.destroy",
    ]


def test_order_with_python_subclass(module: ModuleType) -> None:
    events: list[str] = []
    module.set_log(events)

    class Sub(module.SubLogged):  # type: ignore[name-defined, misc]
        def __new__(cls) -> Any:
            events.append("Sub.new")
            return super().__new__(cls)

        def __init__(self) -> None:
            events.append("Sub.init")
            super().__init__()
            self.cycle = self

        def __del__(self) -> None:
            events.append("Sub.del")
            super().__del__()

    Sub()
    gc.collect()
    assert events == [
        "Sub.new",
        "Logged.new",
        "Sub.init",
        "Logged.init",
        "Sub.del",
        "Logged.finalize",
        "SubLogged.destroy",
        "Logged.destroy",
    ]


def test_python_subclass_without_del(module: ModuleType) -> None:
    events: list[str] = []
    module.set_log(events)

    class Sub(module.Logged):  # type: ignore[name-defined, misc]
        pass

    Sub()
    assert events == ["Logged.new", "Logged.init", "Logged.finalize", "Logged.destroy"]


def test_resurrection(module: ModuleType) -> None:
    ashes: list[Any] = []
    module.set_log(ashes)
    value = object()
    references = sys.getrefcount(value)
    module.Phoenix().left = value
    assert [type(x) for x in ashes] == [module.Phoenix]
    assert ashes[0].left is value
    # A finalizer runs once in the life of an object.
    ashes.clear()
    assert ashes == []
    assert sys.getrefcount(value) == references
    phoenix = module.Phoenix()
    phoenix.left = phoenix
    del phoenix
    gc.collect()
    assert [type(x) for x in ashes] == [module.Phoenix]
    ashes.clear()
    gc.collect()
    assert ashes == []


# ---- Garbage collection


@pytest.mark.parametrize("name", ["Node", "Node3"])
@pytest.mark.parametrize("subclass", [False, True])
def test_cycles_are_collected(module: ModuleType, name: str, subclass: bool) -> None:
    kind = getattr(module, name)
    if subclass:
        kind = type("Sub", (kind,), {})

    class Canary:
        pass

    canary = Canary()
    dead = weakref.ref(canary)
    a, b = kind(), kind()
    a.left, a.right, b.left, b.right = b, a, a, canary
    assert gc.is_tracked(a)
    assert sorted(map(id, gc.get_referents(b))) == sorted(map(id, [a, canary, kind]))
    if name == "Node3":
        b.right, b.middle = None, canary
    del a, b, canary
    gc.collect()
    assert dead() is None


def test_fields_are_released_without_the_collector(module: ModuleType) -> None:
    value = object()
    references = sys.getrefcount(value)
    node = module.PlainNode()
    assert not gc.is_tracked(node)
    node.left = node.right = value
    assert sys.getrefcount(value) == references + 2
    node.left = None
    del node
    assert sys.getrefcount(value) == references


def test_cycle_through_a_type(module: ModuleType) -> None:
    class Sub(module.Node):  # type: ignore[name-defined, misc]
        pass

    Sub.instance = Sub()
    Sub.instance.left = Sub
    dead = weakref.ref(Sub)
    del Sub
    gc.collect()
    assert dead() is None


@pytest.mark.parametrize("name", ["Node", "Node3"])
def test_long_chains_end_without_exhausting_the_stack(module: ModuleType, name: str) -> None:
    kind = getattr(module, name)
    head = None
    for _ in range(300_000):
        node = kind()
        node.left = head
        head = node
    del node
    head = None


def test_nothing_is_kept(module: ModuleType) -> None:
    value = object()
    events: list[str] = []
    module.set_log(events)

    class Sub(module.Point3):  # type: ignore[name-defined, misc]
        pass

    class SubNode(module.Node3):  # type: ignore[name-defined, misc]
        pass

    class SubLogged(module.SubLogged):  # type: ignore[name-defined, misc]
        pass

    def work() -> None:
        for kind in (module.Point, module.Point3, Sub):
            point = kind(1, y=2)
            point.sum = point.sum + 500
            point.keywords(value, a=value)
            for wrong in ((value,), (0,), (1, 2, 3)):
                with pytest.raises((TypeError, ValueError)):
                    kind(*wrong)
        for kind in (module.Node, module.PlainNode, module.Node3, SubNode):
            node = kind()
            node.left = value
            node.right = value if kind is module.PlainNode else node
        members = module.Members()
        members.object = members.object_ex = value
        for kind in (module.Logged, module.SubLogged, SubLogged, module.Empty, module.Generic):
            kind()
        events.clear()
        module.New(Sub)
        module.GenericNew(module.Point)

    assert_stable(
        work, value, Sub, SubNode, SubLogged, *(vars(module)[n] for n in vars(module) if n[0] < "_")
    )


def test_types_keep_nothing(module: ModuleType) -> None:
    def work() -> None:
        module.make_point_type()(1, 2)
        module.on_bases(module.Point)()
        module.gc_on_bases(module.Node)()
        for wrong in (int, 5):
            with pytest.raises(TypeError):
                module.on_bases(wrong)

    assert_stable(work, module.Point, module.Node, int)
