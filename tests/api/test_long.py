"""int."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.support import assert_stable

bounded = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

LONG = 64 if sys.maxsize > 2**32 else 32
SIZE = LONG

#: Name of the C type in HPy's functions: bits, whether it has a sign.
TYPES = {
    "Int32_t": (32, True),
    "UInt32_t": (32, False),
    "Int64_t": (64, True),
    "UInt64_t": (64, False),
    "Size_t": (SIZE, False),
    "Ssize_t": (SIZE, True),
    "Long": (LONG, True),
    "UnsignedLong": (LONG, False),
    "LongLong": (64, True),
    "UnsignedLongLong": (64, False),
}
MASKS = {
    "UInt32_tMask": 32,
    "UInt64_tMask": 64,
    "UnsignedLongMask": LONG,
    "UnsignedLongLongMask": 64,
}
BORDERS = sorted(
    {
        sign * (1 << bits) + delta
        for bits in (0, 8, 15, 16, 29, 30, 31, 32, 59, 60, 61, 62, 63, 64, 90, 200)
        for sign in (1, -1)
        for delta in (-2, -1, 0, 1, 2)
    }
)
INTEGERS = st.one_of(st.sampled_from(BORDERS), st.integers(), st.integers(-(2**66), 2**66))


class Int:
    def __int__(self) -> int:
        return 2


class Index:
    def __init__(self, value: int = 2) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


class Sub(int):
    """An int that is not one exactly; its methods must not be asked."""

    def __index__(self) -> int:
        raise AssertionError

    __int__ = __index__


def limits(name: str) -> tuple[int, int]:
    bits, signed = TYPES[name]
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)


def wrap(value: int, bits: int, signed: bool) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if signed and value >> (bits - 1) else value


@pytest.mark.parametrize("name", TYPES)
def test_borders(module: ModuleType, name: str) -> None:
    lowest, highest = limits(name)
    for value in (*BORDERS, lowest, highest):
        wrapped = wrap(value, *TYPES[name])
        assert getattr(module, f"From{name}")(value) == wrapped
        if lowest <= value <= highest:
            assert getattr(module, f"As{name}")(value) == value
            assert getattr(module, f"As{name}")(Sub(value)) == value
        else:
            with pytest.raises(OverflowError):
                getattr(module, f"As{name}")(value)


@pytest.mark.parametrize("name", TYPES)
@given(value=INTEGERS)
@bounded
def test_any_integer(module: ModuleType, name: str, value: int) -> None:
    lowest, highest = limits(name)
    assert getattr(module, f"From{name}")(value) == wrap(value, *TYPES[name])
    convert = getattr(module, f"As{name}")
    if lowest <= value <= highest:
        assert convert(value) == value
    else:
        with pytest.raises(OverflowError):
            convert(value)


@pytest.mark.parametrize("name", MASKS)
@given(value=INTEGERS)
@bounded
def test_masks(module: ModuleType, name: str, value: int) -> None:
    expected = value & ((1 << MASKS[name]) - 1)
    assert getattr(module, f"As{name}")(value) == expected
    assert getattr(module, f"As{name}")(Sub(value)) == expected
    assert getattr(module, f"As{name}")(Index(value)) == expected


#: What CPython's PyLong_AsLong and its kin say.
MESSAGES = {
    ("Int32_t", 2**31): "Python int too large to convert to C int32_t",
    ("Int32_t", -(2**31) - 1): "Python int too large to convert to C int32_t",
    ("Int32_t", 2**64): "Python int too large to convert to C long",
    ("UInt32_t", 2**32): "Python int too large to convert to C uint32_t",
    ("UInt32_t", 2**64 - 1): "Python int too large to convert to C uint32_t",
    ("UInt32_t", 2**64): "Python int too large to convert to C unsigned long",
    ("UInt32_t", -1): "can't convert negative value to unsigned int",
    ("Int64_t", 2**63): "Python int too large to convert to C long",
    ("Int64_t", -(2**63) - 1): "Python int too large to convert to C long",
    ("UInt64_t", 2**64): "Python int too large to convert to C unsigned long",
    ("UInt64_t", -1): "can't convert negative value to unsigned int",
    ("UInt64_t", -(2**70)): "can't convert negative value to unsigned int",
    ("Long", 2**63): "Python int too large to convert to C long",
    ("UnsignedLong", -1): "can't convert negative value to unsigned int",
    ("Size_t", 2**64): "Python int too large to convert to C size_t",
    ("Size_t", -1): "can't convert negative value to size_t",
    ("Ssize_t", 2**63): "Python int too large to convert to C ssize_t",
    ("Ssize_t", -(2**63) - 1): "Python int too large to convert to C ssize_t",
}


@pytest.mark.skipif(LONG != 64, reason="the messages name C's types")
@pytest.mark.parametrize(("name", "value"), MESSAGES)
def test_overflow_messages(module: ModuleType, name: str, value: int) -> None:
    with pytest.raises(OverflowError) as caught:
        getattr(module, f"As{name}")(value)
    assert str(caught.value) == MESSAGES[name, value]


@pytest.mark.parametrize("name", ["Int32_t", "Int64_t", "Long", "LongLong", *MASKS])
def test_index_is_asked(module: ModuleType, name: str) -> None:
    convert = getattr(module, f"As{name}")
    assert convert(Index()) == 2
    assert convert(Index(2**31 - 1)) == 2**31 - 1
    assert convert(True) == 1
    for wrong in (1.0, "1", None, Int()):
        with pytest.raises(TypeError, match=r"cannot be interpreted as an integer|is required"):
            convert(wrong)

    class Failing:
        def __index__(self) -> int:
            raise LookupError("failed")

    with pytest.raises(LookupError, match=r"^failed$"):
        convert(Failing())


@pytest.mark.parametrize(
    "name", ["UInt32_t", "UInt64_t", "UnsignedLong", "UnsignedLongLong", "Size_t", "Ssize_t"]
)
def test_index_is_not_asked(module: ModuleType, name: str) -> None:
    convert = getattr(module, f"As{name}")
    assert convert(True) == 1
    for wrong in (1.0, "1", None, Int(), Index()):
        with pytest.raises(TypeError, match=r"^an integer is required$"):
            convert(wrong)


@given(value=st.integers(-(2**1100), 2**1100) | INTEGERS)
@bounded
def test_double(module: ModuleType, value: int) -> None:
    try:
        expected = float(value)
    except OverflowError:
        with pytest.raises(OverflowError, match=r"^int too large to convert to float$"):
            module.AsDouble(value)
    else:
        assert module.AsDouble(value) == expected
        assert module.AsDouble(Sub(value)) == expected


def test_double_of_what_is_no_int(module: ModuleType) -> None:
    for wrong in (1.0, "1", None, Int(), Index()):
        with pytest.raises(TypeError, match=r"^an integer is required$"):
            module.AsDouble(wrong)


def test_void_pointer(module: ModuleType) -> None:
    top = 1 << SIZE
    for value in (0, 1, 2**30, 2**31, 2**63 - 1, 2**63, top - 1):
        assert module.AsVoidPtr(value) == value
    assert module.AsVoidPtr(-1) == top - 1
    assert module.AsVoidPtr(-(2**63)) == 2**63
    for value in (top, -(2**63) - 1):
        with pytest.raises(OverflowError):
            module.AsVoidPtr(value)
    with pytest.raises(TypeError):
        module.AsVoidPtr("1")


def test_process_ids(module: ModuleType) -> None:
    for value in (0, 1, -1, 2**31 - 1):
        assert module.FromPid(value) == module.AsPid(value) == value


def test_bool(module: ModuleType) -> None:
    for value in (0, 1, -1, 2**40, -(2**40)):
        assert module.BoolFromLong(value) is bool(value)


def test_results_are_ints_of_the_usual_kind(module: ModuleType) -> None:
    for name in TYPES:
        assert type(getattr(module, f"From{name}")(5)) is int
        assert getattr(module, f"From{name}")(5) is 4 + 1


def test_nothing_is_kept(module: ModuleType) -> None:
    inputs: tuple[Any, ...] = (10**6, 2**62, 2**100, -(2**40), Index(2**31 - 5), Sub(2**40), "no")

    def work() -> None:
        for name in (*TYPES, *MASKS, "Double", "VoidPtr"):
            for value in inputs:
                try:
                    getattr(module, f"As{name}")(value)
                except (OverflowError, TypeError):
                    pass
        for name in TYPES:
            getattr(module, f"From{name}")(2**62)

    assert_stable(work, *inputs)
