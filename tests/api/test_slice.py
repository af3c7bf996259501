"""slice, and slices of sequences."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.support import assert_stable

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
        with pytest.raises(TypeError, match=r"^slice indices must be integers or (None or )?have"):
            module.Unpack(slice(wrong))


@pytest.mark.parametrize("arguments", [(1, 2, 3), (None, 2, None), ("a", None, []), (None,) * 3])
def test_new(module: ModuleType, arguments: tuple[Any, Any, Any]) -> None:
    made = module.Make(*arguments)
    assert type(made) is slice
    assert (made.start, made.stop, made.step) == arguments


class Sequence:
    """Says with what it was subscripted; its length is 10."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def __len__(self) -> int:
        raise AssertionError

    def __getitem__(self, key: Any) -> Any:
        return key

    def __setitem__(self, key: Any, value: Any) -> None:
        self.calls.append((key, value))

    def __delitem__(self, key: Any) -> None:
        self.calls.append(key)


SLICES = [(0, 0), (0, 3), (1, 2), (2, 1), (-2, 5), (0, -1), (-100, 100), (LEAST, MOST)]


@pytest.mark.parametrize(("start", "end"), SLICES)
def test_slices_of_sequences(module: ModuleType, start: int, end: int) -> None:
    sequences: list[Any] = [[1, 2, 3], (1, 2, 3), "abc", b"abc", range(3), bytearray(b"abc")]
    for sequence in sequences:
        assert module.Get(sequence, start, end) == sequence[start:end]
    for value in ([], [7], (8, 9, 10, 11), "xy"):
        values, expected = [1, 2, 3], [1, 2, 3]
        assert module.Set(values, start, end, value) is None
        expected[start:end] = value  # type: ignore[assignment]
        assert values == expected
    values, expected = [1, 2, 3], [1, 2, 3]
    assert module.Del(values, start, end) is None
    del expected[start:end]
    assert values == expected
    custom = Sequence()
    assert module.Get(custom, start, end) == slice(start, end)
    module.Set(custom, start, end, "value")
    module.Del(custom, start, end)
    assert custom.calls == [(slice(start, end), "value"), slice(start, end)]


def test_what_has_no_slices(module: ModuleType) -> None:
    for wrong in (5, object(), {1, 2}):
        with pytest.raises(TypeError, match=r"object is unsliceable$"):
            module.Get(wrong, 0, 1)
        with pytest.raises(TypeError, match=r"object doesn't support slice assignment$"):
            module.Set(wrong, 0, 1, [])
        with pytest.raises(TypeError, match=r"object doesn't support slice deletion$"):
            module.Del(wrong, 0, 1)
    with pytest.raises(TypeError):
        module.Set((1, 2), 0, 1, [])
    with pytest.raises(TypeError):
        module.Set([1, 2], 0, 1, 5)
    for name, value in (("Get", ()), ("Set", ([],)), ("Del", ())):
        with pytest.raises(SystemError, match=r"^null argument to internal routine$"):
            getattr(module, name)(None, 0, 1, *value)


def test_nothing_is_kept(module: ModuleType) -> None:
    index, wrong = Index(10**6), object()
    good, bad = slice(index, None, index), slice(wrong)

    def work() -> None:
        module.Unpack(good)
        module.adjust(good, 2**40)
        with pytest.raises(TypeError):
            module.Unpack(bad)
        module.Make(index, None, wrong)
        values = [index, wrong]
        module.Get(values, 0, 1)
        module.Set(values, 0, 1, [wrong, index])
        module.Del(values, 1, 2)
        with pytest.raises(TypeError):
            module.Set(index, 0, 1, values)

    assert_stable(work, index, wrong, good, bad)
