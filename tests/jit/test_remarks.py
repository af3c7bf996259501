"""A load prints nothing, whatever LLVM thinks of the extension."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hpybc.jit.remarks import silenced
from hpybc.toolchain.compile import Options

SOURCE = Path(__file__).with_name("remarks.c")
#: The author has been told.
OPTIONS = Options(extra=("-Wno-pass-failed", "-Wframe-larger-than=100"))

LOAD = """
import sys
import hpybc
m = hpybc.load(sys.argv[1], mode=sys.argv[2])
assert m.keywords16(1, p=2) == m.keywords17(1, q=2) == m.keywords19(1, s=2) == 3
m.loops(5)
"""


@pytest.mark.parametrize("mode", ["release", "debug", "trace"])
def test_nothing_is_printed(mode: str, compiled: Callable[..., Path], folder: Path) -> None:
    path = str(compiled(SOURCE, OPTIONS))
    done = subprocess.run(
        [sys.executable, "-I", "-c", LOAD, path, mode], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(folder.iterdir())  # it was built


def test_silenced() -> None:
    """What turns an optimisation off stays."""
    kept = [
        '!1 = !{!"llvm.loop.unroll.disable"}',
        '!2 = !{!"llvm.loop.vectorize.enable", i1 false}',
        '!3 = !{!"llvm.loop.vectorize.width", i32 1}',
        '!4 = !{!"llvm.loop.unroll.runtime.disable"}',
        '!5 = !{!"llvm.loop.mustprogress"}',
        'attributes #1 = { nounwind "frame-pointer"="none" }',
    ]
    text = "\n".join(kept)
    assert silenced(text) == text
    assert (
        silenced('!1 = !{!"llvm.loop.unroll.count", i32 8}') == '!1 = !{!"llvm.loop.tried", i32 8}'
    )
    asked = 'attributes #1 = { nounwind "dontcall-warn"="no \\22!" "warn-stack-size"="9" }'
    assert silenced(asked) == "attributes #1 = { nounwind }"
