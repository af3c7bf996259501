"""The error classes: their message, their bases, their documentation."""

from __future__ import annotations

import inspect
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


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_class_is_documented(cls: type[Exception]) -> None:
    assert issubclass(cls, errors.HpybcError)
    assert cls.__doc__
    table = (Path(__file__).parent.parent / "docs" / "errors.md").read_text()
    assert f"| `{cls.__name__}` |" in table
