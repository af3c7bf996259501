"""The error classes: their message, their bases, their documentation."""

from __future__ import annotations

import inspect
import json
import pickle
from pathlib import Path

import pytest

from hpybc import errors

CLASSES = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and value.__module__ == errors.__name__
]


def test_message_has_each_part_on_a_line() -> None:
    error = errors.LoadError(
        "the thing is wrong", path="a.bc", found="x", needed="y", remedy="do z", name="a"
    )
    assert str(error).splitlines() == [
        "a.bc: the thing is wrong",
        "  found:   x",
        "  needed:  y",
        "  remedy:  do z",
    ]
    assert (error.path, error.name) == ("a.bc", "a")
    assert isinstance(error, ImportError)


def test_absent_parts_leave_no_line() -> None:
    assert str(errors.HpybcError("broken")) == "broken"


@pytest.mark.parametrize(
    "error",
    [
        errors.UndefinedSymbolError("undefined symbols", symbols=["a", "b"], needed="c", path="d"),
        errors.LinkError("the linker failed", reason="linker failed", found="a", remedy="b"),
        errors.UsageError("no such mode", found="a"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_parts_make_the_same_error_again(error: errors.HpybcError) -> None:
    """As another process sends them, and as pickle does."""
    parts = json.loads(json.dumps({part: getattr(error, part) for part in error.PARTS}))
    assert vars(type(error)(**parts)) == vars(error)
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)


def test_symbols_are_no_part_of_the_message() -> None:
    error = errors.UndefinedSymbolError("undefined", symbols=["a, b"], found="one with a comma")
    assert error.symbols == ("a, b",)
    assert "one with a comma" in str(error)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_class_is_documented(cls: type[Exception]) -> None:
    assert issubclass(cls, errors.HpybcError)
    assert cls.__doc__
    table = (Path(__file__).parent.parent / "docs" / "errors.md").read_text()
    assert f"| `{cls.__name__}` |" in table


@pytest.mark.parametrize(
    "symbol",
    ["_ZSt17__throw_bad_allocv", "_ZNSt6localeC1Ev", "_ZNKSt9exception4whatEv", "_Znwm", "_ZdlPvm",
     "_ZTVN10__cxxabiv117__class_type_infoE", "_ZTISt9exception", "__cxa_throw",
     "__gxx_personality_v0"],
)  # fmt: skip
def test_missing_library_of_cplusplus(symbol: str) -> None:
    """It has a remedy of its own."""
    error = errors.undefined_symbols(["absent", symbol])
    assert error.found == f"absent, {symbol}"
    assert "C++ standard library" in error.needed
    assert "HPYBC_CLANG" in error.remedy


@pytest.mark.parametrize("symbol", ["absent", "_ZN5Stack3popEv", "_Z3newv", "_ZTV5Stack"])
def test_missing_symbol_of_the_extension(symbol: str) -> None:
    """C++ of its own is missing like C of its own."""
    error = errors.undefined_symbols([symbol])
    assert "C++" not in error.needed
    assert "compile the source that defines it" in error.remedy
