"""float and bool."""

from __future__ import annotations

import math
import struct
import sys
from decimal import Decimal
from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.support import assert_stable

bounded = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def bits(value: float) -> int:
    result: int = struct.unpack("=Q", struct.pack("=d", value))[0]
    return result


class Float:
    def __init__(self, value: Any) -> None:
        self.value = value

    def __float__(self) -> Any:
        return self.value


class Index:
    def __index__(self) -> int:
        return 3


class Sub(float):
    def __float__(self) -> float:
        raise AssertionError


@given(value=st.floats())
@bounded
def test_every_bit_passes(module: ModuleType, value: float) -> None:
    assert module.bits(value) == bits(value)
    assert bits(module.AsDouble(value)) == bits(value)
    assert bits(module.from_bits(bits(value))) == bits(value)
    assert module.bits(Sub(value)) == bits(value)


@pytest.mark.parametrize(
    "value",
    [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, sys.float_info.max],
)
def test_special_values(module: ModuleType, value: float) -> None:
    assert bits(module.AsDouble(value)) == bits(value)
    assert type(module.AsDouble(value)) is float


def test_payload_of_a_nan(module: ModuleType) -> None:
    for pattern in (0x7FF8000000001234, 0xFFF8000000000001):
        assert bits(module.from_bits(pattern)) == pattern


@given(value=st.integers(-(10**320), 10**320))
@bounded
def test_ints(module: ModuleType, value: int) -> None:
    try:
        expected = float(value)
    except OverflowError as error:
        with pytest.raises(OverflowError) as caught:
            module.AsDouble(value)
        assert str(caught.value) == str(error)
    else:
        assert module.AsDouble(value) == expected


def test_other_numbers(module: ModuleType) -> None:
    for value in (True, Fraction(1, 3), Decimal("0.1"), Float(2.5), Float(-1.0), Index()):
        assert module.AsDouble(value) == float(value)


def test_minus_one_is_no_error(module: ModuleType) -> None:
    assert module.AsDouble(-1.0) == module.AsDouble(-1) == module.AsDouble(Float(-1.0)) == -1.0


def test_errors(module: ModuleType) -> None:
    others: list[Any] = ["1.0", None, 1j, [], b"1"]
    for wrong in others:
        with pytest.raises(TypeError, match=r"^must be real number, not "):
            module.AsDouble(wrong)
    with pytest.raises(TypeError, match=r"returned non-float|must return a float, not str"):
        module.AsDouble(Float("1"))

    class Failing:
        def __float__(self) -> float:
            raise LookupError("failed")

    with pytest.raises(LookupError, match=r"^failed$"):
        module.AsDouble(Failing())


def test_bool(module: ModuleType) -> None:
    assert module.from_bool(0) is False
    assert module.from_bool(-7) is True


def test_nothing_is_kept(module: ModuleType) -> None:
    inputs: tuple[Any, ...] = (1.5, 10**30, Float(2.5), Sub(3.5), "no", Float("no"))

    def work() -> None:
        for value in inputs:
            try:
                module.AsDouble(value)
            except TypeError:
                pass
        module.from_bits(1)
        module.from_bool(1)

    assert_stable(work, *inputs)
