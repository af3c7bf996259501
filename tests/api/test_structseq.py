"""Struct sequences."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import sys
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hpybc import universal
from tools.support import assert_stable

# Interned and kept here: a type refers to the characters of its strings.
NAME, DOC = "structseq.package.Point", "A point."
X, Y, LABEL = ("x", "doc of x"), ("y", None), ("label", "doc of label")
UNNAMED = (None, "doc of what has no name")


@pytest.fixture
def point(module: ModuleType) -> Any:
    return module.NewType(NAME, DOC, (X, Y, LABEL))


def test_type(point: Any) -> None:
    assert (type(point), point.__bases__) == (type, (tuple,))
    assert point.__name__ == point.__qualname__ == "Point"
    assert point.__module__ == "structseq.package"
    assert point.__doc__ == DOC
    assert (point.n_fields, point.n_sequence_fields, point.n_unnamed_fields) == (3, 3, 0)
    assert point.__match_args__ == ("x", "y", "label")
    assert point.x.__doc__ == "doc of x"
    assert point.y.__doc__ is None
    with pytest.raises(TypeError, match=r"is not an acceptable base type$"):
        type("Sub", (point,), {})


def test_it_is_what_the_interpreter_itself_uses(module: ModuleType, point: Any) -> None:
    """Type and instances have the attributes that those of the standard library have."""
    assert set(vars(point)) - {"x", "y", "label"} == {
        name
        for name in vars(type(sys.float_info))
        if name not in type(sys.float_info).__match_args__
    } | {"__module__"}
    assert point.__new__ is not tuple.__new__
    assert point.__repr__ is not tuple.__repr__


def test_new(module: ModuleType, point: Any) -> None:
    a, b = object(), object()
    instance = module.New(point, a, b, "text")
    assert type(instance) is point
    assert instance == (a, b, "text")
    assert tuple(instance) == (a, b, "text")
    assert (instance.x, instance.y, instance.label) == (a, b, "text")
    assert instance[0] is instance[-3] is a
    assert instance[1:] == (b, "text")
    assert len(instance) == 3
    assert hash(instance) == hash((a, b, "text"))
    assert instance + instance == (a, b, "text") * 2
    assert sorted([instance, instance], key=len) == [instance, instance]
    with pytest.raises(AttributeError):
        instance.x = 1
    with pytest.raises(AttributeError):
        instance.other = 1
    with pytest.raises(IndexError, match=r"^tuple index out of range$"):
        instance[3]


def test_repr(module: ModuleType, point: Any) -> None:
    assert repr(module.New(point, 1, "two", None)) == (
        "structseq.package.Point(x=1, y='two', label=None)"
    )


def test_matching(module: ModuleType, point: Any) -> None:
    match module.New(point, 1, 2, "name"):
        case point(1, y, label="name"):
            assert y == 2
        case _:
            pytest.fail("no match")


def test_copies(module: ModuleType, point: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = module.New(point, 1, [2], "name")
    assert instance.__reduce__() == (point, ((1, [2], "name"), {}))
    for made in (copy.copy(instance), copy.deepcopy(instance), point((1, [2], "name"))):
        assert type(made) is point
        assert made == instance
    holder = ModuleType("structseq.package")
    vars(holder)["Point"] = point
    monkeypatch.setitem(sys.modules, "structseq", holder)
    monkeypatch.setitem(sys.modules, "structseq.package", holder)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        made = pickle.loads(pickle.dumps(instance, protocol))
        assert type(made) is point
        assert made == instance


def test_construction_in_python(point: Any) -> None:
    assert point([1, 2, 3]) == point(iter((1, 2, 3))) == (1, 2, 3)
    for wrong in ((), (1, 2), (1, 2, 3, 4)):
        with pytest.raises(TypeError, match=rf"takes a 3-sequence \({len(wrong)}-sequence given"):
            point(wrong)


def test_unnamed_fields(module: ModuleType) -> None:
    for fields in ((X, UNNAMED, Y), (UNNAMED, UNNAMED, X), (X, UNNAMED)):
        kind = module.NewType(NAME, DOC, fields)
        n_unnamed = fields.count(UNNAMED)
        assert (kind.n_fields, kind.n_unnamed_fields) == (len(fields), n_unnamed)
        assert kind.__match_args__ == tuple(name for name, _ in fields if name)
        values = tuple(range(10, 10 + len(fields)))
        instance = module.New(kind, *values)
        assert tuple(instance) == values
        for value, (name, _) in zip(values, fields, strict=True):
            if name:
                assert getattr(instance, name) == value
        assert not hasattr(instance, "unnamed field")
        assert not hasattr(instance, "_")


def test_a_field_may_have_any_name(module: ModuleType) -> None:
    kind = module.NewType(NAME, DOC, (("unnamed field", None), ("_", None), ("class", None)))
    assert kind.n_unnamed_fields == 0
    instance = module.New(kind, 1, 2, 3)
    assert getattr(instance, "unnamed field") == 1
    assert instance._ == 2
    assert getattr(instance, "class") == 3


def test_no_fields_and_no_doc(module: ModuleType) -> None:
    kind = module.NewType("structseq.Empty", None, ())
    assert kind.__doc__ is None
    assert kind.n_fields == 0
    assert module.New(kind) == ()
    assert repr(module.New(kind)) == "structseq.Empty()"


def test_incomplete_descriptions(module: ModuleType) -> None:
    message = r"^a struct sequence needs a name and an array of fields$"
    with pytest.raises(SystemError, match=message):
        module.NewType(None, DOC, (X,))
    with pytest.raises(SystemError, match=message):
        module.without_fields()


def test_wrong_number_of_values(module: ModuleType, point: Any) -> None:
    for n in (0, 2, 4):
        with pytest.raises(TypeError, match=rf"Point has 3 fields, {n} values were given$"):
            module.New(point, *range(n))


def test_what_is_no_struct_sequence(module: ModuleType) -> None:
    class Pretends:
        n_fields = 1

    class Counts(tuple):  # type: ignore[type-arg]
        n_fields = "one"

    for wrong in (str, tuple, list, Pretends, Counts, 5, None, (1,)):
        with pytest.raises(TypeError, match=r" is not a struct sequence type$"):
            module.New(wrong, 1)


def test_a_tuple_that_says_it_is_one(module: ModuleType) -> None:
    class Claims(tuple):  # type: ignore[type-arg]
        n_fields = n_sequence_fields = 2
        n_unnamed_fields = 0

    made = module.New(Claims, 1, 2)
    assert type(made) is Claims
    assert made == (1, 2)


def test_struct_sequences_of_the_interpreter(module: ModuleType) -> None:
    now = time.localtime()
    made = module.New(time.struct_time, *now, now.tm_zone, now.tm_gmtoff)
    assert type(made) is time.struct_time
    assert made == now
    assert made.tm_zone == now.tm_zone
    assert module.New(os.terminal_size, 80, 24) == os.terminal_size((80, 24))


def test_types_die(module: ModuleType) -> None:
    kind = module.NewType(NAME, DOC, (X, Y))
    instance = module.New(kind, [], None)
    instance.x.append(instance)
    dead = weakref.ref(kind)
    del kind
    gc.collect()
    assert dead() is type(instance)
    kind = dead()
    # Not both at once, which CPython 3.11 cannot do either: the instance looks for its length in
    # its type.
    del instance
    gc.collect()
    del kind
    gc.collect()
    assert dead() is None


def test_nothing_is_kept(module: ModuleType, point: Any) -> None:
    value = object()
    failures: list[Callable[[], object]] = [
        lambda: module.New(point, value),
        lambda: module.New(str, value),
        lambda: module.New(tuple, value),
    ]

    def work() -> None:
        module.New(point, value, value, 5)
        module.New(module.NewType(NAME, DOC, (X, UNNAMED)), value, value)
        for call in failures:
            with pytest.raises(TypeError):
                call()

    assert_stable(work, value, point)


def test_through_the_function_table(compiled: Callable[..., Path], request: Any) -> None:
    """HPy's universal ABI has no function for them: there, they are namedtuples."""
    module = universal.load(compiled(request.path.with_suffix(".c")))
    kind = module.NewType(NAME, DOC, (X, UNNAMED, Y))
    assert (kind.__name__, kind.__module__, kind.__doc__) == ("Point", "structseq.package", DOC)
    assert (kind.n_fields, kind.n_sequence_fields, kind.n_unnamed_fields) == (3, 3, 1)
    value = object()
    instance = module.New(kind, value, 2, 3)
    assert (type(instance), kind.__bases__) == (kind, (tuple,))
    assert (instance.x, instance[1], instance.y) == (value, 2, 3)
    assert module.NewType("Bare", None, ()).__doc__ is None
    assert module.New(os.terminal_size, 80, 24) == os.terminal_size((80, 24))
    with pytest.raises(TypeError, match=r"^Point has 3 fields, 1 values were given$"):
        module.New(kind, 1)
    for wrong in (str, tuple, 5):
        with pytest.raises(TypeError, match=r" is not a struct sequence type$"):
            module.New(wrong, 1)
    with pytest.raises(SystemError, match=r"^a struct sequence needs a name"):
        module.NewType(None, DOC, (X,))

    def work() -> None:
        module.New(kind, value, value, value)
        module.NewType(NAME, DOC, (X,))
        with pytest.raises(TypeError):
            module.New(str, value)

    work()
    gc.collect()
    references = sys.getrefcount(value), sys.getrefcount(kind)
    for _ in range(20):
        work()
    gc.collect()
    assert (sys.getrefcount(value), sys.getrefcount(kind)) == references
