"""Symbols: what is left to others, in bitcode and in object code, and who has it."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from hpybc import errors
from hpybc.jit import symbols, target
from hpybc.jit.build import Options, build
from hpybc.jit.module import parsed

Assembled = Callable[..., bytes]


def test_symbols_that_may_be_missing(assembled: Assembled) -> None:
    """A weak one is null then: nobody need define it."""
    text = """
    @variable = extern_weak global i32
    declare extern_weak void @function()
    define i1 @f() {
      %both = icmp eq ptr @variable, @function
      ret i1 %both
    }
    """
    with parsed(assembled(text)) as module:
        assert module.undefined == symbols.undefined(module) == []


def test_symbols_of_assembly(assembled: Assembled) -> None:
    """What it defines is not undefined, what it alone uses is."""
    text = """
    module asm ".globl made"
    module asm "made: jmp own"
    module asm "local: jmp foreign"
    module asm ".weak missing"
    module asm ".quad missing"
    declare void @made()
    declare void @local()
    declare void @other()
    define void @own() { call void @made() call void @local() call void @other() ret void }
    module asm "jmp another_name"
    @another_name = alias void (), ptr @own
    """
    with parsed(assembled(text)) as module:
        assert module.undefined == ["local", "made", "other"]
        assert symbols.undefined(module) == ["foreign", "other"]


def test_symbols_of_assembly_with_versions(assembled: Assembled) -> None:
    """A name in the source may stand for another, and of a certain version."""
    text = """
    module asm ".symver oldest, memcpy@GLIBC_2.2.5"
    declare ptr @oldest()
    declare ptr @"with \\22 and \\5C"()
    define ptr @f() { %r = call ptr @oldest() ret ptr %r }
    """
    with parsed(assembled(text)) as module:
        assert symbols.undefined(module) == ["memcpy@GLIBC_2.2.5", 'with " and \\']


def test_where_sections_begin_and_end(assembled: Assembled) -> None:
    """The linker knows, of those that there are."""
    text = """
    @entry = global i32 1, section "registry"
    @__start_registry = external global i32
    @__stop_registry = external global i32
    @__start_other = external global i32
    @uses = global [3 x ptr] [ptr @__start_registry, ptr @__stop_registry, ptr @__start_other]
    """
    with parsed(assembled(text)) as module:
        assert symbols.undefined(module) == ["__start_other"]


def test_missing_knows_the_process() -> None:
    """The interpreter's functions, the C library's and libgcc's are there."""
    there = ["PyLong_FromLong", "malloc", "PyExc_ValueError", "environ", "__divti3"]
    assert symbols.missing([*there, "zebra", "aardvark"]) == ["zebra", "aardvark"]


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="versions differ with architectures")
def test_missing_knows_versions() -> None:
    """Those that nobody gets who does not ask for them, too."""
    assert symbols.missing(["memcpy@GLIBC_2.2.5", "malloc@@GLIBC_2.2.5", "malloc@GLIBC_9"]) == [
        "malloc@GLIBC_9"
    ]


def test_all_that_is_missing_is_named(assembled: Assembled) -> None:
    """Also what only LLVM calls, or assembly."""
    text = """
    module asm "jmp aardvark"
    declare void @zebra()
    define i128 @f(i128 %a, i128 %b) {
      call void @zebra()
      %c = sdiv i128 %a, %b
      ret i128 %c
    }
    """
    with pytest.raises(errors.UndefinedSymbolError) as caught:
        build(assembled(text), [], target.host(), Options(("f",)))
    assert caught.value.symbols == ("aardvark", "zebra")
    assert caught.value.what == "undefined symbols"
