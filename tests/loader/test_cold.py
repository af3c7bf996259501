"""What a cold load tells while it builds."""

from __future__ import annotations

import logging
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc

pytestmark = pytest.mark.cold

#: A load whose build takes longer than the terminal's patience.
SLOW = """
import sys, time
from hpybc.process import child, progress
progress._PATIENCE = {patience}
call = child.call
def slowly(*arguments, **options):
    time.sleep(0.3)
    return call(*arguments, **options)
child.call = slowly
import hpybc
assert hpybc.load({path!r}).answer() == 42
"""

#: Where lld optimises, makes machine code and links; otherwise the last one is three.
STAGES = ["process", "llvmlite", "parse", "link", "compile"]

#: What is said of the budget for inlining, while the file is parsed.
BUDGET = r"hpybc\.build: \d+ of \d+ calls inlined in \d+ steps, .*"


def load_at_terminal(code: str, folder: Path) -> str:
    """What a new process prints whose standard error is a terminal."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "HPYBC_CACHE_DIR": str(folder)}
    done = subprocess.run([sys.executable, "-I", "-c", code], env=env, stderr=theirs)
    os.close(theirs)
    printed = b""
    try:
        while part := os.read(ours, 1000):
            printed += part
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert done.returncode == 0, printed
    return printed.decode()


def test_a_slow_cold_load_at_a_terminal(answer: Callable[..., Path], folder: Path) -> None:
    """And nothing once it is in the cache."""
    code = SLOW.format(path=str(answer()), patience=0.1)
    said = rf"hpybc: compiling {re.escape(str(answer()))} for this machine \.\.\. \d+\.\d s"
    (line, end) = load_at_terminal(code, folder).split("\n")
    assert end == ""
    # It was written over again and again, at last with how long it took.
    assert re.fullmatch(said, line.rstrip("\r").rpartition("\r")[2].removesuffix("\033[K"))
    assert load_at_terminal(code, folder) == ""


def test_each_stage_is_timed(
    answer: Callable[..., Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``HPYBC_LOG=debug`` is all it takes."""
    code = f"import hpybc; hpybc.load({str(answer())!r})"

    def logged(**variables: str) -> list[str]:
        env = {**os.environ, "HPYBC_CACHE_DIR": str(folder), **variables}
        done = subprocess.run(
            [sys.executable, "-I", "-c", code], env=env, capture_output=True, text=True, check=True
        )
        return done.stderr.splitlines()

    lines = logged(HPYBC_LOG="debug")
    (budget,) = (line for line in lines if re.fullmatch(BUDGET, line))
    lines.remove(budget)
    found = [re.fullmatch(r"hpybc\.build: (\w+) +\d+\.\d ms", line) for line in lines]
    assert [match and match[1] for match in found] == STAGES
    assert logged(HPYBC_LOG="debug") == []  # a warm load has none
    for entry in folder.iterdir():
        entry.unlink()
    assert logged() == []


def test_programs_that_log_by_themselves(
    answer: Callable[..., Path], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The stages come as records of the logger hpybc.build."""
    with caplog.at_level(logging.DEBUG, "hpybc.build"):
        hpybc.load(answer())
    assert [record.name for record in caplog.records] == ["hpybc.build"] * (len(STAGES) + 1)


def test_the_process_that_loads_imports_little_of_a_build(
    answer: Callable[..., Path], folder: Path
) -> None:
    """What the other process needs would be imported for nothing: that takes as long as lld."""
    others = {"compilation", "inlining", "once", "foreign", "formats", "entry", "trial"}
    unused = {f"hpybc.loader.{name}" for name in others}
    unused |= {f"hpybc.jit.{name}" for name in ("build", "link", "symbols", "target", "runtime")}
    unused |= {"llvmlite", "ctypes", "logging", "shutil", "tempfile"}
    code = "import sys, hpybc; hpybc.load(sys.argv[1]); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(answer())],
        env={**os.environ, "HPYBC_CACHE_DIR": str(folder), "HPYBC_ENGINE": "shared"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert unused.isdisjoint(done.stdout.split()), unused.intersection(done.stdout.split())
    assert len(list(folder.iterdir())) == 1
