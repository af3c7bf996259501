"""Slots that become special methods, where the method alone does not say all."""

from __future__ import annotations

from types import ModuleType

import pytest


def test_call_functions_in_the_struct(values: ModuleType) -> None:
    class Sub(values.Caller):  # type: ignore[name-defined, misc]
        pass

    for kind in (values.Caller, Sub):
        with pytest.raises(TypeError, match=rf"^'{kind.__name__}' object is not callable$"):
            kind(0)()
        assert kind(1)("a", "b", "c") == 3  # which C has written there
        assert kind(2)() == 77  # which HPy_SetCallFunction has, and nothing beside it


def test_powers_in_place_have_no_modulus() -> None:
    """As in CPython: an ``__ipow__`` is not given one."""
    from hpybc.boxed.handles import NULL
    from hpybc.boxed.numbers import HPy_InPlacePower

    class Base:
        def __ipow__(self, exponent: int) -> object:
            return "ipow", exponent

    assert HPy_InPlacePower(Base(), 7, 5) == ("ipow", 7)
    assert HPy_InPlacePower(Base(), 7, NULL) == ("ipow", 7)
    assert HPy_InPlacePower(4, 5, 7) == pow(4, 5, 7)
    assert HPy_InPlacePower(4, 5, None) == 4**5
