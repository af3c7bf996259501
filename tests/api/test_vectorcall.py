"""Types and instances that CPython calls by vectorcall: nothing but speed tells.

Every test runs in each mode, and once more with the same types made through the C API, without a
vectorcall.
"""

from __future__ import annotations

import functools
import inspect
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import hpybc
from hpybc.toolchain.compile import Options
from tools.support import assert_stable

WAYS = ("release", "debug", "trace", "C API")

#: With these Python calls by way of a tuple.
NO_KEYWORDS: dict[str, object] = {}


@pytest.fixture(params=WAYS)
def module(
    request: pytest.FixtureRequest, engine: str, compiled: Callable[..., Path]
) -> ModuleType:
    """A new module each time: these tests change its types."""
    way: str = request.param
    source = request.path.with_suffix(".c")
    if way == "C API":
        source = source.with_stem(source.stem + "_capi")
        return hpybc.load(compiled(source))
    options = Options(extra=("-std=c11", "-Wall", "-Wextra", "-Werror"))
    return hpybc.load(compiled(source, options), mode=way)


class Log(list[tuple[str, object, object]]):
    """What was initialised, with what."""

    def subclass(self, base: type) -> Any:
        log = self

        class Sub(base):  # type: ignore[misc]
            def __init__(self, *args: object, **kwargs: object) -> None:
                log.append((type(self).__name__, args, kwargs))

        return Sub


# ---- What tp_new returns ------------------------------------------------------------------------


def forms(type_: Any, *args: object) -> list[Callable[[], Any]]:
    """Ways to call a type, all of which do the same."""
    return [
        lambda: type_(*args),
        lambda: type.__call__(type_, *args),
        lambda: functools.partial(type_, *args[:1])(*args[1:]),
        lambda: next(map(type_, *([arg] for arg in args))),
        lambda: type_(*args, **NO_KEYWORDS),
    ]


@pytest.mark.parametrize("name", ["Maker", "Initialised"])
def test_instance_of_a_subclass_is_initialised_as_such(module: ModuleType, name: str) -> None:
    log = Log()
    base = getattr(module, name)
    sub = log.subclass(base)

    def factory(*args: object) -> object:
        return base.__new__(sub)

    for form in forms(base, factory, 1, 2):
        assert type(form()) is sub
        assert log == [("Sub", (factory, 1, 2), {})]
        log.clear()
    assert type(base(factory, 1, k=2)) is sub
    assert log == [("Sub", (factory, 1), {"k": 2})]


def test_own_instance_is_initialised_once(module: ModuleType) -> None:
    base = module.Initialised
    seen: list[object] = []

    def factory(*args: object) -> object:
        return base.__new__(base)

    def initialised(self: object, count: int) -> None:
        seen.append((type(self), count))

    for form in forms(base, factory, initialised, 3):
        form()
        assert seen == [(base, 3)]
        seen.clear()


def test_what_is_no_instance_is_not_initialised(module: ModuleType) -> None:
    log = Log()
    other = log.subclass(module.Initialised)
    for value in (None, 5, "text", object(), other, other.__new__(other)):
        for form in forms(module.Maker, lambda _, value=value: value, 1):
            assert form() is value
    assert log == []


def test_errors(module: ModuleType) -> None:
    def fail(*args: object) -> None:
        raise LookupError("failed")

    class Refusing(module.Maker):  # type: ignore[name-defined, misc]
        __init__ = fail

    for base, args in (
        (module.Maker, (fail, 1)),
        (module.Maker, (lambda _: module.Maker.__new__(Refusing), 1)),
        (module.Initialised, (lambda *_: module.Initialised(), fail)),
    ):
        for form in forms(base, *args):
            with pytest.raises(LookupError, match=r"^failed$"):
                form()


def test_init_returns_a_value(module: ModuleType) -> None:
    class Sub(module.Maker):  # type: ignore[name-defined, misc]
        def __init__(self, *args: object) -> None:
            return 5  # type: ignore[return-value]

    with pytest.raises(TypeError, match=r"^__init__\(\) should return None, not 'int'"):
        module.Maker(lambda _: module.Maker.__new__(Sub), 1)


# ---- What Python code replaces ------------------------------------------------------------------


def test_init_is_assigned(module: ModuleType) -> None:
    for name in ("Maker", "Initialised"):
        base, seen = getattr(module, name), list[object]()
        base()

        def init(self: object, *args: object, seen: list[object] = seen) -> None:
            seen.append(args)

        base.__init__ = init
        base()
        base(lambda *_, base=base: base.__new__(base), 7)
        assert len(seen) == 2
        del base.__init__
        base()
        assert len(seen) == 2


def test_init_is_assigned_by_new_itself(module: ModuleType) -> None:
    seen: list[object] = []

    def factory(*args: object) -> object:
        module.Maker.__init__ = lambda self, *args: seen.append(args)
        return module.Maker.__new__(module.Maker)

    module.Maker(factory, 1)
    assert seen == [(factory, 1)]


def test_new_is_assigned(module: ModuleType) -> None:
    module.Maker()
    module.Maker.__new__ = lambda cls, *args: args
    assert module.Maker(1, 2) == (1, 2)
    assert module.Maker() == ()


CALLABLE = ["Callable", "Heir", "Own"]


