"""Trace mode: calls of the API are counted, timed and announced."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import hpybc
from hpybc import trace


@pytest.fixture
def announced() -> Iterator[list[str]]:
    """Before and after each call: ``+ctx_Add`` and ``-ctx_Add``."""
    calls: list[str] = []
    trace.set_trace_functions(
        lambda name: calls.append("+" + name), lambda name: calls.append("-" + name)
    )
    yield calls
    trace.set_trace_functions(None, None)


def counts() -> Counter[str]:
    return Counter(trace.get_call_counts())


def test_context_has_its_name(module: ModuleType) -> None:
    assert module.name().startswith("HPy Trace Mode ABI")


def test_calls_are_counted(module: ModuleType) -> None:
    before = counts()
    assert module.add(1, 2) == 3
    assert counts() - before == {"ctx_Add": 1}
    with pytest.raises(TypeError):
        module.add(1, "x")
    assert counts() - before == {"ctx_Add": 2}
    with pytest.raises(TypeError, match="2 arguments"):
        module.add(1)
    assert counts() - before == {"ctx_Add": 2, "ctx_Err_SetString": 1}


def test_every_function_has_numbers() -> None:
    names = set(trace.get_call_counts())
    assert names == set(trace.get_durations())
    assert {"ctx_Dup", "ctx_Long_FromInt64_t", "ctx_FatalError"} <= names
    assert not any(name.startswith("h_") for name in names)


def test_calls_are_timed(module: ModuleType) -> None:
    before = trace.get_durations()
    module.call(lambda: time.sleep(0.05))
    spent = {name: n - before[name] for name, n in trace.get_durations().items()}
    assert 50_000 <= spent.pop("ctx_CallTupleDict") < 10_000_000
    assert set(spent.values()) == {0}
    assert trace.get_frequency() == 10**9


def test_calls_are_announced(module: ModuleType, announced: list[str]) -> None:
    assert module.call(lambda: module.add(1, 2)) == 3
    assert announced == ["+ctx_CallTupleDict", "+ctx_Add", "-ctx_Add", "-ctx_CallTupleDict"]
    trace.set_trace_functions(on_exit=None)
    module.add(1, 2)
    assert announced[4:] == ["+ctx_Add"]
    trace.set_trace_functions(on_enter=None)
    module.add(1, 2)
    assert len(announced) == 5


def test_hooks_see_and_leave_no_exception(module: ModuleType, announced: list[str]) -> None:
    with pytest.raises(KeyError, match="mine"):
        module.clean_up("x")
    assert announced[-2:] == ["+ctx_Close", "-ctx_Close"]


def test_hook_that_raises(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    unraisable: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: unraisable.append(args.exc_value))
    error = ValueError("from the hook")

    def hook(name: str) -> None:
        trace.set_trace_functions(on_enter=None)  # it goes while it runs
        raise error

    trace.set_trace_functions(hook)
    assert module.add(1, 2) == 3
    assert unraisable == [error]


def test_hooks_are_checked() -> None:
    with pytest.raises(TypeError, match="on_enter must be a callable or None, not 1"):
        trace.set_trace_functions(1)
    with pytest.raises(TypeError, match="on_exit must be a callable or None, not 'x'"):
        trace.set_trace_functions(on_exit="x")
    with pytest.raises(TypeError, match="on_other"):
        trace.set_trace_functions(on_other=None)


def test_same_file_in_release_mode_is_not_traced(engine: str, twin: Path) -> None:
    module = hpybc.load(twin)
    before = trace.get_call_counts()
    module.add(1, 2)
    assert trace.get_call_counts() == before
