"""HPy_BuildValue."""

from __future__ import annotations

import struct
import sys
from types import ModuleType

import pytest

from tools.support import assert_stable

pytestmark = pytest.mark.budgets

INT_BITS, LONG_BITS = 8 * struct.calcsize("i"), 8 * struct.calcsize("l")


def test_no_unit_is_none(module: ModuleType) -> None:
    assert module.nothing() is None


def test_integers(module: ModuleType) -> None:
    assert module.integers() == (
        -(2 ** (INT_BITS - 1)),
        2**INT_BITS - 1,
        -(2 ** (LONG_BITS - 1)),
        2**LONG_BITS - 1,
        -(2**63),
        2**64 - 1,
        -sys.maxsize - 1,
    )


def test_floats_and_strings(module: ModuleType) -> None:
    assert module.floats() == (0.5, 1e300)
    assert module.strings() == ("café", None)
    with pytest.raises(UnicodeDecodeError):
        module.not_utf8()


def test_one_unit_is_the_value_and_brackets_make_a_container(module: ModuleType) -> None:
    value = object()
    references = sys.getrefcount(value)
    assert module.one(value) is value
    assert module.tuple_of_one(value) == (value,)
    assert module.two(value, value) == (value, value)
    assert module.nested("x", "y") == (["x", ()], {"y": [7], "k": ("x",)})
    assert module.empty() == ((), [], {})
    assert sys.getrefcount(value) == references


def test_null_keeps_the_exception_or_gets_one(module: ModuleType) -> None:
    with pytest.raises(LookupError, match=r"^'?mine'?$"):
        module.null_with_exception()
    with pytest.raises(SystemError, match=r"^HPy_NULL object passed to HPy_BuildValue$"):
        module.null_without_exception()


def test_unhashable_key(module: ModuleType) -> None:
    with pytest.raises(TypeError, match=r"unhashable"):
        module.unhashable([])


@pytest.mark.parametrize(
    ("fmt", "value"),
    [("i", 1), ("i,", 1), ("ii", (1, 2)), ("(i)(i)", ((1,), (2,))), ("{i:i}", {1: 2}),
     ("{i:i,}", {1: 2}), ("{ i : [i,i] }", {1: [2, 3]}), ("[{}i]", [{}, 1])],
)  # fmt: skip
def test_formats(module: ModuleType, fmt: str, value: object) -> None:
    assert module.format(fmt) == value


@pytest.mark.parametrize(
    ("fmt", "problem"),
    [("q", "bad format char 'q'"), ("(q)", "bad format char 'q'"), ("(i", "unmatched '('"),
     ("i)", "unmatched ')'"), ("[i)", "unmatched '['"), ("(i]", "unmatched '('"),
     ("[(i]", "unmatched '['"), ("{i:i", "unmatched '{'"), ("{i}", "missing ':'"),
     ("{i:ii}", "missing ','"), ("{i:i,,}", "unexpected ','"), ("{,}", "unexpected ','")],
)  # fmt: skip
def test_bad_formats(module: ModuleType, fmt: str, problem: str) -> None:
    with pytest.raises(SystemError) as caught:
        module.format(fmt)
    assert str(caught.value) == problem + " in the format string passed to HPy_BuildValue"


def test_n_would_steal(module: ModuleType) -> None:
    with pytest.raises(SystemError, match=r"does not support the 'N' formatting unit"):
        module.format("N")


def test_nothing_is_kept(module: ModuleType) -> None:
    key, value = "key", object()

    def work() -> None:
        module.nested(value, key)
        for fail in (module.null_without_exception, module.null_with_exception, module.not_utf8):
            with pytest.raises((SystemError, LookupError, UnicodeDecodeError)):
                fail()
        with pytest.raises(TypeError):
            module.unhashable([value])
        with pytest.raises(SystemError):
            module.format("{i:ii}")

    assert_stable(work, key, value)
