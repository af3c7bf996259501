"""Lists of numbers, which are copied to C: when, and that no copy outlives its list."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import hpybc
from tools.extensions import STRICT
from tools.support import FREE_THREADED

# cffi has no wheel for these yet.
pytestmark = pytest.mark.skipif(
    FREE_THREADED or sys.version_info >= (3, 15), reason="cffi is not to be had"
)

NEVER = 1_000_000


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, compiled: Callable[..., Path]) -> Any:
    """Of lists.c; whatever is read first is not expected to be read to its end."""
    monkeypatch.setenv("HPYBC_CONTEXT", "boxed")
    return hpybc.load(compiled(Path(__file__).with_name("lists.c"), STRICT)).read


@pytest.fixture
def one_thread() -> Iterator[None]:
    """As if there had been no second thread in this process: then C copies no lists any more."""
    from hpybc.boxed import state

    before = state.shared[state.THREADS]
    state.shared[state.THREADS] = 0
    yield
    state.shared[state.THREADS] = before


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch, one_thread: None) -> list[int]:
    """How long the lists were that have been looked at for a copy."""
    from hpybc.boxed import containers

    found: list[int] = []
    kind = containers._kind

    def counted(x: list[Any]) -> int:
        found.append(len(x))
        return kind(x)

    monkeypatch.setattr(containers, "_kind", counted)
    return found


def model(x: list[Any], function: Any, every: int, most: int) -> list[Any]:
    items: list[Any] = []
    while len(items) < min(most, len(x)):
        items.append(x[len(items)])
        if len(items) % every == 0:
            function(len(items) - 1)
    return items


LISTS: dict[str, list[Any]] = {
    "floats": [0.5, -0.0, float("inf"), 2.0] * 10,
    "ints": [1, -(2**47), 2**47, 2**62, -(2**63)] * 10,
    "large ints": [1, 2, 3, 4, 2**70] * 10,
    "mixed": [1, 2.0, 3, "x", None] * 10,
    "a range": list(range(40)),
    "one": [1.5],
    "none": [],
    "long": [0.25] * 4500,
}


@pytest.mark.parametrize("is_expected", [False, True])
@pytest.mark.parametrize("every", [1, 2, 3, 5, 7, NEVER])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_may_change_whenever_python_runs(
    read: Any, name: str, every: int, is_expected: bool
) -> None:
    def changing(x: list[Any]) -> Callable[[int], None]:
        def change(i: int) -> None:
            x[(i * 7) % len(x)] = i * 2.5
            if i % 3 == 0:
                x.append(float(i)) if len(x) < 4900 else x.pop()
            elif i % 5 == 0:
                del x[-2:]

        return change

    for _ in range(3):
        if is_expected:
            assert read([1.5] * 20, None, NEVER, NEVER) == [1.5] * 20
        mine, other = LISTS[name][:], LISTS[name][:]
        most = 60 if every < NEVER else 5000
        got = read(mine, changing(mine), every, most)
        wanted = model(other, changing(other), every, most)
        assert list(map(repr, got)) == list(map(repr, wanted))
        assert mine == other


def test_another_list_may_be_read_meanwhile(read: Any) -> None:
    outer, inner = [float(i) for i in range(30)], list(range(50))

    def function(i: int) -> None:
        assert read(inner, None, NEVER, NEVER) == inner

    for _ in range(3):
        assert read(outer, function, 7, NEVER) == outer


def test_another_list_may_be_copied_during_a_copy(
    read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finalizer or a signal's handler may run there."""
    from hpybc.boxed.state import address

    outer, inner = [float(i) for i in range(30)], [-1.0] * 50
    busy: list[bool] = []

    def interrupted(pointer: Any) -> int:
        if not busy:
            busy.append(True)
            assert read(inner, None, NEVER, NEVER) == inner
            busy.clear()
        return address(pointer)

    monkeypatch.setattr("hpybc.boxed.containers.address", interrupted)
    for _ in range(3):
        assert read(outer, None, NEVER, NEVER) == outer


def test_what_was_read_to_its_end_is_copied_at_once(read: Any, copies: list[int]) -> None:
    read([0.5], None, NEVER, 1)
    assert copies == []  # the length and an item are no reason
    read([0.5] * 20, None, NEVER, NEVER)
    assert copies == [20]
    for _ in range(5):
        read([0.5], None, NEVER, 1)
    assert copies == [20, 1, 1, 1, 1, 1]


def test_what_was_not_read_to_its_end_is_not(read: Any, copies: list[int]) -> None:
    read([0.5] * 20, None, NEVER, NEVER)
    for _ in range(5):
        assert read([0.5] * 30, None, NEVER, 1) == [0.5]
    assert copies == [20, 30]


def test_a_long_list_is_not_copied_at_once(read: Any, copies: list[int]) -> None:
    read([0.5] * 20, None, NEVER, NEVER)
    assert read([0.5] * 5000, None, NEVER, 1) == [0.5]
    assert copies == [20]
