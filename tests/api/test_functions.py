"""Functions of HPy that are macros here as well."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

UNITS = dict(zip("bhilLnBHIkKfdpsO", [*range(1, 12), 0.5, 2.5, True, "s", ...], strict=True))


@pytest.fixture(params=["c", "cpp"])
def module(
    request: pytest.FixtureRequest,
    fresh: Callable[..., ModuleType],
    loaded: dict[Any, ModuleType],
) -> ModuleType:
    """The module of either twin."""
    key = (request.path, request.param)
    if key not in loaded:
        loaded[key] = fresh(source=f"test_functions.{request.param}")
    return loaded[key]


def built(units: Mapping[str, object]) -> tuple[object, ...]:
    """What the twin builds of its variables."""
    *ints, i, k, kk, f, d, p, s, o = units.values()
    return (*ints[:6], [*ints[6:], i, k, kk], {"f": f, "d": d}, int(bool(p)), s, o)


def test_addresses_of_parsers(module: ModuleType) -> None:
    """Every unit, through a pointer to the function."""
    assert module.by_position(*UNITS.values()) == built(UNITS)
    assert module.by_keyword(*UNITS.values()) == built(UNITS)
    assert module.by_keyword(**UNITS) == built(UNITS)
    assert module.by_dict(UNITS) == built(UNITS)
    left_out = dict.fromkeys(UNITS, 0) | {"s": "default", "O": None}
    assert module.by_keyword() == module.by_dict({}) == built(left_out)
    some = left_out | {"l": 7, "d": 0.25}
    assert module.by_keyword(d=0.25, l=7) == module.by_dict({"d": 0.25, "l": 7}) == built(some)


def test_errors_of_parsers(module: ModuleType) -> None:
    with pytest.raises(TypeError, match=r"^by_position\(\) required positional argument missing$"):
        module.by_position(1)
    with pytest.raises(OverflowError, match=r"^by_position\(\) unsigned byte integer is greater"):
        module.by_position(*(UNITS | {"b": 256}).values())
    with pytest.raises(TypeError, match=r"^by_keyword\(\) got an unexpected keyword argument 'x'$"):
        module.by_keyword(x=1)
    with pytest.raises(TypeError):
        module.by_dict({"x": 1})


def test_addresses_of_makers(module: ModuleType) -> None:
    assert module.nothing() is None
    assert module.packed(1, "b", None) == (1, "b", None)
    assert module.packed_nothing() == ()
    assert module.formatted("x") == "5 five 'x'"
    assert module.written() == "text"
    with pytest.raises(ValueError, match=r"^'x'$"):
        module.raised("x")
    with pytest.raises(SystemError, match="bad format char 'y'"):
        module.unknown_unit()
    with pytest.raises(SystemError, match=r"unmatched '\('"):
        module.unmatched(1)
    thing = SimpleNamespace(x=1, y=2)
    module.deleted(thing, True)
    assert vars(thing) == {"y": 2}


def test_in_parentheses(module: ModuleType) -> None:
    """No macro is expanded there."""
    assert module.parenthesised(1, 2) == (1, 2)
    assert module.parenthesised(1, y=2) == module.parenthesised(y=2, x=1) == (1, 2)
    with pytest.raises(TypeError):
        module.parenthesised(1, z=2)


def test_compound_literals(module: ModuleType) -> None:
    """Their commas are none between the arguments of a call."""
    assert module.turned(1, 2) == (2, 1)
    assert module.named(1) == (1, -1)
    assert module.named(y=1) == (-1, 1)
    assert module.named_in_dict({"x": 3}) == (3, -1)
    with pytest.raises(TypeError, match=r"^named\(\) got an unexpected keyword argument 'z'$"):
        module.named(z=1)


def test_field_that_a_function_returns(module: ModuleType) -> None:
    value = object()
    references = sys.getrefcount(value)
    for _ in range(3):
        assert module.through_a_field(value) is value
    assert sys.getrefcount(value) == references


def test_any_number_of_variables(module: ModuleType) -> None:
    assert module.many() == [0] * 40
    assert module.many(*range(40)) == list(range(40))
    with pytest.raises(TypeError, match="too many arguments"):
        module.many(*range(41))


def test_a_call_in_the_arguments_of_another(module: ModuleType) -> None:
    assert module.nested(1, 5) == 5
    assert module.nested(0, 5) == 0
