"""Processes with an extension in C++: what they need of the machine, and how they end."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hpybc.toolchain.compile import Options

HERE = Path(__file__).parent

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def run(compiled: Callable[..., Path]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """run(code, debug=False) -> a finished process that ran ``code`` with leaving.cpp as ``m``."""

    def start(code: str, debug: bool = False) -> subprocess.CompletedProcess[str]:
        file = compiled(HERE / "leaving.cpp", Options(debug=debug))
        return subprocess.run(
            [sys.executable, "-I", "-c", f"import hpybc; m = hpybc.load({str(file)!r}); {code}"],
            capture_output=True,
            text=True,
            timeout=120,
        )

    return start


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("debug", [False, True])
def test_exception_in_a_process_without_cplusplus(run: Run, debug: bool) -> None:
    """Cold, then warm: the second process has loaded nothing that needs an unwinder."""
    for _ in range(2):
        done = run("\ntry: m.caught()\nexcept IndexError as error: print(error)", debug)
        assert (done.stdout, done.returncode) == ("vector\n", 0)


def test_objects_are_destroyed_when_the_process_ends(run: Run) -> None:
    """After the interpreter, in the reverse order of their construction; each load has its own."""
    done = run("n = hpybc.load(m.__spec__.origin); n.use(); print(m.use())")
    assert (done.stdout, done.returncode) == ("global\n", 0)
    found = done.stderr.split("\n")
    assert found[:2] == ["thread-local destroyed"] * 2
    # Of the second load first.
    assert found[2:] == [
        "local destroyed",
        "local destroyed",
        "global destroyed",
        "last",
        "global destroyed",
        "last",
        "",
    ]


def test_exception_that_escapes(run: Run) -> None:
    """C++ ends the process, and says why."""
    done = run("m.escapes()")
    assert done.returncode == -signal.SIGABRT
    assert "terminating due to uncaught exception" in done.stderr
    assert done.stderr.rstrip().endswith("runtime_error: nobody catches this")
