"""A call in another thread, whose caller can be interrupted."""

from __future__ import annotations

import operator
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from hpybc.process import programs, progress, thread


class Stop(Exception):
    pass


@pytest.fixture
def interrupted() -> Iterator[Callable[[float], object]]:
    """interrupted(seconds) has a handler raise ``Stop`` then."""

    def stop(number: int, frame: object) -> None:
        raise Stop

    before = signal.signal(signal.SIGALRM, stop)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def ended(within: float = 10) -> bool:
    """Whether the threads of such calls have ended, or do so soon."""
    end = time.monotonic() + within
    while any(each.name == thread.NAME for each in threading.enumerate()):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def test_result() -> None:
    assert thread.call(operator.add, b"a", b"b") == b"ab"
    assert ended()


def test_error() -> None:
    """What the function raises, with where it did."""
    with pytest.raises(ZeroDivisionError) as caught:
        thread.call(operator.truediv, 1, 0)
    assert caught.tb is not None
    assert ended()


def test_interrupt(interrupted: Callable[[float], object]) -> None:
    """At once, although the other thread sleeps on."""
    start = time.monotonic()
    interrupted(0.2)
    with pytest.raises(Stop):
        thread.call(time.sleep, 3)
    assert time.monotonic() - start < 1.5
    assert ended()


def test_interrupt_ends_a_program(interrupted: Callable[[float], object]) -> None:
    reading, writing = os.pipe()  # the latter is open as long as the program runs
    interrupted(0.5)
    with pytest.raises(Stop):
        os.set_inheritable(writing, True)
        thread.call(programs.run, ["sleep", "1000"])
    os.close(writing)
    assert ended()
    assert select.select([reading], [], [], 10)[0]
    os.close(reading)


def test_interrupt_ends_the_thread_after_its_stage(interrupted: Callable[[float], object]) -> None:
    reached = []
    goes_on = threading.Event()

    def stages() -> None:
        with progress.stage("one"):
            goes_on.wait()
        with progress.stage("two"):
            reached.append("two")

    interrupted(0.2)
    with pytest.raises(Stop):
        thread.call(stages)
    goes_on.set()
    assert ended()
    assert reached == []


def test_stages_are_those_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says them where whoever waits can see them, and that it works."""
    said: list[str] = []
    looks: list[None] = []
    monkeypatch.setattr(progress._local, "doing", said.append, raising=False)

    def stages() -> str:
        for name in ("one", "two"):
            with progress.stage(name):
                time.sleep(0.3)
        return "done"

    with progress.watched(lambda: looks.append(None)):
        assert thread.call(stages) == "done"
    assert said == ["one", "two"]
    assert len(looks) >= 4


def test_where_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """As while the interpreter ends: this one does it."""

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert thread.call(threading.get_ident) == threading.get_ident()


#: Ends while a call goes on. What C has to do at the end stands for what LLVM would not survive.
ENDING = """
import ctypes, signal, sys, time
from hpybc.process import thread

def stop(number, frame):
    raise SystemExit(7)

c_library = ctypes.CDLL(None)
c_library.__cxa_atexit(c_library.abort, None, None)
c_library.puts(b"written by C")
print("written by Python")
signal.signal(signal.SIGALRM, stop)
signal.setitimer(signal.ITIMER_REAL, 0.5)
thread.call(time.sleep, float(sys.argv[1]))
"""


def test_the_process_ends_while_the_thread_runs() -> None:
    """With its own status, and all that was to be written."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", ENDING, "1000"], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (7, "")
    assert sorted(done.stdout.splitlines()) == ["written by C", "written by Python"]


def test_exit_handlers_run_if_the_thread_has_ended() -> None:
    done = subprocess.run([sys.executable, "-I", "-c", ENDING, "0"], stdout=subprocess.DEVNULL)
    assert done.returncode == -signal.SIGABRT
