"""What a build tells: stages in the log, and a line for whoever waits at a terminal."""

from __future__ import annotations

import io
import re
import sys
import time

import pytest

from hpybc.jit import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what is done and, at the end, how long that took."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "_PATIENCE", 0.01)
    with progress.shown("compiling ext.bc"):
        while not terminal.getvalue():
            time.sleep(0.01)
        assert terminal.getvalue() == "hpybc: compiling ext.bc ..."
    assert re.fullmatch(r"hpybc: compiling ext\.bc \.\.\. \d+\.\d s\n", terminal.getvalue())


def test_no_line_for_what_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress.shown("compiling ext.bc"):
        pass
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("stderr", [None, io.StringIO()], ids=["none", "no terminal"])
def test_no_line_where_nobody_looks(
    stderr: io.StringIO | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    with progress.shown("compiling ext.bc"):
        time.sleep(0.02)
    assert stderr is None or stderr.getvalue() == ""


def test_an_error_ends_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes next on the terminal stands on a line of its own."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    with pytest.raises(KeyError), progress.shown("compiling ext.bc"):
        while not terminal.getvalue():
            time.sleep(0.01)
        raise KeyError
    assert terminal.getvalue().endswith(" s\n")
