"""What a build tells: stages in the log, and a line for whoever waits at a terminal."""

from __future__ import annotations

import io
import re
import sys
import threading
import time

import pytest

from hpybc.process import progress


class Terminal(io.StringIO):
    """A terminal, and what can be seen on it."""

    def isatty(self) -> bool:
        return True

    def seen(self) -> str:
        """Its lines, each as it was written last."""
        lines = self.getvalue().split("\n")
        return "\n".join(line.rpartition("\r")[2].replace("\033[K", "") for line in lines)


def looking(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard error, where somebody has no patience at all."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    monkeypatch.setattr(progress, "_REFRESHED", 0.0)
    return terminal


def test_a_line_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what is done and, at the end, how long that took."""
    terminal = looking(monkeypatch)
    with progress.shown("compiling ext.bc"):
        progress.tick()
        assert terminal.seen() == "hpybc: compiling ext.bc ... 0 s"
    assert re.fullmatch(r"hpybc: compiling ext\.bc \.\.\. \d\.\d s\n", terminal.seen())


def test_the_line_says_what_is_being_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stage, and how much it is; it is one line all the time."""
    terminal = looking(monkeypatch)
    with progress.shown("compiling ext.bc"):
        with progress.stage("parse"):
            assert terminal.seen() == "hpybc: compiling ext.bc ... (parse) 0 s"
        with progress.stage("emit", "1200 functions"):
            assert terminal.seen() == "hpybc: compiling ext.bc ... (emit, 1200 functions) 0 s"
    assert terminal.seen().count("\n") == 1


def test_one_line_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown within another belongs to that; what another thread does is not seen."""
    terminal = looking(monkeypatch)
    with progress.shown("one"):
        with progress.shown("two"):
            assert terminal.seen() == "hpybc: one ... (two) 0 s"
        thread = threading.Thread(target=in_thread)
        thread.start()
        thread.join()
        assert terminal.seen() == "hpybc: one ... (two) 0 s"
    progress.doing("nothing")
    assert re.fullmatch(r"hpybc: one \.\.\. \d\.\d s\n", terminal.seen())


def in_thread() -> None:
    with progress.shown("three"):
        progress.doing("four")
        progress.tick()


def test_a_line_is_not_longer_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or it could not be written over."""
    terminal = looking(monkeypatch)
    with progress.shown("compiling " + "long/" * 100 + "ext.bc"):
        progress.tick()
        assert len(terminal.seen()) < 80
        assert terminal.seen().startswith("hpybc: compiling long/")
        assert terminal.seen().endswith("ext.bc ... 0 s")


def test_no_line_for_what_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = looking(monkeypatch)
    monkeypatch.setattr(progress, "_PATIENCE", 60.0)
    with progress.shown("compiling ext.bc"):
        progress.doing("parse")
        progress.tick()
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("stderr", [None, io.StringIO()], ids=["none", "no terminal"])
def test_no_line_where_nobody_looks(
    stderr: io.StringIO | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    with progress.shown("compiling ext.bc"):
        progress.doing("parse")
        time.sleep(0.02)
        progress.tick()
    assert stderr is None or stderr.getvalue() == ""


def test_an_error_ends_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes next on the terminal stands on a line of its own."""
    terminal = looking(monkeypatch)
    with pytest.raises(KeyError), progress.shown("compiling ext.bc"):
        progress.tick()
        raise KeyError
    assert terminal.getvalue().endswith(" s\033[K\n")
