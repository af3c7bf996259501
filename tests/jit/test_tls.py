"""Thread-local variables without a dynamic linker: each thread still has its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from hpybc import errors
from hpybc.jit import tls
from hpybc.jit.module import parsed
from hpybc.toolchain.compile import compile_extension

SOURCE = """
#include "hpy.h"
#include <string.h>
static _Thread_local long count = 40;
static _Thread_local struct { char c; long long values[4]; } pair = {'x', {1, 2, 3, 4}};
static _Thread_local _Alignas(64) char aligned[3];
HPyDef_METH(step, "step", HPyFunc_NOARGS)
static HPy step_impl(HPyContext *ctx, HPy self) {
    (void)self;
    aligned[0]++;
    pair.values[2] += aligned[0];
    return HPyTuple_Pack(ctx, 3, HPyLong_FromLong(ctx, ++count),
                         HPyLong_FromLongLong(ctx, pair.values[2] + (pair.c == 'x')),
                         HPyLong_FromSize_t(ctx, (size_t)aligned % 64));
}
static HPyDef *defines[] = {&step, NULL};
static HPyModuleDef definition = {.defines = defines};
HPy_MODINIT(threads, definition)
"""


def test_every_thread_starts_anew(tmp_path: Path, engine: str) -> None:
    """From the initial values, at the alignment that was asked for."""
    source, output = tmp_path / "threads.c", tmp_path / "threads.bc"
    source.write_text(SOURCE)
    compile_extension([str(source)], str(output))
    module = hpybc.load(output)
    found: list[object] = []

    def steps() -> None:
        found.extend(module.step() for _ in range(3))

    for _ in range(3):
        thread = threading.Thread(target=steps)
        thread.start()
        thread.join()
    assert found == [(41, 5, 0), (42, 7, 0), (43, 10, 0)] * 3


# What clang writes where a variable is initialised: its name, without asking for the address.
NAMED = """
%struct.T = type { i64, [3 x i64] }
@"a b" = internal thread_local(localdynamic) global %struct.T zeroinitializer, align 8
@plain = global i32 0
declare ptr @llvm.threadlocal.address.p0(ptr)
declare void @use(ptr, i64)
define ptr @entry(i1 %c) {
start:
  store i32 1, ptr @"a b"
  store i64 2, ptr getelementptr inbounds (i8, ptr @"a b", i64 16)
  store i32 3, ptr @plain
  call void @use(ptr getelementptr (i8, ptr @"a b", i64 8),
                 i64 ptrtoint (ptr getelementptr (i8, ptr @"a b", i64 8) to i64))
  br i1 %c, label %next, label %start.1
start.1:
  br label %next
next:
  %p = phi ptr [ @"a b", %start ], [ @plain, %start.1 ]
  ret ptr %p
}
define ptr @other() {
  %1 = tail call nonnull align 8 ptr @llvm.threadlocal.address.p0(ptr nonnull align 8 @"a b")
  ret ptr %1
}
"""


def test_variable_by_its_name(assembled: Callable[..., bytes]) -> None:
    """Its address is taken once, where the function begins; constants made of it follow."""
    with parsed(assembled(NAMED)) as module:
        emulated = tls.emulated(module)
        emulated.verify()
        text = str(emulated)
    assert "thread_local" not in text
    control = '@"__emutls_v.a b"'
    assert f"{control} = internal global {{ i64, i64, ptr, ptr }} {{ i64 32, i64 8, " in text
    entry, other = text.split("define ")[1:]
    assert '@"a b"' not in entry + other
    assert entry.count(f"call ptr @__emutls_get_address(ptr {control})") == 1
    assert entry.index("__emutls_get_address") < entry.index("store i32 1")
    assert entry.count("getelementptr") == 3 and "ptr getelementptr" not in entry
    assert "store i32 3, ptr @plain" in entry
    assert f"ptr @__emutls_get_address(ptr {control})" in other


def test_module_without_such_variables(assembled: Callable[..., bytes]) -> None:
    """Remains what it is."""
    with parsed(assembled("@a = global i32 0\ndefine i32 @f() { ret i32 0 }")) as module:
        assert tls.emulated(module) is module


def test_constant_that_is_not_understood(assembled: Callable[..., bytes]) -> None:
    """An error that names a way out."""
    text = """
@a = thread_local global i32 0, align 4
define i64 @f() { ret i64 sub (i64 ptrtoint (ptr @a to i64), i64 4) }
"""
    expected = pytest.raises(errors.LinkError, match="thread-local")
    with parsed(assembled(text)) as module, expected as caught:
        tls.emulated(module)
    assert caught.value.reason == "no linker"
    assert "hpybc[compiler]" in caught.value.remedy


def test_variable_of_a_library(assembled: Callable[..., bytes]) -> None:
    """LLVM's linker would end the process."""
    text = """
@a = external thread_local global i32
define i32 @f() { %a = load i32, ptr @a ret i32 %a }
"""
    expected = pytest.raises(errors.LinkError, match="thread-local")
    with parsed(assembled(text)) as module, expected as caught:
        tls.emulated(module)
    assert caught.value.found == "'a', which another library defines"
