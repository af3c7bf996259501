"""Aliases and indirect functions, in LLVM IR: what replaces them, and what stays."""

from __future__ import annotations

import pytest

from hpybc import errors
from hpybc.jit import aliases


def test_aliases_are_replaced_by_what_they_stand_for() -> None:
    """Wherever code or data refers to them; strings that look like them are none."""
    text = """
@data = global [2 x i32] zeroinitializer
@second = dso_local alias i32, getelementptr inbounds (i8, ptr @data, i64 4)
@first = weak alias i32 (i32, ptr), ptr @f
@"again and" = internal alias i32 (i32, ptr), ptr @first
@behind = alias i32, ptr getelementptr (i8, ptr @data, i64 4)
@table = global [3 x ptr] [ptr @first, ptr @"again and", ptr @behind]
@text = constant [7 x i8] c"@first\00"
define i32 @f(i32 %0, ptr %1) { ret i32 1 }
define i32 @g() {
  %a = call i32 @first(i32 1, ptr @behind)
  ret i32 %a
}
""".replace("i32, getelementptr", "i32, ptr getelementptr")
    found = aliases.resolved(text)
    assert "alias" not in found
    place = "getelementptr (i8, ptr @data, i64 4)"
    assert f"[ptr @f, ptr @f, ptr {place}]" in found
    assert f"call i32 @f(i32 1, ptr {place})" in found
    assert 'c"@first\00"' in found


def test_aliases_that_assembly_names() -> None:
    """They stay: assembly cannot be changed."""
    text = "@first = alias i32 (), ptr @f\n@second = alias i32 (), ptr @f\n"
    assert aliases.resolved(text, frozenset({"first"})) == "@first = alias i32 (), ptr @f\n"


def test_indirect_functions_are_internal() -> None:
    """Whatever they were."""
    text = "@f = weak_odr hidden ifunc i32 (), ptr @r\n@g = ifunc i32 (), ptr @r\n"
    assert aliases.resolved(text) == (
        "@f = internal ifunc i32 (), ptr @r\n@g = internal ifunc i32 (), ptr @r\n"
    )


def test_entry_point() -> None:
    """It becomes a function, whatever it stands for; other aliases stay for `resolved`."""
    text = """
@PyInit_a = weak dso_local alias ptr (), ptr @make
@"PyInit_b" = alias ptr (), getelementptr (i8, ptr @make, i64 0)
@number = alias i32, ptr @variable
"""
    assert aliases.with_entry(text, "PyInit_") == text
    found = aliases.with_entry(text, "PyInit_a")
    assert "define ptr @PyInit_a() {\n  %1 = call ptr @make()\n  ret ptr %1\n}\n" in found
    assert "alias i32, ptr @variable" in found


def test_circle() -> None:
    """LLVM reads such a file."""
    with pytest.raises(errors.LinkError) as caught:
        aliases.resolved("@a = alias i32, ptr @b\n@b = alias i32, ptr @a\n")
    assert (caught.value.reason, caught.value.found) == ("aliases", "@a, @b")
