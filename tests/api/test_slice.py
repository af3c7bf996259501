"""slice."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support import assert_stable

bounded = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

MOST, LEAST = sys.maxsize, -sys.maxsize - 1
NUMBERS = (
    st.integers(-12, 12)
    | st.integers()
    | st.sampled_from([MOST, MOST - 1, LEAST, LEAST + 1, MOST + 1, LEAST - 1, 2**100, -(2**100)])
)
BOUNDS = st.none() | NUMBERS
STEPS = st.none() | NUMBERS.filter(bool)


class Index:
    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


@given(start=BOUNDS, stop=BOUNDS, step=STEPS)
@bounded
def test_unpack(module: ModuleType, start: Any, stop: Any, step: Any) -> None:
    # A step is never so negative that its negation overflows.
    clamped = 1 if step is None else max(-MOST, min(MOST, step))
    expected = (
        (MOST if clamped < 0 else 0) if start is None else max(LEAST, min(MOST, start)),
        (LEAST if clamped < 0 else MOST) if stop is None else max(LEAST, min(MOST, stop)),
        clamped,
    )
    assert module.Unpack(slice(start, stop, step)) == expected


@given(
    start=BOUNDS,
    stop=BOUNDS,
    step=STEPS,
    length=st.integers(0, 12) | st.sampled_from([MOST, 2**62]),
)
@bounded
def test_adjust(module: ModuleType, start: Any, stop: Any, step: Any, length: int) -> None:
    result = module.adjust(slice(start, stop, step), length)
    if step is None or abs(step) <= MOST:
        assert result[:3] == slice(start, stop, step).indices(length)
    if length < 100:
        assert result[3] == len(range(length)[start:stop:step])
        assert list(range(*result[:3])) == list(range(length)[start:stop:step])


def test_other_values(module: ModuleType) -> None:
    assert module.Unpack(slice(Index(1), Index(5), Index(2))) == (1, 5, 2)
    with pytest.raises(ValueError, match=r"^slice step cannot be zero$"):
        module.Unpack(slice(1, 2, 0))
    for wrong in ("x", 1.5):
        with pytest.raises(TypeError, match=r"^slice indices must be integers or None or have"):
            module.Unpack(slice(wrong))


def test_nothing_is_kept(module: ModuleType) -> None:
    index, wrong = Index(10**6), object()
    good, bad = slice(index, None, index), slice(wrong)

    def work() -> None:
        module.Unpack(good)
        module.adjust(good, 2**40)
        with pytest.raises(TypeError):
            module.Unpack(bad)

    assert_stable(work, index, wrong, good, bad)
