"""Programs that are run: what they say, and that none outlives whoever runs it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hpybc.process import group, programs, progress

pytestmark = pytest.mark.cold


def shell(script: str, **options: object) -> programs.Done:
    return programs.run(["sh", "-c", script], **options)  # type: ignore[arg-type]


def came_to(done: programs.Done) -> tuple[int, bytes, bytes]:
    return done.status, done.output, done.said


def test_what_a_program_says() -> None:
    """On both ways, and how it ends."""
    assert came_to(shell("echo out; echo err >&2; exit 3")) == (3, b"out\n", b"err\n")
    assert came_to(shell("kill -TERM $$")) == (-signal.SIGTERM, b"", b"")


def test_what_a_program_is_given() -> None:
    """More than fits into a pipe, in both directions at once; or than it wants to read."""
    data = bytes(range(256)) * 4000
    assert programs.run(["cat"], given=data).output == data
    assert programs.run(["true"], given=data).status == 0


def test_what_is_heard_is_heard_at_once() -> None:
    """While the program is running."""
    parts: list[tuple[bytes, float]] = []
    done = shell("echo one; sleep 0.4; echo two", heard=lambda d: parts.append((d, time.time())))
    assert [data for data, _ in parts] == [b"one\n", b"two\n", b""]
    assert parts[1][1] - parts[0][1] > 0.3
    assert done.output == b""


def test_programs_that_cannot_be_started(tmp_path: Path) -> None:
    for path in ("/nowhere/program", "no such program", str(tmp_path)):
        with pytest.raises(OSError):
            programs.run([path])


def test_a_process_without_standard_files() -> None:
    """As daemons are: no pipe is taken for one."""
    code = """
import os
for number in 0, 1, 2: os.close(number)
from hpybc.process import programs
done = programs.run(["sh", "-c", "cat; echo err >&2"], given=b"in")
os._exit((done.status, done.output, done.said) != (0, b"in", b"err\\n"))
"""
    assert subprocess.run([sys.executable, "-I", "-c", code]).returncode == 0


def test_time_is_limited() -> None:
    """Also of what has closed its files, or would have ignored a gentler end."""
    for script in ("sleep 60", "exec >&- 2>&-; sleep 60", "trap '' TERM INT; sleep 60; sleep 60"):
        start = time.monotonic()
        with pytest.raises(programs.ExpiredError):
            shell(script, seconds=0.3)
        assert time.monotonic() - start < 3


def test_a_system_without_a_shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Python watches over the programs then; where there is none either, nobody does."""
    for watchdog in ((str(tmp_path / "sh"),), None):
        with monkeypatch.context() as patch:
            patch.setattr(group, "_SHELL", watchdog or (str(tmp_path / "sh"),))
            if watchdog is None:
                patch.setattr(sys, "frozen", True, raising=False)
            assert shell("echo out").output == b"out\n"
            with pytest.raises(programs.ExpiredError):
                shell("sleep 60 & sleep 60", seconds=0.3)


# What ends with whom.

#: A program that starts another, both of which have the file whose number is $1 open.
FAMILY = 'sh -c "sleep 1000; true" & echo started >/proc/self/fd/$1; sleep 1000; true'

PARENT = f"""
import os, sys
from hpybc.process import programs
programs.run(["sh", "-c", {FAMILY!r}, "sh", sys.argv[1]])
"""


