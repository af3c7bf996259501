"""A pytest plugin that runs each test 100 times over and fails those that leak.

``nox -s leaks`` loads it with ``-p leaks``. See ``assert_stable`` for what a leak is. The
inputs whose reference counts are watched are the test's arguments and what the test file defines,
containers and modules with what is in them. Of a test with Hypothesis, every example is repeated.

Each run has a context (PEP 567) and a monkeypatch of its own, which would grow otherwise. It takes
``--engine=shared``: what an image in memory keeps of llvmlite would hide a leak.
"""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Callable, Generator, Iterable, Iterator
from types import ModuleType
from typing import Any

import pytest

from hpybc.loader import importer
from tools import support

RUNS = 100

#: Blocks of memory that an image keeps for good, because it is never unloaded: three of its
#: module's definition, and what its HPyGlobals hold.
KEPT_BY_AN_IMAGE = 5

_assert_stable = support.assert_stable
_load = importer.load
_loads = 0


def _counted_load(*args: Any, **kwargs: Any) -> ModuleType:
    global _loads
    _loads += 1
    return _load(*args, **kwargs)


importer.load = _counted_load  # every load ends there

# A test that repeats something itself is repeated as a whole.
support.assert_stable = lambda call, *inputs: call()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    function = pyfuncitem.obj
    test = getattr(function, "hypothesis", None)
    if test is None:
        pyfuncitem.obj = _repeated(function)
    else:
        inner = test.inner_test
        test.inner_test = _repeated(inner)
    try:
        return (yield)
    finally:
        pyfuncitem.obj = function
        if test is not None:
            test.inner_test = inner


def _repeated(function: Callable[..., object]) -> Callable[..., None]:
    @functools.wraps(function)
    def repeat(**arguments: Any) -> None:
        inputs = tuple(_inputs(function, arguments))

        def call() -> None:
            with pytest.MonkeyPatch.context() as own:
                if "monkeypatch" in arguments:
                    arguments["monkeypatch"] = own
                contextvars.copy_context().run(function, **arguments)

        before = _loads
        call()
        kept = (_loads - before) * KEPT_BY_AN_IMAGE
        _assert_stable(call, *inputs, runs=RUNS, kept=kept)

    return repeat


def _inputs(function: Callable[..., object], arguments: dict[str, object]) -> Iterator[object]:
    names = {name: value for name, value in function.__globals__.items() if name[:2] != "__"}
    own = (value for value in names.values() if not isinstance(value, ModuleType))
    for value in (*arguments.values(), *own):
        yield from _parts(value, 3)


def _parts(value: object, depth: int) -> Iterator[object]:
    yield value
    parts: Iterable[object] = ()
    if depth > 0 and isinstance(value, (tuple, list, set, frozenset)):
        parts = value
    elif depth > 0 and isinstance(value, dict):
        parts = [*value.keys(), *value.values()]
    elif depth > 0 and isinstance(value, ModuleType):
        parts = vars(value).values()
    for part in parts:
        yield from _parts(part, depth - 1)