@pytest.mark.parametrize("name", CALLABLE)
def test_call_is_assigned_and_deleted(module: ModuleType, name: str) -> None:
    cls = getattr(module, name)
    called, fresh = cls(), cls()
    native = type(called).__call__
    assert called() == "native"
    cls.__call__ = lambda self, *args: ("patched", args)
    for instance in (called, fresh, cls()):
        assert instance() == ("patched", ())
        assert functools.partial(instance, 1)(2) == ("patched", (1, 2))
        assert next(map(instance, [1])) == ("patched", (1,))
    # The one before leads to the extension still.
    cls.__call__ = lambda self, *args: ("before", native(self, *args))
    for instance in (called, fresh, cls()):
        assert instance() == ("before", "native")
    del cls.__call__
    for instance in (called, fresh, cls()):
        if name == "Heir":
            assert instance() == "native"
        else:
            with pytest.raises(TypeError, match=r"object is not callable$"):
                instance()
            assert not callable(instance)
    # As it was, for those who run this once more.
    cls.__call__ = native
    for instance in (called, fresh, cls()):
        assert instance() == "native"


@pytest.mark.parametrize("name", CALLABLE)
def test_subclass_overrides_call(module: ModuleType, name: str) -> None:
    base = getattr(module, name)

    class Plain(base):  # type: ignore[misc, valid-type]
        pass

    class Overriding(base):  # type: ignore[misc, valid-type]
        def __call__(self, *args: object) -> object:
            return "overriding", super().__call__(*args)

    native, plain, overriding = base.__call__, Plain(), Overriding()
    for _ in range(3):
        assert plain() == "native"
        assert overriding() == ("overriding", "native")
    base.__call__ = lambda self, *args: "patched"
    assert plain() == "patched"
    assert overriding() == ("overriding", "patched")
    Plain.__call__ = lambda self: "patched again"
    assert plain() == "patched again"
    base.__call__ = native


# ---- Recursion ----------------------------------------------------------------------------------

#: Calls that never end, and in which no Python code runs.
ENDLESS: dict[str, Callable[[Any], object]] = {
    "type": lambda m: m.Maker(m.Maker),
    "type through a tuple": lambda m: m.Maker(m.Maker, **NO_KEYWORDS),
    "type with tp_init": lambda m: m.Initialised(m.Initialised),
    "type by partial": lambda m: m.Maker(functools.partial(m.Maker)),
    "two types": lambda m: m.Maker(functools.partial(m.Initialised, m.Maker, m.Initialised)),
    "instance": lambda m: call_with_itself(m.Callable()),
    "instance of a subclass": lambda m: call_with_itself(m.Heir()),
    "instance of a Python class": lambda m: call_with_itself(type("C", (m.Callable,), {})()),
    "own call function": lambda m: call_with_itself(m.Own()),
    "type and instance": lambda m: m.Maker(m.Callable()),
}


def call_with_itself(instance: Any) -> object:
    return instance(instance)


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_recursion(module: ModuleType, name: str) -> None:
    for _ in range(3):
        with pytest.raises(RecursionError, match=r" while calling a Python object$"):
            ENDLESS[name](module)
    assert module.Callable()() == "native"


def nested(outer: Any, depth: int) -> object:
    """Calls outer in itself, so many times."""
    return outer(*[outer] * depth, lambda *_: "end")


def test_depth_that_is_none(module: ModuleType) -> None:
    for outer in (module.Maker, module.Callable(), module.Heir(), module.Own()):
        assert nested(outer, 500) == "end"


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python's limit is not that of C any more")
def test_limit_is_pythons(module: ModuleType) -> None:
    def room() -> int:
        try:
            return 1 + room()
        except RecursionError:
            return 0

    limit = sys.getrecursionlimit()
    for outer in (module.Maker, module.Callable(), module.Heir(), module.Own()):
        sys.setrecursionlimit(len(inspect.stack()) + 200)
        try:
            assert nested(outer, room() - 5) == "end"
            with pytest.raises(RecursionError):
                nested(outer, room() + 5)
        finally:
            sys.setrecursionlimit(limit)


def test_two_threads(module: ModuleType) -> None:
    """While one is in a call, the calls of another are counted all the same."""
    inside, leave = threading.Event(), threading.Event()

    def wait(*args: object) -> str:
        inside.set()
        assert leave.wait(60)
        return "end"

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(module.Maker, wait)
        assert inside.wait(60)
        for name in ("type", "instance"):
            with pytest.raises(RecursionError):
                ENDLESS[name](module)
        assert nested(module.Maker, 500) == "end"
        leave.set()
        assert future.result() == "end"
    test_endless_recursion(module, "type")


def test_nothing_is_kept(module: ModuleType) -> None:
    value = object()

    class Sub(module.Maker):  # type: ignore[name-defined, misc]
        def __init__(self, *args: object) -> None:
            if len(args) > 2:
                raise LookupError("failed")

    def factory(*args: object) -> object:
        return module.Maker.__new__(Sub)

    callable_, own = module.Callable(), module.Own()

    def work() -> None:
        module.Maker(factory, value)
        with pytest.raises(LookupError):
            module.Maker(factory, value, value)
        assert module.Maker(lambda _: value, value) is value
        module.Initialised(lambda *_: module.Initialised(), lambda *_: None, value)
        nested(module.Maker, 3)
        nested(callable_, 3)
        nested(own, 3)

    assert_stable(work, value, callable_, own, module.Maker, module.Initialised)
