"""Helpers inlined into many functions: each function keeps its own constants.

A helper that takes names, formats or characters as parameters is one place in the source, and after
inlining it is as many places as it has callers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest

#: The pairs of names in test_inlined.c, in the order of their numbers.
PAIRS = [
    ("width", "height"),
    ("height", "width"),
    ("größe", "a"),
    ("key", "keys"),
    ("a", "b"),
    ("b", "a"),
    ("", "b"),
    ("a", "größe"),
    ("keys", "key"),
    ("offset", "whence"),
    ("width", "depth"),
    ("depth", "width"),
    ("whence", "offset"),
    ("first", "second"),
    ("second", "first"),
    ("a_name_longer_than_sixteen", "another_name_longer_than_sixteen"),
    ("another_name_longer_than_sixteen", "a_name_longer_than_sixteen"),
    ("x", "y"),
    ("y", "x"),
    ("x", "z"),
]
NUMBERED = list(enumerate(PAIRS))

#: Those with more functions than ``pair``.
FEW = NUMBERED[:4]


@pytest.fixture(params=["c", "cpp"])
def module(request: pytest.FixtureRequest, fresh: Callable[..., ModuleType]) -> ModuleType:
    """A new module of either twin: nothing has been called yet."""
    return fresh(source=f"test_inlined.{request.param}")


def check_keywords(function: Callable[..., object], names: tuple[str, str]) -> None:
    """``function`` takes two ints by ``names``, in their order, and nothing by another name."""
    one, two = names
    assert function(1, 2) == (1, 2)
    assert function(1, **{two: 2}) == (1, 2)
    if one:
        assert function(**{one: 1, two: 2}) == (1, 2)
        assert function(**{two: 2, one: 1}) == (1, 2)
        with pytest.raises(TypeError, match=re.escape(f"got multiple values for argument '{one}'")):
            function(1, 2, **{one: 1})
    for other in {name for pair in PAIRS for name in pair} - {one, two} - {""}:
        unexpected = f"got an unexpected keyword argument '{other}'"
        with pytest.raises(TypeError, match=re.escape(unexpected)):
            function(**{other: 1})


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(("kind", "pairs"), [("pair", NUMBERED), ("named", FEW)])
def test_keywords(
    module: ModuleType, kind: str, pairs: list[tuple[int, tuple[str, str]]], order: int
) -> None:
    """Whichever function is called first: an array of the caller's, and one of the helper's."""
    for number, names in pairs[::order] * 2:
        check_keywords(getattr(module, f"{kind}{number}"), names)


@pytest.mark.parametrize("order", [1, -1])
def test_keywords_from_a_dict(module: ModuleType, order: int) -> None:
    for number, (one, two) in FEW[::order] * 2:
        function = getattr(module, f"dict{number}")
        if one:
            assert function({two: 2, one: 1}) == (1, 2)
        with pytest.raises(TypeError):
            function({"nobody": 1})


@pytest.mark.parametrize("order", [1, -1])
def test_attributes_items_and_strings(module: ModuleType, order: int) -> None:
    for number, (name, _) in FEW[::order] * 2:
        thing, items = SimpleNamespace(**{name: number}), {"other": 0}
        found = getattr(module, f"everything{number}")(thing, items)
        assert found == (number, 1, 0, 1, 0, 0, 0, 1, 0, name)
        assert vars(thing) == {} and items == {"other": 0}


def test_formats(module: ModuleType) -> None:
    for _ in range(2):
        assert module.signed_units(1, 255) == (1, 255)
        assert module.masked_units(257, -1) == [1, 255]
        assert module.mixed_units(2, 256) == {2: 0}
        with pytest.raises(OverflowError):
            module.mixed_units(256, 2)


def test_names_that_change(module: ModuleType) -> None:
    """The array or the characters are others in the next call."""
    for _ in range(3):
        check_keywords(module.changing_names, ("a", "b"))
        assert module.changing_characters(abc=1, x=2) == (1, 2)
        with pytest.raises(TypeError):
            module.changing_characters(abd=1)
        assert module.stack_c(ac=1) == (1, -1)
        module.swap()
        check_keywords(module.changing_names, ("b", "a"))
        assert module.changing_characters(abd=1, x=2) == (1, 2)
        with pytest.raises(TypeError):
            module.changing_characters(abc=1)
        assert module.stack_c(ad=1) == (1, -1)
        assert module.stack_b(ab=1) == (1, -1)
        for function, name in [(module.stack_b, "ad"), (module.stack_c, "ab")]:
            with pytest.raises(TypeError):
                function(**{name: 1})
        module.swap()


def test_a_helper_that_calls_itself(module: ModuleType) -> None:
    for _ in range(2):
        assert module.recursive(a=1, b=2) == (1, 2)
        assert module.recursive(b=1, d=2) == (1, 2)
        assert module.recursive(c=1, d=2) == (1, 2)
        with pytest.raises(TypeError):
            module.recursive(a=1, d=2)


def test_templates(fresh: Callable[..., ModuleType]) -> None:
    module = fresh(source="test_inlined.cpp")
    for _ in range(2):
        assert (module.letter_p(), module.letter_q()) == (("p", "p"), ("q", "q"))
        check_keywords(module.instance0, ("a", "b"))
        check_keywords(module.instance1, ("b", "a"))
