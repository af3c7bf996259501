"""The number protocol, against Python's own operators."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.support import assert_stable

bounded = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

UNARY: dict[str, Callable[[Any], Any]] = {
    "Negative": operator.neg,
    "Positive": operator.pos,
    "Absolute": abs,
    "Invert": operator.invert,
    "Index": operator.index,
    "Long": int,
    "Float": float,
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add,
    "Subtract": operator.sub,
    "Multiply": operator.mul,
    "MatrixMultiply": operator.matmul,
    "FloorDivide": operator.floordiv,
    "TrueDivide": operator.truediv,
    "Remainder": operator.mod,
    "Divmod": divmod,
    "Lshift": operator.lshift,
    "Rshift": operator.rshift,
    "And": operator.and_,
    "Xor": operator.xor,
    "Or": operator.or_,
}
IN_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "InPlaceAdd": operator.iadd,
    "InPlaceSubtract": operator.isub,
    "InPlaceMultiply": operator.imul,
    "InPlaceMatrixMultiply": operator.imatmul,
    "InPlaceFloorDivide": operator.ifloordiv,
    "InPlaceTrueDivide": operator.itruediv,
    "InPlaceRemainder": operator.imod,
    "InPlaceLshift": operator.ilshift,
    "InPlaceRshift": operator.irshift,
    "InPlaceAnd": operator.iand,
    "InPlaceXor": operator.ixor,
    "InPlaceOr": operator.ior,
}

#: Ints around every limit of how CPython keeps them, and of C's.
BORDERS = sorted(
    {
        sign * (1 << bits) + delta
        for bits in (0, 15, 29, 30, 31, 32, 59, 60, 61, 62, 63, 64, 90, 200)
        for sign in (1, -1)
        for delta in (-1, 0, 1)
    }
)
INTEGERS = st.one_of(st.sampled_from(BORDERS), st.integers())
NUMBERS = st.one_of(INTEGERS, st.booleans(), st.floats(), st.fractions(), st.complex_numbers())


class Loud:
    """Answers every operator with the name of the method that was called."""


OPERATORS = [
    "add",
    "sub",
    "mul",
    "matmul",
    "floordiv",
    "truediv",
    "mod",
    "divmod",
    "lshift",
    "rshift",
    "and",
    "xor",
    "or",
    "pow",
]
UNARY_METHODS = ["neg", "pos", "abs", "invert"]


def _answer(name: str) -> Callable[..., Any]:
    return lambda self, *args: (name, *args)


for _name in (*UNARY_METHODS, *(prefix + name for prefix in ("", "r", "i") for name in OPERATORS)):
    setattr(Loud, f"__{_name}__", _answer(_name))


def outcome(function: Callable[..., Any], *args: Any) -> tuple[object, ...]:
    """A value that tells results apart, and exceptions."""
    try:
        result = function(*args)
    except (TypeError, ValueError, ArithmeticError, DeprecationWarning) as error:
        return type(error), str(error)
    return type(result), repr(result)


@pytest.mark.parametrize("name", UNARY)
@given(value=NUMBERS)
@bounded
def test_unary(module: ModuleType, name: str, value: Any) -> None:
    assert outcome(getattr(module, name), value) == outcome(UNARY[name], value)


@pytest.mark.parametrize("name", BINARY)
@given(a=NUMBERS, b=NUMBERS)
@bounded
def test_binary(module: ModuleType, name: str, a: Any, b: Any) -> None:
    if name == "Lshift" and isinstance(b, int):
        b = abs(b) % 1000
    assert outcome(getattr(module, name), a, b) == outcome(BINARY[name], a, b)


@pytest.mark.parametrize("name", IN_PLACE)
@given(a=NUMBERS, b=NUMBERS)
@bounded
def test_in_place(module: ModuleType, name: str, a: Any, b: Any) -> None:
    if name == "InPlaceLshift" and isinstance(b, int):
        b = abs(b) % 1000
    assert outcome(getattr(module, name), a, b) == outcome(IN_PLACE[name], a, b)


@given(a=INTEGERS, b=st.integers(0, 50), c=INTEGERS)
@bounded
def test_power(module: ModuleType, a: int, b: int, c: int) -> None:
    assert outcome(module.Power, a, b, None) == outcome(pow, a, b)
    assert outcome(module.Power, a, b, c) == outcome(pow, a, b, c)
    assert outcome(module.InPlacePower, a, b, None) == outcome(pow, a, b)
    assert outcome(module.InPlacePower, a, b, c) == outcome(pow, a, b, c)


def test_power_of_other_numbers(module: ModuleType) -> None:
    pairs: list[tuple[Any, Any]] = [
        (2, -1),
        (2.5, 3),
        (-8, 1 / 3),
        (Fraction(1, 2), 2),
        (Decimal(2), 5),
    ]
    for a, b in pairs:
        assert module.Power(a, b, None) == a**b
    with pytest.raises(TypeError):
        module.Power(2.0, 3, 5)
    with pytest.raises(ZeroDivisionError):
        module.Power(0, -1, None)
    with pytest.raises(ValueError, match=r"^pow\(\) 3rd argument cannot be 0$"):
        module.Power(2, 3, 0)


@pytest.mark.parametrize("name", BINARY)
def test_methods_of_the_right_operand(module: ModuleType, name: str) -> None:
    loud, left = Loud(), object()
    assert getattr(module, name)(loud, 5) == BINARY[name](loud, 5)
    assert getattr(module, name)(left, loud) == BINARY[name](left, loud)


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_methods_come_first(module: ModuleType, name: str) -> None:
    loud = Loud()
    result = getattr(module, name)(loud, 5)
    assert result == IN_PLACE[name](loud, 5)
    assert result[0].startswith("i")


@pytest.mark.parametrize("name", ["Negative", "Positive", "Absolute", "Invert"])
def test_unary_methods(module: ModuleType, name: str) -> None:
    loud = Loud()
    assert getattr(module, name)(loud) == UNARY[name](loud)
    with pytest.raises(TypeError, match=r"^bad operand type for "):
        getattr(module, name)("text")


def test_power_methods(module: ModuleType) -> None:
    loud = Loud()
    assert module.Power(loud, 2, None) == ("pow", 2)
    assert module.Power(loud, 2, 3) == ("pow", 2, 3)
    assert module.Power(2, loud, None) == ("rpow", 2)
    assert module.InPlacePower(loud, 2, None) == ("ipow", 2)


def test_in_place_changes_the_object_itself(module: ModuleType) -> None:
    value = [1]
    assert module.InPlaceAdd(value, (2, 3)) is value
    assert module.InPlaceMultiply(value, 2) is value
    assert value == [1, 2, 3] * 2
    numbers = {1, 2}
    assert module.InPlaceOr(numbers, {3}) is numbers
    assert module.InPlaceAnd(numbers, {2, 3}) is numbers
    assert module.InPlaceXor(numbers, {3, 4}) is numbers
    assert module.InPlaceSubtract(numbers, {4}) is numbers
    assert numbers == {2}


def test_sequences(module: ModuleType) -> None:
    assert module.Add([1], [2]) == [1, 2]
    assert module.Add("a", "b") == "ab"
    assert module.Multiply((1,), 3) == (1, 1, 1)
    assert module.Multiply(3, "ab") == "ababab"
    assert module.Remainder("%d-%s", (1, "x")) == "1-x"
    with pytest.raises(TypeError, match=r"^can only concatenate list \(not \"tuple\"\) to list$"):
        module.Add([1], (2,))


@pytest.mark.parametrize("name", [*BINARY, *IN_PLACE])
def test_unsupported_operands(module: ModuleType, name: str) -> None:
    function = {**BINARY, **IN_PLACE}[name]
    assert outcome(getattr(module, name), {}, object) == outcome(function, {}, object)
    assert outcome(getattr(module, name), {}, None)[0] is TypeError


def test_conversions(module: ModuleType) -> None:
    class Both:
        def __index__(self) -> int:
            return 7

        def __float__(self) -> float:
            return 2.5

    class Bad:
        def __index__(self) -> Any:
            return 1.5

        def __float__(self) -> Any:
            return "no"

    assert module.Index(Both()) == 7
    assert module.Index(True) == 1
    assert module.Long(Both()) == 7
    assert module.Float(Both()) == 2.5
    assert module.Long("  -12_3 ") == -123
    assert module.Long(b"12") == 12
    assert module.Long(-2.9) == -2
    assert module.Float("1e3") == 1000.0
    for name in ("Index", "Float"):
        with pytest.raises(TypeError):
            getattr(module, name)(Bad())
    with pytest.raises(TypeError, match=r"^'float' object cannot be interpreted as an integer$"):
        module.Index(1.0)
    with pytest.raises(ValueError):
        module.Long("twelve")
    with pytest.raises(OverflowError):
        module.Float(10**400)


def test_check(module: ModuleType) -> None:
    class Index:
        def __index__(self) -> int:
            return 0

    for number in (1, True, 1.5, 1j, Index(), Fraction(1)):
        assert module.Check(number) == 1
    for other in ("1", None, [], object()):
        assert module.Check(other) == 0


def test_nothing_is_kept(module: ModuleType) -> None:
    a, b, loud, operand = 10**30, 2.5, Loud(), object()

    def work() -> None:
        for name in UNARY:
            outcome(getattr(module, name), a)
            outcome(getattr(module, name), b)
        for name in (*BINARY, *IN_PLACE):
            if "shift" not in name:
                outcome(getattr(module, name), a, 12345)
            outcome(getattr(module, name), a, b)
            outcome(getattr(module, name), loud, operand)
            outcome(getattr(module, name), operand, None)
        module.Power(a, 5, None)
        module.InPlacePower(a, 5, 7**30)

    assert_stable(work, a, b, loud, operand)
