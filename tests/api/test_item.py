"""Items, membership and length."""

from __future__ import annotations

import operator
import sys
from array import array
from collections import OrderedDict, deque
from collections.abc import Callable
from types import MappingProxyType, ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.support import assert_stable

bounded = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class SubList(list[Any]):
    """Its items are its own affair."""

    def __getitem__(self, key: Any) -> Any:
        return "item", key

    def __len__(self) -> int:
        return 77


class SubTuple(tuple[Any, ...]):
    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        return "item", key


class Recorder:
    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def __getitem__(self, key: object) -> object:
        if key == "failing":
            raise LookupError("failed")
        return "got", key

    def __setitem__(self, key: object, value: object) -> None:
        self.calls.append(("set", key, value))

    def __delitem__(self, key: object) -> None:
        self.calls.append(("del", key))

    def __contains__(self, key: object) -> bool:
        if key == "failing":
            raise LookupError("failed")
        return key == 5


def outcome(function: Callable[..., Any], *args: Any) -> object:
    try:
        return function(*args)
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        return type(error), str(error)


SEQUENCES: list[Any] = [
    [],
    [1, 2, 3],
    (),
    (1, 2, 3),
    "a\xe9\U0001f600",
    b"bytes",
    bytearray(b"array"),
    range(5),
    deque([1, 2, 3]),
    array("i", [1, 2, 3]),
    memoryview(b"view"),
    SubList([1, 2]),
    SubTuple((1, 2)),
    Recorder(),
]
INDICES = [0, 1, 2, 3, -1, -2, -3, -4, 5, -6, sys.maxsize, -sys.maxsize - 1]


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda value: type(value).__name__)
def test_get_by_index(module: ModuleType, sequence: Any) -> None:
    for index in INDICES:
        expected = outcome(operator.getitem, sequence, index)
        assert outcome(module.GetItem_i, sequence, index) == expected
        assert outcome(module.GetItem, sequence, index) == expected


@given(values=st.lists(st.integers()), index=st.integers(-20, 20))
@bounded
def test_get_by_any_index(module: ModuleType, values: list[int], index: int) -> None:
    for sequence in (values, tuple(values), array("q", [len(values)])):
        expected = outcome(operator.getitem, sequence, index)
        assert outcome(module.GetItem_i, sequence, index) == expected


@given(values=st.lists(st.integers(), max_size=8), index=st.integers(-10, 10))
@bounded
def test_set_and_delete_by_any_index(module: ModuleType, values: list[int], index: int) -> None:
    for kind in (list, deque, lambda v: array("Q", [abs(x) % 2**64 for x in v]), bytearray_of):
        actual, expected = kind(values), kind(values)
        assert outcome(module.SetItem_i, actual, index, 7) == outcome(
            operator.setitem, expected, index, 7
        )
        assert actual == expected
        assert outcome(module.DelItem_i, actual, index) == outcome(
            operator.delitem, expected, index
        )
        assert actual == expected


def bytearray_of(values: list[int]) -> bytearray:
    return bytearray(value % 256 for value in values)


def test_slices(module: ModuleType) -> None:
    values = list(range(10))
    assert module.GetItem(values, slice(2, 8, 3)) == [2, 5]
    module.SetItem(values, slice(0, 2), "ab")
    module.DelItem(values, slice(4, None))
    assert values == ["a", "b", 2, 3]


@pytest.mark.parametrize("kind", [dict, OrderedDict])
def test_mappings(module: ModuleType, kind: type[dict[Any, Any]]) -> None:
    mapping, value = kind(), object()
    for set_, get, delete, key in (
        (module.SetItem, module.GetItem, module.DelItem, (1, 2)),
        (module.SetItem_i, module.GetItem_i, module.DelItem_i, 5),
        (module.SetItem_i, module.GetItem_i, module.DelItem_i, -1),
        (module.SetItem_s, module.GetItem_s, module.DelItem_s, "caf\xe9"),
    ):
        assert set_(mapping, key, value) is None
        assert list(mapping.items()) == [(key, value)]
        assert get(mapping, key) is value
        assert delete(mapping, key) is None
        assert mapping == {}
        for missing in (get, delete):
            with pytest.raises(KeyError) as caught:
                missing(mapping, key)
            assert caught.value.args == (key,)


def test_missing(module: ModuleType) -> None:
    class Default(dict[Any, Any]):
        def __missing__(self, key: object) -> object:
            return "default", key

    assert module.GetItem_s(Default(), "x") == ("default", "x")
    assert module.GetItem_i(Default(), -3) == ("default", -3)


def test_read_only_mapping(module: ModuleType) -> None:
    proxy = MappingProxyType({"a": 1, 2: 3})
    assert module.GetItem_s(proxy, "a") == 1
    assert module.GetItem_i(proxy, 2) == 3
    with pytest.raises(TypeError, match=r"does not support item assignment$"):
        module.SetItem_i(proxy, 2, 1)
    with pytest.raises(TypeError, match=r"(does not|doesn't) support item deletion$"):
        module.DelItem_s(proxy, "a")