def ended(descriptor: int, within: float = 10) -> bool:
    """Whether nobody has the other end of a pipe open, or closes it soon."""
    return bool(select.select([descriptor], [], [], within)[0]) and os.read(descriptor, 1) == b""


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, signal.SIGABRT]
)
def test_programs_end_with_whoever_runs_them(number: signal.Signals) -> None:
    """And the programs that these have started, however it ends."""
    ours, theirs = os.pipe()
    parent = subprocess.Popen(
        [sys.executable, "-I", "-c", PARENT, str(theirs)],
        pass_fds=[theirs],
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    assert os.read(ours, 8) == b"started\n"
    parent.send_signal(number)
    assert ended(ours)
    assert parent.wait(10) == -number
    os.close(ours)


def test_a_process_that_was_started_so_needs_no_watchdog_of_its_own() -> None:
    """What it starts is in the same group, which ends with whoever has started it."""
    code = f"""
import os, sys
from hpybc.process import group, programs
if sys.argv[2:]:
    group.belong()
    group._watchdog = lambda: os._exit(1)
    assert programs.run(["sh", "-c", "exit 3"]).status == 3
    programs.run(["sh", "-c", {FAMILY!r}, "sh", sys.argv[1]])
else:
    programs.run([sys.executable, "-I", *sys.orig_argv[2:], "inner"])
"""
    ours, theirs = os.pipe()
    parent = subprocess.Popen(
        [sys.executable, "-I", "-c", code, str(theirs)],
        pass_fds=[theirs],
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    assert os.read(ours, 8) == b"started\n"
    parent.kill()
    assert ended(ours)
    assert parent.wait(10) == -signal.SIGKILL
    os.close(ours)


def test_a_forked_process_does_not_keep_them_alive() -> None:
    """It lives on when its parent is killed, and has nothing of what says that this one lives."""
    code = f"""
import os, sys, threading, time
from hpybc.process import programs
command = ["sh", "-c", {FAMILY!r}, "sh", sys.argv[1]]
threading.Thread(target=programs.run, args=[command], daemon=True).start()
sys.stdin.readline()
if os.fork() == 0:
    os.close(int(sys.argv[1]))
    time.sleep(1000)
print("forked", flush=True)
time.sleep(1000)
"""
    ours, theirs = os.pipe()
    parent = subprocess.Popen(
        [sys.executable, "-I", "-W", "ignore", "-c", code, str(theirs)],
        pass_fds=[theirs],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    os.close(theirs)
    assert os.read(ours, 8) == b"started\n"
    try:
        parent.stdin.write(b"\n")  # type: ignore[union-attr]
        parent.stdin.flush()  # type: ignore[union-attr]
        assert parent.stdout.readline() == b"forked\n"  # type: ignore[union-attr]
        parent.kill()
        assert ended(ours)
    finally:
        os.killpg(parent.pid, signal.SIGKILL)
        parent.communicate()
        os.close(ours)


def test_nothing_is_left_behind() -> None:
    """What a program leaves running ends with it; no process is left to be waited for."""
    ours, theirs = os.pipe()
    os.set_inheritable(theirs, True)
    shell(f"sleep 1000 <&- >&- 2>&- & : {theirs}")
    os.close(theirs)
    assert ended(ours)
    os.close(ours)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


class Stop(Exception):
    pass


@pytest.fixture
def alarm() -> Callable[[float], None]:
    """alarm(seconds): a signal comes then, whose handler raises Stop."""

    def stop(number: int, frame: object) -> None:
        raise Stop

    def set_(seconds: float) -> None:
        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    return set_


@pytest.mark.parametrize("script", ["sleep 60", "exec >&- 2>&-; sleep 60", "yes"])
def test_handlers_are_called_at_once(script: str, alarm: Callable[[float], None]) -> None:
    start = time.monotonic()
    alarm(0.3)
    with pytest.raises(Stop):
        shell(script, heard=lambda data: None)
    assert time.monotonic() - start < 0.8


# Several at a time.


def test_each_in_order() -> None:
    """Whichever ends first."""

    def wait(seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    assert list(programs.each(wait, [0.1, 0.0, 0.05], 3)) == [0.1, 0.0, 0.05]


def test_no_more_than_workers() -> None:
    active, most, lock = 0, 0, threading.Lock()

    def work(number: int) -> None:
        nonlocal active, most
        with lock:
            active += 1
            most = max(most, active)
        time.sleep(0.01)
        with lock:
            active -= 1

    list(programs.each(work, range(10), 2))
    assert most == 2


def test_an_error_ends_the_others() -> None:
    def work(script: str) -> None:
        if shell(script).status:
            raise KeyError(script)

    start = time.monotonic()
    with pytest.raises(KeyError):
        list(programs.each(work, ["exit 1", "sleep 60", "sleep 60", "sleep 60"], 2))
    assert time.monotonic() - start < 10


def test_a_handler_ends_all(alarm: Callable[[float], None]) -> None:
    """At once, and those that have not begun do not."""
    start = time.monotonic()
    alarm(0.3)
    with pytest.raises(Stop):
        list(programs.each(shell, ["sleep 60"] * 9, 2))
    assert time.monotonic() - start < 0.9


def test_somebody_watches_meanwhile() -> None:
    """Over one program, and over several."""
    looks: list[float] = []
    with progress.watched(lambda: looks.append(time.monotonic())):
        shell("sleep 0.5")
        one = len(looks)
        list(programs.each(shell, ["sleep 0.5"] * 2, 2))
    assert one >= 3
    assert len(looks) - one >= 3
