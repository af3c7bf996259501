"""Metaclasses of types made from specifications."""

from __future__ import annotations

import abc
import gc
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tools.support import assert_stable

DATA, EMPTY, FINAL = range(3)


class PythonMeta(type):
    """A metaclass with nothing special."""

    def method(cls) -> str:
        return f"method of {cls.__name__}"

    @property
    def label(cls) -> str:
        return "label"


class OtherMeta(type):
    pass


class MetaWithNew(type):
    def __new__(cls, *args: Any) -> Any:
        raise AssertionError


class Canary:
    pass


@pytest.fixture(params=["Meta", "PythonMeta", "type", "SubMeta"])
def metaclass(request: pytest.FixtureRequest, module: ModuleType) -> Any:
    """An HPy metaclass with a struct, one of Python's, none of these, and both in one."""

    class SubMeta(PythonMeta, module.Meta):  # type: ignore[name-defined, misc]
        pass

    known = {"Meta": module.Meta, "PythonMeta": PythonMeta, "type": type, "SubMeta": SubMeta}
    return known[request.param]


def test_a_type_is_whole(module: ModuleType, metaclass: Any) -> None:
    made = module.make(DATA, metaclass)
    assert type(made) is metaclass
    assert made.__name__ == made.__qualname__ == "Data"
    assert made.__module__ == "metaclass.package"
    assert made.__doc__ == "Has all kinds of definitions."
    assert made.__text_signature__ == "(number)"
    assert repr(made) == "<class 'metaclass.package.Data'>"
    assert made.__bases__ == (object,)
    assert made.__mro__ == (made, object)
    assert made.__flags__ == module.make(DATA, None).__flags__ | made.__flags__ & 1 << 19
    instance, value = made(), object()
    assert type(instance) is made
    instance.number, instance.field = 5, value
    assert (instance.number, instance.field, instance.twice) == (5, value, 10)
    assert instance.itself() is instance
    assert instance + 1 == (instance, 1)
    assert len(instance) == 5
    assert instance(1, 2) == (1, 2)
    assert instance == object()
    with pytest.raises(TypeError, match=r"^unhashable type"):
        hash(instance)


@pytest.mark.parametrize("spec", [DATA, EMPTY, FINAL])
def test_own_attributes_do_not_depend_on_the_metaclass(
    module: ModuleType, metaclass: Any, spec: int
) -> None:
    class Base:
        __slots__ = ()

        def __repr__(self) -> str:
            return "repr of the base"

        def __len__(self) -> int:
            return 100

        def __hash__(self) -> int:
            return 7

    for bases in ((), (Base,)):
        made, plain = module.make(spec, metaclass, *bases), module.make(spec, None, *bases)
        kinds = {name: type(value) for name, value in vars(made).items()}
        assert kinds == {name: type(value) for name, value in vars(plain).items()}
        assert made.__basicsize__ == plain.__basicsize__
        assert made.__itemsize__ == plain.__itemsize__
        assert made.__dictoffset__ == plain.__dictoffset__
        assert made.__weakrefoffset__ == plain.__weakrefoffset__


def test_methods_of_a_python_base(module: ModuleType, metaclass: Any) -> None:
    class Base:
        __slots__ = ()

        def __repr__(self) -> str:
            return "repr of the base"

        def __len__(self) -> int:
            return 100

    made = module.make(EMPTY, metaclass, Base)
    instance = made()
    assert repr(instance) == "repr of the base"
    assert len(instance) == 100
    setattr(Base, "__len__", lambda self: 5)  # noqa: B010
    assert len(instance) == 5
    made.__len__ = lambda self: 6
    assert len(instance) == 6
    del made.__len__
    assert len(instance) == 5
    setattr(Base, "__call__", lambda self, x: x + 1)  # noqa: B010
    assert instance(1) == 2


def test_bases_know_their_subclass_once(module: ModuleType, metaclass: Any) -> None:
    class Base:
        __slots__ = ()

    made = module.make(EMPTY, metaclass, Base)
    assert Base.__subclasses__() == [made]
    del made
    gc.collect()
    assert Base.__subclasses__() == []


def test_struct_of_the_metaclass(module: ModuleType) -> None:
    class SubMeta(module.Meta):  # type: ignore[name-defined, misc]
        pass

    for metaclass in (module.Meta, SubMeta):
        made = module.make(DATA, metaclass)
        value = object()
        assert (made.meta_number, made.meta_text, made.meta_field) == (0, "", None)
        made.meta_number, made.meta_field = 2**40, value
        made.meta_fill()
        instance = made()
        instance.number = 3
        assert (made.meta_number, made.meta_text) == (2**40, "x" * 399)
        assert made.meta_field is value
        assert (instance.number, instance.twice, instance.field) == (3, 6, None)

        class Sub(made):  # type: ignore[misc, valid-type]
            pass

        assert type(Sub) is metaclass
        assert Sub.meta_number == 0
        assert Sub().twice == 0


