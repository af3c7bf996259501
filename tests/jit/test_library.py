"""Static libraries: what a module gets of them, and what it does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hpybc.jit.library import Library, link_in
from hpybc.jit.module import parsed

Assembled = Callable[..., bytes]

LIBRARY = """
define i32 @first() { %r = call i32 @second() ret i32 %r }
define i32 @second() { ret i32 2 }
define i32 @third() { ret i32 3 }
"""

NAMES = frozenset({"first", "second", "third"})


@pytest.fixture
def linked(assembled: Assembled) -> Callable[..., dict[str, str]]:
    """linked(text, *shared) -> what the module ``text`` consists of with the library."""

    def link_text(text: str, *shared: str) -> dict[str, str]:
        with parsed(assembled(text)) as module:
            link_in(module, [Library(NAMES, assembled(LIBRARY))], shared.__contains__)
            return {value.name: value.linkage.name for value in module.functions}

    return link_text


CALLS = "declare i32 @first() define i32 @own() { %r = call i32 @first() ret i32 %r }"


def test_what_is_needed(linked: Callable[..., dict[str, str]]) -> None:
    """And what that needs, which stays hidden."""
    assert linked(CALLS) == {"own": "external", "first": "external", "second": "internal"}


def test_definition_of_its_own(linked: Callable[..., dict[str, str]]) -> None:
    """The library's own calls stay in the library."""
    found = linked(CALLS + " define i32 @second() { ret i32 22 }")
    assert found["second"] == "external"
    assert sorted(found.values()) == ["external"] * 3 + ["internal"]


def test_shared_library_has_it(linked: Callable[..., dict[str, str]]) -> None:
    """Then the static one is not asked."""
    assert linked(CALLS, "first") == {"own": "external", "first": "external"}


def test_nothing_is_needed(linked: Callable[..., dict[str, str]]) -> None:
    """By a module that calls nothing, or only what it may do without."""
    assert linked("define i32 @own() { ret i32 1 }") == {"own": "external"}
    weak = "declare extern_weak i32 @first() define ptr @own() { ret ptr @first }"
    assert linked(weak) == {"own": "external", "first": "external_weak"}
