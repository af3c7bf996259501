"""The example `quickstart`: arguments, exceptions and handles."""

from __future__ import annotations

import os
import pathlib
import struct
from collections.abc import Callable
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.support import assert_stable

STANDARD_LIBRARY = pathlib.Path(os.__file__).parent
LONG_BITS = 8 * struct.calcsize("l")
LONG_MIN, LONG_MAX = -(2 ** (LONG_BITS - 1)), 2 ** (LONG_BITS - 1) - 1


@pytest.fixture
def quickstart(load_example: Callable[[str], ModuleType]) -> ModuleType:
    return load_example("quickstart")


class Index:
    """Not an int, but usable as one."""

    def __index__(self) -> int:
        return 40


class Failing:
    """A number whose conversion raises."""

    def __float__(self) -> float:
        raise LookupError("no value today")


@given(a=st.integers(LONG_MIN, LONG_MAX), b=st.integers(LONG_MIN, LONG_MAX))
def test_add_is_exact_or_overflows(quickstart: ModuleType, a: int, b: int) -> None:
    if LONG_MIN <= a + b <= LONG_MAX:
        assert quickstart.add(a, b) == a + b
    else:
        with pytest.raises(OverflowError, match=r"^the sum does not fit into a C long$"):
            quickstart.add(a, b)


@pytest.mark.parametrize(
    ("a", "b"), [(LONG_MAX, 0), (LONG_MIN, 0), (LONG_MAX, LONG_MIN), (LONG_MAX - 1, 1)]
)
def test_add_at_the_limits(quickstart: ModuleType, a: int, b: int) -> None:
    assert quickstart.add(a, b) == a + b
    assert quickstart.add(b, a) == a + b


@pytest.mark.parametrize(("a", "b"), [(LONG_MAX, 1), (LONG_MIN, -1), (LONG_MIN, LONG_MIN)])
def test_add_just_beyond_the_limits(quickstart: ModuleType, a: int, b: int) -> None:
    with pytest.raises(OverflowError, match=r"^the sum does not fit into a C long$"):
        quickstart.add(a, b)


@pytest.mark.parametrize("beyond", [LONG_MAX + 1, LONG_MIN - 1, 10**100])
def test_add_refuses_what_is_no_long(quickstart: ModuleType, beyond: int) -> None:
    with pytest.raises(OverflowError):
        quickstart.add(beyond, 0)
    with pytest.raises(OverflowError):
        quickstart.add(0, beyond)


def test_add_accepts_what_can_be_an_index(quickstart: ModuleType) -> None:
    assert quickstart.add(Index(), 2) == 42
    assert quickstart.add(True, True) == 2


@pytest.mark.parametrize("arguments", [(), (1,), (1, 2, 3), ("1", 2), (1, None), (1.5, 2)])
def test_add_refuses_other_arguments(quickstart: ModuleType, arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        quickstart.add(*arguments)


@pytest.mark.parametrize("arguments", [(), (1,), (1, 2), ("a", None, [])])
def test_empty_takes_anything(quickstart: ModuleType, arguments: tuple[object, ...]) -> None:
    assert quickstart.empty(*arguments) is None


def test_noargs(quickstart: ModuleType) -> None:
    assert quickstart.noargs() is None
    with pytest.raises(TypeError):
        quickstart.noargs(1)


@given(name=st.text(), greeting=st.text())
def test_greet_joins_any_text(quickstart: ModuleType, name: str, greeting: str) -> None:
    assert quickstart.greet(name) == f"Hello, {name}!"
    assert quickstart.greet(name, greeting=greeting) == f"{greeting}, {name}!"
    assert quickstart.greet(greeting=greeting, name=name) == f"{greeting}, {name}!"


def test_greet_real_text(quickstart: ModuleType) -> None:
    for path in sorted(STANDARD_LIBRARY.glob("*.py"))[:20]:
        text = path.read_text(encoding="utf-8")
        assert quickstart.greet(text, greeting=path.name) == f"{path.name}, {text}!"


@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [((b"Ann",), {}), ((1,), {}), (("Ann",), {"greeting": 1}), ((None,), {"greeting": "Hi"})],
)
def test_greet_takes_str_only(
    quickstart: ModuleType, arguments: tuple[object, ...], keywords: dict[str, object]
) -> None:
    with pytest.raises(TypeError, match=r"^name and greeting must be str$"):
        quickstart.greet(*arguments, **keywords)