def test_classes_of_python(module: ModuleType) -> None:
    recorder = Recorder()
    assert module.GetItem(recorder, (1, "a")) == ("got", (1, "a"))
    assert module.GetItem_i(recorder, -4) == ("got", -4)
    assert module.GetItem_s(recorder, "key") == ("got", "key")
    module.SetItem(recorder, 1.5, 0)
    module.SetItem_i(recorder, -1, 1)
    module.SetItem_s(recorder, "s", 2)
    module.DelItem(recorder, None)
    module.DelItem_i(recorder, -2)
    module.DelItem_s(recorder, "d")
    assert recorder.calls == [
        ("set", 1.5, 0),
        ("set", -1, 1),
        ("set", "s", 2),
        ("del", None),
        ("del", -2),
        ("del", "d"),
    ]
    for function, key in ((module.GetItem, "failing"), (module.GetItem_s, "failing")):
        with pytest.raises(LookupError, match=r"^failed$"):
            function(recorder, key)


def test_subscripted_classes(module: ModuleType) -> None:
    class Generic:
        def __class_getitem__(cls, key: object) -> object:
            return "class", key

    assert module.GetItem(list, int) == list[int]
    assert module.GetItem_i(Generic, 3) == ("class", 3)
    assert module.GetItem_s(Generic, "T") == ("class", "T")


def test_objects_without_items(module: ModuleType) -> None:
    calls: list[tuple[Callable[[], object], str]] = [
        (lambda: module.GetItem_i(5, 0), "is not subscriptable"),
        (lambda: module.GetItem_s(5, "a"), "is not subscriptable"),
        (lambda: module.GetItem(5, None), "is not subscriptable"),
        (lambda: module.SetItem_i(5, 0, 1), "does not support item assignment"),
        (lambda: module.SetItem_s(5, "a", 1), "does not support item assignment"),
        (lambda: module.DelItem_i(5, 0), "(does not|doesn't) support item deletion"),
        (lambda: module.DelItem_s(5, "a"), "(does not|doesn't) support item deletion"),
    ]
    for call, verb in calls:
        with pytest.raises(TypeError, match=rf"^'int' object {verb}$"):
            call()
    with pytest.raises(TypeError, match=r"^'tuple' object does not support item assignment$"):
        module.SetItem_i((1,), 0, 1)
    with pytest.raises(TypeError, match=r"^list indices must be integers or slices, not str$"):
        module.GetItem_s([], "a")


def test_bad_utf8(module: ModuleType) -> None:
    for function in (module.get_bad_utf8, module.set_bad_utf8, module.del_bad_utf8):
        with pytest.raises(UnicodeDecodeError):
            function({})


def test_replaced_item_may_look_at_the_list(module: ModuleType) -> None:
    seen = []

    class Item:
        def __del__(self) -> None:
            seen.append(list(values))

    values: list[object] = [Item(), 2]
    module.SetItem_i(values, 0, "new")
    assert seen == [["new", 2]]


def test_length(module: ModuleType) -> None:
    for value in ([], [1], (1, 2), "abc", {1: 2}, {1, 2, 3}, b"ab", range(2**40), SubTuple((1,))):
        assert module.Length(value) == len(value)
    assert module.Length(SubList()) == 77
    for wrong in (5, None, object()):
        with pytest.raises(TypeError, match=r"has no len\(\)$"):
            module.Length(wrong)

    class Bad:
        def __init__(self, length: object) -> None:
            self.length = length

        def __len__(self) -> Any:
            return self.length

    for length, error in ((-1, ValueError), (2**70, OverflowError), ("1", TypeError)):
        with pytest.raises(error):
            module.Length(Bad(length))


def test_contains(module: ModuleType) -> None:
    nan = float("nan")
    for container, key in (
        ([1, 2], 2),
        ([1, 2], 3),
        ((nan,), nan),
        ("text", "ex"),
        ({"a": 1}, "a"),
        ({"a": 1}, "b"),
        (range(10), 5),
        (Recorder(), 5),
        (Recorder(), 6),
        (iter([1, 2, 3]), 2),
    ):
        # A fresh iterator for each of the two.
        expected = key in ([1, 2, 3] if hasattr(container, "__next__") else container)
        assert module.Contains(container, key) == expected
    with pytest.raises(LookupError, match=r"^failed$"):
        module.Contains(Recorder(), "failing")
    with pytest.raises(TypeError, match=r"is not (iterable|a container or iterable)$"):
        module.Contains(5, 1)
    with pytest.raises(TypeError, match=r"\bunhashable type: 'list'"):
        module.Contains({}, [])


def test_nothing_is_kept(module: ModuleType) -> None:
    value, old = object(), object()
    values, mapping, recorder = [value, old], {"k": value, 3: old}, Recorder()

    def work() -> None:
        for sequence in (values, tuple(values), SubList(values), recorder, mapping):
            outcome(module.GetItem_i, sequence, 0)
            outcome(module.GetItem_i, sequence, -1)
            outcome(module.GetItem_i, sequence, 300)
            outcome(module.GetItem_s, sequence, "k")
            outcome(module.Contains, sequence, value)
            outcome(module.Length, sequence)
        module.SetItem_i(values, 0, old)
        module.SetItem_i(values, -2, value)
        module.SetItem_s(mapping, "new", value)
        module.DelItem_s(mapping, "new")
        module.SetItem_i(mapping, 300, value)
        module.DelItem_i(mapping, 300)
        module.SetItem(mapping, old, value)
        module.DelItem(mapping, old)
        outcome(module.SetItem_i, value, 0, old)
        outcome(module.DelItem_s, mapping, "absent")

    assert_stable(work, value, old, values, mapping, recorder)
