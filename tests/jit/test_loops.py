"""Loops: unrolled by the loader if the number of their rounds is known."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import hpybc
from hpybc.jit import target
from hpybc.jit.build import Options, build_ir
from hpybc.jit.loops import unrollable
from hpybc.jit.module import parsed
from hpybc.loader import extension

LOOPS = Path(__file__).with_name("loops.c")


def test_loops_are_left_to_the_loader(compiled: Callable[..., Path]) -> None:
    """clang unrolls nothing, and the file says that the loader may."""
    with parsed(extension.read(compiled(LOOPS)).payload) as module:
        text = str(module)
    assert text.count('!"llvm.loop.unroll.runtime.disable"') == 1  # all loops have it in common
    assert '!"llvm.loop.unroll.disable"' not in text
    assert text.count("store volatile") == 3


def test_what_clang_writes_on_loops() -> None:
    """It is not to be unrolled; the loader unrolls it where the rounds are known."""
    text = '!3 = !{!"llvm.loop.unroll.disable"}\n'
    assert unrollable(text) == '!3 = !{!"llvm.loop.unroll.runtime.disable"}\n'
    assert unrollable(unrollable(text)) == unrollable(text)


def test_a_loop_of_known_rounds_is_unrolled(
    compiled: Callable[..., Path], release: list[bytes]
) -> None:
    """All of it; of one that runs as often as somebody says there is one copy."""
    file = compiled(LOOPS)
    source = extension.read(file)
    ir = build_ir(source.payload, release, target.host(), Options(("PyInit_loops",)))
    functions = re.findall(r"^define [^\n]*@(\w+)\((.*?)^\}", ir, re.M | re.S)
    stores = {name: body.count("store volatile") for name, body in functions}
    assert (stores["run_trampoline"], stores["counted"]) == (8 + 4, 1)
    module = hpybc.load(file)
    assert module.run(0) == 3 + 6 + 9
    assert module.run(8) == 3 + 6 + 9 + 3 * 28


def test_what_another_compiler_has_unrolled(
    assembled: Callable[..., bytes], release: list[bytes]
) -> None:
    """Of a loop that it has made itself it may have reasons: it is left as it is."""
    text = """
    @output = global [4 x i64] zeroinitializer
    define void @f() {
      br label %loop
    loop:
      %round = phi i64 [ 0, %0 ], [ %next, %loop ]
      %place = getelementptr i64, ptr @output, i64 %round
      store volatile i64 1, ptr %place
      %next = add i64 %round, 1
      %done = icmp eq i64 %next, 4
      br i1 %done, label %end, label %loop, !llvm.loop !0
    end:
      ret void
    }
    !0 = distinct !{!0, !1}
    !1 = !{!"llvm.loop.unroll.disable"}
    """
    for foreign, stores in ((True, 1), (False, 4)):
        ir = build_ir(assembled(text), [], target.host(), Options(("f",), foreign=foreign))
        assert ir.count("store volatile") == stores
