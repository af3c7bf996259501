"""The functions whose place in the context is not the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.mark.parametrize("mode", ["UNIVERSAL", "DEBUG", "TRACE"])
def test_late(load_example: Callable[..., ModuleType], mode: str) -> None:
    check(load_example("late", mode))


def check(late: ModuleType) -> None:
    """Asserts that each function of the module ``late`` does what its name says."""
    assert late.capsule() == 42
    assert late.evaluate("6 * 7") == 42
    assert late.variable("value") == "value"
    assert late.type_name(int) == "int"
    assert (late.is_subtype(bool, int), late.is_subtype(int, bool)) == (True, False)
    assert late.decode(b"\xe9") == "\xe9"
    assert late.substring("hello") == "el"
    assert late.keys({1: 2}) == [1]
    original = {1: 2}
    copy = late.copy(original)
    assert copy == original
    assert copy is not original
    assert late.unpack(slice(1, 2, 3)) == (1, 2, 3)
    assert late.call(divmod, 7, 2) == (3, 1)
    assert late.call_method("upper", "abc") == "ABC"
    assert late.Twice()(21) == 42
