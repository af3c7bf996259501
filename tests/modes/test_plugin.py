"""The plugin of pytest: tests that leak handles fail, as docs/testing.md shows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hpybc.toolchain.compile import Options

SOURCE = """
#include "hpy.h"
HPyDef_METH(leak, "leak", HPyFunc_O)
static HPy leak_impl(HPyContext *ctx, HPy self, HPy arg) {
    HPy_Dup(ctx, arg);
    return HPy_Dup(ctx, ctx->h_None);
}
HPyDef_METH(keep, "keep", HPyFunc_O)
static HPy keep_impl(HPyContext *ctx, HPy self, HPy arg) { return HPy_Dup(ctx, arg); }
static HPyDef *defines[] = {&leak, &keep, NULL};
static HPyModuleDef module = {.defines = defines};
HPy_MODINIT(leaky, module)
"""

LINES = SOURCE.splitlines()

TESTS = """
import pytest, hpybc
hpybc.install()
import leaky

def test_good(): assert leaky.keep("kept") == "kept"
def test_leaks():
    leaky.leak("a value that leaks")
def test_fails():
    leaky.leak("another that leaks")
    assert 1 == 2
def test_skipped():
    pytest.skip("not today")
@pytest.mark.hpybc_leaks(allow=2)
def test_allowed():
    leaky.leak(1); leaky.leak(2)
@pytest.mark.hpybc_leaks(allow=1)
def test_more_than_allowed():
    leaky.leak(1); leaky.leak(2)
def test_by_fixture(hpybc_leaks):
    hpybc_leaks.allow = 1
    leaky.leak(1)
@pytest.mark.hpybc_leaks
def test_asked():
    leaky.leak("asked")
def test_of_hpy(hpy_debug):
    leaky.keep(1)
"""


Run = Callable[..., "tuple[dict[str, str], str]"]


@pytest.fixture
def run(tmp_path: Path, compiled: Callable[..., Path]) -> Run:
    (tmp_path / "leaky.c").write_text(SOURCE)
    file = compiled(tmp_path / "leaky.c", Options(debug=True))
    (tmp_path / "leaky.bc").write_bytes(file.read_bytes())
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")

    def run_(*arguments: str, **variables: str) -> tuple[dict[str, str], str]:
        """The outcome of each test, and all that pytest prints."""
        command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=120,
            env={**os.environ, "PYTHONPATH": str(tmp_path), "COLUMNS": "200", **variables},
        )  # fmt: skip
        words = [line.split() for line in done.stdout.splitlines()]
        outcomes = {
            line[1].rpartition("::")[2]: line[0]
            for line in words
            if len(line) > 1 and line[0] in ("PASSED", "FAILED", "ERROR") and "::" in line[1]
        }
        return outcomes, done.stdout + done.stderr

    return run_


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_debug(run: Run, workers: tuple[str, ...]) -> None:
    outcomes, said = run("--hpybc-debug", *workers)
    assert outcomes == {
        "test_good": "PASSED",
        "test_leaks": "FAILED",
        "test_fails": "FAILED",
        "test_allowed": "PASSED",
        "test_more_than_allowed": "FAILED",
        "test_by_fixture": "PASSED",
        "test_asked": "FAILED",
        "test_of_hpy": "PASSED",
    }
    assert "1 skipped" in said
    line = LINES.index("    HPy_Dup(ctx, arg);") + 1
    report = (
        "1 unclosed handle:\n"
        f"    1 handle opened at leaky.c:{line} in leak, by HPy_Dup\n"
        "        str 'a value that leaks', called from test_it.py:8 in test_leaks\n"
    )
    assert report in said
    assert "assert 1 == 2" in said  # the test's own, and the leak in a section
    assert "'another that leaks'" in said
    assert "pytest_plugin.py" not in said


def test_release(run: Run) -> None:
    """Nothing is debugged, and nothing found."""
    outcomes, said = run()
    assert [name for name, outcome in outcomes.items() if outcome != "PASSED"] == ["test_fails"]
    assert "unclosed" not in said


def test_who_asks_is_checked(run: Run) -> None:
    """In debug mode by the environment."""
    outcomes, _ = run(HPYBC_MODE="leaky:debug")
    failed = {name for name, outcome in outcomes.items() if outcome == "FAILED"}
    assert failed == {"test_fails", "test_more_than_allowed", "test_asked"}


def test_turned_off(run: Run) -> None:
    _, said = run("-p", "no:hpybc")
    assert "hpybc_leaks" in said and "not found in `markers`" in said
    _, said = run("-p", "no:hpybc", "--hpybc-debug")
    assert "unrecognized arguments: --hpybc-debug" in said