def test_greet_signature(quickstart: ModuleType) -> None:
    with pytest.raises(TypeError):
        quickstart.greet()
    with pytest.raises(TypeError):
        quickstart.greet(greeting="Hi")
    with pytest.raises(TypeError):
        quickstart.greet("Ann", "Hi")


def total_reference(numbers: list[float] | tuple[float, ...]) -> float:
    """From left to right, unlike `sum`, which newer Pythons make more precise for floats."""
    result = 0.0
    for number in numbers:
        result += number
    return result


@given(numbers=st.lists(st.floats(allow_nan=False)))
def test_total_adds_from_left_to_right(quickstart: ModuleType, numbers: list[float]) -> None:
    expected = repr(total_reference(numbers))
    assert repr(quickstart.total(numbers)) == expected
    assert repr(quickstart.total(tuple(numbers))) == expected


def test_total_of_real_numbers(quickstart: ModuleType) -> None:
    for path in sorted(STANDARD_LIBRARY.glob("*.py"))[:40]:
        lengths = [len(line) / 7 for line in path.read_text(encoding="utf-8").splitlines()]
        assert quickstart.total(lengths) == total_reference(lengths)


def test_total_accepts_integers_and_the_error_value(quickstart: ModuleType) -> None:
    assert quickstart.total([1, 2.5, True]) == 4.5
    assert quickstart.total([-1.0, -1]) == -2.0
    assert isinstance(quickstart.total([]), float)


@pytest.mark.parametrize("wrong", [5, None, {1.0}, ["1"], [1.0, None], iter([1.0])])
def test_total_refuses_what_has_no_numbers(quickstart: ModuleType, wrong: object) -> None:
    with pytest.raises(TypeError):
        quickstart.total(wrong)


def test_total_passes_on_the_errors_of_items(quickstart: ModuleType) -> None:
    with pytest.raises(LookupError, match=r"^no value today$"):
        quickstart.total([1.0, Failing()])
    with pytest.raises(OverflowError):
        quickstart.total([10**400])


def test_total_of_a_list_which_shrinks_meanwhile(quickstart: ModuleType) -> None:
    numbers: list[object] = []

    class Clearing:
        def __float__(self) -> float:
            numbers.clear()
            return 1.0

    numbers.extend([Clearing(), 2.0, 3.0])
    with pytest.raises(IndexError):
        quickstart.total(numbers)


def test_nothing_is_kept(quickstart: ModuleType) -> None:
    big, name, greeting = 2**40, "Ann" * 5, "Good morning"
    numbers = [float(n) for n in range(50)]
    wrong = [*numbers, None]

    def work() -> None:
        quickstart.add(big, big)
        quickstart.empty(big, name)
        quickstart.noargs()
        quickstart.greet(name)
        quickstart.greet(name, greeting=greeting)
        quickstart.total(numbers)

    def fail() -> None:
        for call, arguments in (
            (quickstart.add, (LONG_MAX, big)),
            (quickstart.add, (name, big)),
            (quickstart.greet, (numbers,)),
            (quickstart.greet, (name, greeting)),
            (quickstart.total, (wrong,)),
        ):
            try:
                call(*arguments)
            except (TypeError, OverflowError):
                continue
            pytest.fail(f"{call} accepted {arguments}")

    assert_stable(work, big, name, greeting, numbers, numbers[0])
    assert_stable(fail, big, name, greeting, numbers, wrong)
