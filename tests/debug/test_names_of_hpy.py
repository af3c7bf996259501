"""What ports of HPy projects import: the names are HPy's, under ``hpybc`` instead of ``hpy``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

#: As HPy's documentation has them, and tests of projects that use HPy.
TESTS = """
import pytest
from hpy.debug import LeakDetector as SameDetector
from hpy.debug.leakdetector import HPyDebugError, HPyLeakError, LeakDetector
from hpy.debug.pytest import hpy_debug
import hpy.debug

m = {load}

def test_names():
    assert SameDetector is LeakDetector
    assert issubclass(HPyLeakError, HPyDebugError)
    hpy.debug.disable_handle_stack_traces()

def test_no_leak(hpy_debug):
    assert isinstance(hpy_debug, LeakDetector)
    assert m.add(1, 2) == 3

def test_leak(hpy_debug):
    m.leak("the value")

def test_detector():
    with pytest.raises(HPyLeakError, match="the value"):
        with LeakDetector():
            m.leak("the value")
"""

SOURCE = """
HPyDef_METH(leak, "leak", HPyFunc_O)
static HPy leak_impl(HPyContext *ctx, HPy self, HPy arg) {
    HPy_Dup(ctx, arg);
    return HPy_Dup(ctx, ctx->h_None);
}
"""


@pytest.mark.parametrize("plugin", [(), ("-p", "no:hpybc")], ids=["plugin", "alone"])
def test_a_port(plugin: tuple[str, ...], tmp_path: Path, compiled: Callable[..., Path]) -> None:
    """Only the word ``hpy`` changes in its imports."""
    source = (EXAMPLES / "quickstart.c").read_text()
    defines = "static HPyDef *module_defines[] = {"
    source = source.replace(defines, f"{SOURCE}{defines}&leak, ")
    (tmp_path / "quickstart.c").write_text(source)
    file = str(compiled(tmp_path / "quickstart.c"))
    tests = TESTS.replace("hpy.", "hpybc.").format(load=f"hpybc.load({file!r}, mode='debug')")
    (tmp_path / "test_port.py").write_text(tests)
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *plugin)
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120,
        env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    found = re.findall(r"^(PASSED|FAILED|ERROR) \S*::(\w+)", done.stdout, re.M)
    assert sorted(found) == [
        ("ERROR", "test_leak"),  # when its fixture ends
        ("PASSED", "test_detector"),
        ("PASSED", "test_leak"),
        ("PASSED", "test_names"),
        ("PASSED", "test_no_leak"),
    ], done.stdout + done.stderr
    assert "HPyLeakError: 1 unclosed handle" in done.stdout
