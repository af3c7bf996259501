"""Other programs: run to their end, and ended with whoever runs them.

All that hpybc starts is started here, in a ``group`` of processes that ends with this one. While it
waits for a program, signal handlers run at once. Whatever a handler raises ends the group as well.
"""

from __future__ import annotations

import os
import select
import time
from _thread import _local as Local  # threading's, which a cold load does without
from io import FileIO

from hpybc.process import progress
from hpybc.process.group import Group, pipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeVar

    Item = TypeVar("Item")
    Result = TypeVar("Result")

#: Seconds between two looks at whether to go on, while nothing happens.
_INTERVAL = 0.1


class Done:
    """What a program came to.

    Attributes:
        status: its exit status, or the signal that ended it, as a negative number.
        output: what it wrote to its standard output.
        said: what it wrote to its standard error.
    """

    __slots__ = ("output", "said", "status")

    def __init__(self, status: int, output: bytes, said: bytes) -> None:
        self.status = status
        self.output = output
        self.said = said


class ExpiredError(Exception):
    """A program took longer than it may, and was ended."""


class StoppedError(Exception):
    """Nobody wants the result any more: the program was ended. See ``each``."""


def run(
    command: Sequence[str],
    *,
    given: bytes = b"",
    heard: Callable[[bytes], object] | None = None,
    output: bool = True,
    said: bool = True,
    seconds: float | None = None,
) -> Done:
    """Runs a program to its end. What it leaves running is ended then.

    Args:
        command: the program, which is looked for on ``PATH`` if it is no path, and its arguments.
        given: its standard input.
        heard: called with each part of its standard output as soon as it is there, and in the end
            with nothing. The result has no output then.
        output: whether its standard output is read; otherwise it is this process's.
        said: likewise its standard error.
        seconds: how long it may take, by the clock.

    Raises:
        OSError: it cannot be started.
        ExpiredError: it took longer than ``seconds``.
        StoppedError: this is a call in ``each`` that is to come to nothing.
    """
    end = None if seconds is None else time.monotonic() + seconds
    theirs: dict[int, FileIO] = {}
    ours: dict[int, FileIO] = {}
    with Group() as group:
        try:
            for number in (0, *([1] if output else ()), *([2] if said else ())):
                reading, writing = pipe()
                theirs[number], ours[number] = (writing, reading) if number else (reading, writing)
            pid = group.start(command, theirs)
            for file in theirs.values():
                file.close()
            heard_all = _exchange(ours, memoryview(given), heard, end)
            status = _status(pid, end)
            group.ended(pid)
            return Done(status, heard_all.get(1, b""), heard_all.get(2, b""))
        finally:
            for file in (*theirs.values(), *ours.values()):
                file.close()


def _exchange(
    files: dict[int, FileIO],
    given: memoryview,
    heard: Callable[[bytes], object] | None,
    end: float | None,
) -> dict[int, bytes]:
    """Writes ``given`` to file 0 and reads the others, until the program has closed them."""
    poll = select.poll()
    os.set_blocking(files[0].fileno(), False)
    for number, file in files.items():
        poll.register(file, select.POLLIN if number else select.POLLOUT)
    numbers = {file.fileno(): number for number, file in files.items()}
    found: dict[int, list[bytes]] = {number: [] for number in files}
    while numbers:
        for descriptor, _ in poll.poll(_INTERVAL * 1000):
            number = numbers[descriptor]
            if number == 0:
                given = given[_written(descriptor, given) :]
                if given:
                    continue
            else:
                data = os.read(descriptor, 1 << 16)
                if number == 1 and heard is not None:
                    heard(data)
                else:
                    found[number].append(data)
                if data:
                    continue
            poll.unregister(descriptor)
            files[number].close()
            del numbers[descriptor]
        _check(end)
    return {number: b"".join(parts) for number, parts in found.items()}


def _written(descriptor: int, data: memoryview) -> int:
    try:
        return os.write(descriptor, data[: 1 << 16])
    except BlockingIOError:
        return 0
    except BrokenPipeError:  # it does not want to know
        return len(data)


def _status(pid: int, end: float | None) -> int:
    """How the process ``pid`` ended, which is about to."""
    pause = 0.0005
    while True:
        try:
            found, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:  # somebody else in this process has asked before
            return 0
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(pause)
        pause = min(2 * pause, _INTERVAL)
        _check(end)


def pause(seconds: float) -> None:
    """Waits a moment for what no program of this process does.

    Raises:
        StoppedError: as ``run``.
    """
    time.sleep(seconds)
    _check(None)


def _check(end: float | None) -> None:
    progress.tick()
    stop: threading.Event | None = getattr(_local, "stop", None)
    if stop is not None and stop.is_set():
        raise StoppedError
    if end is not None and time.monotonic() > end:
        raise ExpiredError


_local = Local()


def stopped_by(stop: threading.Event) -> None:
    """From now on programs that this thread runs end when ``stop`` is set: StoppedError."""
    _local.stop = stop


def each(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None
) -> Iterator[Result]:
    """``function`` of each of ``items`` in their order, some at a time, in threads.

    When one fails, or the caller is interrupted or wants no more, the programs end that the others
    ``run``.

    Args:
        function: what to call.
        items: with what.
        workers: how many at a time, by default as many as there are processors.
    """
    import threading
    from concurrent.futures import ThreadPoolExecutor, wait

    stop = threading.Event()

    def work(item: Item) -> Result:
        stopped_by(stop)
        if stop.is_set():
            raise StoppedError
        return function(item)

    pool = ThreadPoolExecutor(workers or os.cpu_count())
    try:
        for future in [pool.submit(work, item) for item in items]:
            while not wait([future], _INTERVAL).done:
                progress.tick()
            yield future.result()
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
