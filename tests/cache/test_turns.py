"""Taking turns: one builder at a time for each image, and nobody waits for the dead."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hpybc.cache import turns
from hpybc.process import programs, thread

NAME = f"{'0' * 64}.so"

#: A process that says when it has its turn, and keeps it until it is told to go on, or killed.
HOLDER = f"""
import sys
from hpybc.cache.turns import turn
with turn({NAME!r}):
    print("mine", flush=True)
    sys.stdin.read()
"""


def holder() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", HOLDER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "mine\n"
    return process


def test_threads_take_turns(folder: Path) -> None:
    """Never two in the block, and all get there."""
    inside, most, entered = 0, 0, []

    def work(number: int) -> None:
        nonlocal inside, most
        with turns.turn(NAME):
            inside += 1
            most = max(most, inside)
            time.sleep(0.001)
            entered.append(number)
            inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(20)))
    assert (most, sorted(entered)) == (1, list(range(20)))


def test_other_images_are_not_waited_for(folder: Path) -> None:
    with turns.turn(NAME), turns.turn(f"{'1' * 64}.so"):
        assert len(list(folder.iterdir())) == 2


def test_processes_take_turns(folder: Path) -> None:
    """Whoever waits has the turn when the other has ended it."""
    other = holder()
    mine = threading.Event()

    def work() -> None:
        with turns.turn(NAME):
            mine.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert not mine.wait(0.1)
    other.communicate("")
    assert mine.wait(10)
    thread.join()


def test_the_dead_are_not_waited_for(folder: Path) -> None:
    """The kernel ends a killed process's turn; its file does no harm."""
    other = holder()
    other.send_signal(signal.SIGKILL)
    other.communicate()
    assert [path.name for path in folder.iterdir()] == [NAME + turns.SUFFIX]
    start = time.monotonic()
    with turns.turn(NAME):
        pass
    assert time.monotonic() - start < 5
    assert list(folder.iterdir()) == []


def test_a_turn_without_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience has an end: two build then."""
    monkeypatch.setattr(turns, "_PATIENCE", 0.05)
    with turns.turn(NAME), turns.turn(NAME):
        assert True


@pytest.mark.parametrize(
    "work",
    [lambda: programs.run(["sleep", "1.5"]), lambda: thread.call(time.sleep, 1.5)],
    ids=["in another process", "in this one"],
)
def test_a_builder_that_works_is_waited_for(
    work: Callable[[], object], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than patience lasts with one of which nothing is to be seen."""
    monkeypatch.setattr(turns, "_PATIENCE", 0.5)
    monkeypatch.setattr(turns, "_SIGN", 0.1)
    started, done = threading.Event(), []

    def build() -> None:
        with turns.turn(NAME):
            started.set()
            work()
            done.append("built")

    builder = threading.Thread(target=build)
    builder.start()
    assert started.wait(10)
    with turns.turn(NAME):
        assert done == ["built"]
    builder.join()


def test_a_builder_that_was_stopped_is_not(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be so for days."""
    monkeypatch.setattr(turns, "_PATIENCE", 0.3)
    other = holder()
    other.send_signal(signal.SIGSTOP)
    start = time.monotonic()
    with turns.turn(NAME):
        assert 0.3 <= time.monotonic() - start < 10
    other.kill()
    other.communicate()


def test_a_handler_is_called_while_a_process_waits(folder: Path) -> None:
    """At once."""

    def stop(number: int, frame: object) -> None:
        raise KeyError

    other = holder()
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    start = time.monotonic()
    with pytest.raises(KeyError), turns.turn(NAME):
        pass
    assert time.monotonic() - start < 0.8
    other.communicate("")


def test_an_exception_ends_a_turn(folder: Path) -> None:
    with pytest.raises(KeyError), turns.turn(NAME):
        raise KeyError
    assert list(folder.iterdir()) == []


def test_a_forked_child_does_not_keep_the_turn(folder: Path) -> None:
    """It has the file open, and lives on."""
    read, write = os.pipe()
    with turns.turn(NAME):
        child = os.fork()
        if child == 0:
            os.close(write)
            os.read(read, 1)
            os._exit(0)
    with turns.turn(NAME):
        assert True
    os.close(write)
    assert os.waitpid(child, 0)[1] == 0
    os.close(read)


@pytest.mark.parametrize("place", ["/proc/nonexistent/folder", "/proc/self/fd"])
def test_no_folder_no_turns(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no cache, everyone builds at once."""
    monkeypatch.setenv("HPYBC_CACHE_DIR", place)
    with turns.turn(NAME), turns.turn(NAME):
        assert True


def test_no_locks_no_turns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without flock."""

    def refuse(*arguments: object) -> None:
        raise OSError("not supported")

    monkeypatch.setattr("fcntl.flock", refuse)
    with turns.turn(NAME), turns.turn(NAME):
        assert True


def test_a_link_in_place_of_the_lock(folder: Path, tmp_path: Path) -> None:
    """It is not followed: there is no turn then, and the target stays as it is."""
    target = tmp_path / "target"
    (folder / (NAME + turns.SUFFIX)).symlink_to(target)
    with turns.turn(NAME):
        assert not target.exists()
