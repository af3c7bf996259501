"""Calls of functions, types, methods and objects."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tools.support import assert_stable


def record(*args: object, **kwargs: object) -> object:
    return args, kwargs


class Recorder:
    def __call__(self, *args: object, **kwargs: object) -> object:
        return "call", args, kwargs

    def method(self, *args: object, **kwargs: object) -> object:
        return self, args, kwargs

    @staticmethod
    def static(*args: object, **kwargs: object) -> object:
        return args, kwargs

    @classmethod
    def of_class(cls, *args: object, **kwargs: object) -> object:
        return cls, args, kwargs

    def fail(self) -> None:
        raise LookupError("failed")

    attribute = 5


ARGUMENTS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    ((1,), {}),
    ((1, "two", None), {}),
    ((), {"a": 1}),
    ((1, 2), {"a": 1, "not an identifier": 2}),
    (tuple(range(50)), {f"k{i}": i for i in range(50)}),
]


@pytest.mark.parametrize(("args", "kwargs"), ARGUMENTS)
def test_arguments(module: ModuleType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    recorder = Recorder()
    for target in (record, recorder, recorder.method, Recorder.of_class, functools.partial(record)):
        expected = target(*args, **kwargs)
        assert module.Call(target, *args, **kwargs) == expected
        assert module.CallTupleDict(target, args, kwargs) == expected
        if not kwargs:
            assert module.CallTupleDict(target, args, None) == expected
        if not args:
            assert module.CallTupleDict(target, None, kwargs) == expected
    for name in ("method", "static", "of_class"):
        expected = getattr(recorder, name)(*args, **kwargs)
        assert module.CallMethod(name, recorder, *args, **kwargs) == expected
        for call in (module.CallMethodTupleDict, module.CallMethodTupleDict_s):
            assert call(name, recorder, args, kwargs) == expected
            if not args:
                assert call(name, recorder, None, kwargs) == expected


def test_no_arguments_at_all(module: ModuleType) -> None:
    assert module.CallTupleDict(record, None, None) == ((), {})
    assert module.call_without_array(record) == ((), {})
    assert module.call_without_array(dict) == {}


def test_builtins_and_types(module: ModuleType) -> None:
    assert module.Call(len, [1, 2]) == 2
    assert module.Call(int, "ff", base=16) == 255
    assert module.Call(dict, a=1) == {"a": 1}
    assert module.CallTupleDict(sorted, ([3, 1],), {"reverse": True}) == [3, 1]
    assert module.CallMethod("upper", "text") == "TEXT"
    assert module.CallMethod("split", "a b c", maxsplit=1) == ["a", "b c"]
    assert module.CallMethod("fromkeys", dict, "ab", 1) == {"a": 1, "b": 1}
    assert module.CallMethodTupleDict_s("join", ",", (["a", "b"],), None) == "a,b"


def test_dict_is_not_handed_over(module: ModuleType) -> None:
    def change(**kwargs: object) -> None:
        kwargs["new"] = 1

    kwargs = {"a": 1}
    module.CallTupleDict(change, (), kwargs)
    assert kwargs == {"a": 1}


def test_instance_attribute_instead_of_a_method(module: ModuleType) -> None:
    recorder: Any = Recorder()
    recorder.own = record
    assert module.CallMethod("own", recorder, 1) == ((1,), {})
    assert module.CallMethodTupleDict_s("own", recorder, (1,), None) == ((1,), {})


def test_errors(module: ModuleType) -> None:
    recorder = Recorder()
    calls: list[Callable[[], object]] = [
        lambda: module.Call(recorder.fail),
        lambda: module.CallTupleDict(recorder.fail, None, None),
        lambda: module.CallMethod("fail", recorder),
        lambda: module.CallMethodTupleDict("fail", recorder, None, None),
        lambda: module.CallMethodTupleDict_s("fail", recorder, None, None),
    ]
    for call in calls:
        with pytest.raises(LookupError, match=r"^failed$"):
            call()
    calls = [
        lambda: module.Call(5),
        lambda: module.CallTupleDict(5, None, None),
        lambda: module.CallMethod("attribute", recorder),
        lambda: module.CallMethodTupleDict_s("attribute", recorder, None, None),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"^'int' object is not callable$"):
            call()
    calls = [
        lambda: module.CallMethod("missing", recorder),
        lambda: module.CallMethodTupleDict("missing", recorder, None, None),
        lambda: module.CallMethodTupleDict_s("missing", recorder, None, None),
    ]
    for call in calls:
        with pytest.raises(AttributeError, match=r"has no attribute 'missing'$"):
            call()
    with pytest.raises(TypeError, match=r"^record_two\(\) missing 1 required"):
        module.Call(record_two, 1)


def record_two(a: object, b: object) -> object:
    return a, b


def test_wrong_containers(module: ModuleType) -> None:
    message = r"^HPy_CallTupleDict requires args to be a tuple or null handle$"
    for wrong in ([1], "text", 5):
        with pytest.raises(TypeError, match=message):
            module.CallTupleDict(record, wrong, None)
        with pytest.raises(TypeError, match=message):
            module.CallMethodTupleDict_s("method", Recorder(), wrong, None)
    message = r"^HPy_CallTupleDict requires kw to be a dict or null handle$"
    for wrong in ([1], "text", 5):
        with pytest.raises(TypeError, match=message):
            module.CallTupleDict(record, None, wrong)
    for args in ((), None):
        with pytest.raises(TypeError, match=r"keywords must be strings$"):
            module.CallTupleDict(record, args, {5: 1})


def test_callable(module: ModuleType) -> None:
    for value in (record, Recorder, Recorder(), len, 5, "text", None):
        assert module.Check(value) == callable(value)


def test_nothing_is_kept(module: ModuleType) -> None:
    a, b, recorder = object(), object(), Recorder()
    args, kwargs = (a, b), {"a": a, "b": b}

    def work() -> None:
        module.Call(record, a, b, x=a)
        module.Call(len, args)
        module.CallTupleDict(record, args, kwargs)
        module.CallTupleDict(record, None, kwargs)
        module.CallMethod("method", recorder, a, x=b)
        module.CallMethodTupleDict("method", recorder, args, kwargs)
        module.CallMethodTupleDict_s("of_class", recorder, args, None)
        calls: list[Callable[[], object]] = [
            lambda: module.Call(recorder.fail),
            lambda: module.CallMethodTupleDict_s("missing", recorder, args, None),
            lambda: module.CallTupleDict(record, a, b),
            lambda: module.CallTupleDict(a, args, kwargs),
        ]
        for call in calls:
            with pytest.raises((LookupError, AttributeError, TypeError)):
                call()

    assert_stable(work, a, b, recorder, args, kwargs, record, Recorder)