def test_a_metaclass_in_python(module: ModuleType) -> None:
    made = module.make(DATA, PythonMeta)
    assert made.method() == "method of Data"
    assert made.label == "label"
    made.attribute = 5
    assert made().attribute == 5

    class WithMro(type):
        def mro(cls) -> Any:
            return [cls, Canary, object]

    assert module.make(EMPTY, WithMro).__mro__[1:] == (Canary, object)


def test_the_most_derived_metaclass_wins(module: ModuleType) -> None:
    class SubMeta(module.Meta):  # type: ignore[name-defined, misc]
        pass

    base = module.make(EMPTY, module.Meta)
    derived = module.make(EMPTY, SubMeta)
    assert type(module.make(EMPTY, None, base)) is module.Meta
    assert type(module.make(EMPTY, type, base)) is module.Meta
    assert type(module.make(EMPTY, module.Meta, derived)) is SubMeta
    assert type(module.make(EMPTY, SubMeta, base)) is SubMeta
    assert type(module.make(EMPTY, None, base, module.make(EMPTY, None))) is module.Meta


def test_metaclasses_that_conflict(module: ModuleType) -> None:
    base = module.make(EMPTY, module.Meta)
    for metaclass, bases in ((OtherMeta, (base,)), (None, (base, module.make(EMPTY, OtherMeta)))):
        with pytest.raises(TypeError, match=r"^metaclass conflict: the metaclass of a derived"):
            module.make(EMPTY, metaclass, *bases)


def test_metaclasses_that_are_none(module: ModuleType) -> None:
    no_metaclasses: list[Any] = [5, "type", int, object, Canary]
    for wrong in no_metaclasses:
        with pytest.raises(TypeError, match=r"^Metaclass '.*' is not a subclass of 'type'\.$"):
            module.make(EMPTY, wrong)
    for refused in (MetaWithNew, abc.ABCMeta):
        with pytest.raises(TypeError, match=r"^Metaclasses with custom tp_new are not supported"):
            module.make(EMPTY, refused)
    with pytest.raises(TypeError, match=r"^Metaclasses with custom tp_new are not supported"):
        module.make(EMPTY, None, abc.ABC)


def test_types_that_cannot_be_made(module: ModuleType, metaclass: Any) -> None:
    base = module.make(EMPTY, metaclass)
    with pytest.raises(TypeError, match=r"consistent method resolution"):
        module.make(EMPTY, metaclass, object, base)
    with pytest.raises(TypeError, match=r"not an acceptable base type$"):
        module.make(EMPTY, metaclass, module.make(FINAL, metaclass))

    class Failing(metaclass):  # type: ignore[misc]
        def mro(cls) -> Any:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        module.make(DATA, Failing, base)
    gc.collect()
    assert base.__subclasses__() == []


def test_types_die(module: ModuleType, metaclass: Any) -> None:
    canary = Canary()
    made = module.make(DATA, metaclass)
    instance = made()
    instance.field = [instance, canary]
    made.canary = canary
    if issubclass(metaclass, module.Meta):
        made.meta_field = [made, canary]
    dead = [weakref.ref(made), weakref.ref(canary)]
    del made, canary
    gc.collect()
    assert all(ref() is not None for ref in dead)
    del instance
    gc.collect()
    assert [ref() for ref in dead] == [None, None]


def test_nothing_is_kept(module: ModuleType, metaclass: Any) -> None:
    class Base:
        __slots__ = ()

    class Failing(metaclass):  # type: ignore[misc]
        def mro(cls) -> Any:
            raise ZeroDivisionError

    value = object()

    def work() -> None:
        made = module.make(DATA, metaclass, Base)
        made.attribute = made().field = value
        failures: list[tuple[type[Exception], Callable[[], object]]] = [
            (ZeroDivisionError, lambda: module.make(DATA, Failing)),
            (TypeError, lambda: module.make(EMPTY, MetaWithNew)),
            (TypeError, lambda: module.make(EMPTY, metaclass, object, Base)),
        ]
        for error, call in failures:
            with pytest.raises(error):
                call()

    assert_stable(work, value, Base, metaclass, Failing)
