"""Other programs: run to their end, and ended with whoever runs them.

All that hpybc starts is started here. A program runs in a group of processes of its own, which a
*watchdog* belongs to: a shell that waits for the end of a pipe whose other end this process alone
has open. When this process is gone, however it ended, the watchdog kills the group: the program
and whatever that has started. Ctrl-C at a terminal is for this process, not for the group.

While it waits, signals are handled at once, and whatever a handler raises ends the group as well.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from io import FileIO
from typing import NamedTuple, TypeVar

from hpybc.process import progress

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Seconds between two looks at whether to go on, while nothing happens.
_INTERVAL = 0.1

#: What the watchdog does: it kills its own group, and itself, once nobody can write to its input.
_SHELL = ("/bin/sh", "-c", "read _; kill -9 0")
_PYTHON = ("-I", "-S", "-c", "import os; os.read(0, 1); os.killpg(0, 9)")

#: Folders for temporary files; those of earlier versions had no eight letters after such a prefix.
_PREFIX = "hpybc-build-"
_FOLDER = re.compile(_PREFIX + r"\w{8}")

#: Signals that Python ignores, and other programs should not.
_RESTORED = (signal.SIGPIPE, signal.SIGXFSZ)


class Done(NamedTuple):
    """What a program came to.

    Attributes:
        status: its exit status, or the signal that ended it, as a negative number.
        output: what it wrote to its standard output.
        said: what it wrote to its standard error.
    """

    status: int
    output: bytes
    said: bytes


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
    with ExitStack() as stack:
        group = stack.enter_context(_group())
        theirs: dict[int, FileIO] = {}
        ours: dict[int, FileIO] = {}
        for number in (0, *([1] if output else ()), *([2] if said else ())):
            reading, writing = map(stack.enter_context, _pipe())
            theirs[number], ours[number] = (writing, reading) if number else (reading, writing)
        pid = _spawn(command, theirs, group)
        if not group:
            stack.callback(_end, pid)
        for file in theirs.values():
            file.close()
        heard_all = _exchange(ours, memoryview(given), heard, end)
        return Done(_status(pid, end), heard_all.get(1, b""), heard_all.get(2, b""))


@contextmanager
def _group() -> Iterator[int]:
    """A group of processes that ends with the block, and with this process.

    It is 0 where no watchdog can be started.
    """
    reading, lifeline = _pipe()
    group = 0
    with reading, _held(lifeline.fileno()), lifeline:
        try:
            with suppress(FileNotFoundError):
                group = _spawn(_watchdog(), {0: reading, 1: None, 2: None}, 0)
            reading.close()
            yield group
        finally:
            if group:
                _end(group)


def _end(group: int) -> None:
    """Ends a group of processes, of which this one has started one or more."""
    # Before they are waited for no other group can get that number.
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-group, 0)


def _watchdog() -> Sequence[str]:
    if os.access(_SHELL[0], os.X_OK) or getattr(sys, "frozen", False):
        return _SHELL
    return (sys.executable, *_PYTHON)  # an image of a system that has no shell


def _spawn(command: Sequence[str], files: Mapping[int, FileIO | None], group: int) -> int:
    """Starts ``command`` in ``group``; None among its ``files`` is for no file.

    By posix_spawn, which isolated interpreters allow, unlike fork.
    """
    actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = []
    for number, file in files.items():
        if file is None:
            actions.append((os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0))
        else:
            actions.append((os.POSIX_SPAWN_DUP2, file.fileno(), number))
    return os.posix_spawnp(
        command[0],
        [*command],
        os.environ,
        file_actions=actions,
        setpgroup=group,
        setsigdef=_RESTORED,
    )


def _pipe() -> tuple[FileIO, FileIO]:
    """The two ends of a pipe, neither of which is in the place of a standard file."""
    ends = []
    for number in os.pipe():
        if number < 3:
            moved = fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 3)
            os.close(number)
            number = moved
        ends.append(number)
    return FileIO(ends[0], "r"), FileIO(ends[1], "w")


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


_local = threading.local()


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


@contextmanager
def folder() -> Iterator[str]:
    """A folder for temporary files, for as long as the block lasts.

    Those that dead processes have left are removed first. That a process lives shows the lock that
    it has on its folder (flock(2)).

    Raises:
        OSError: there is no room for one.
    """
    import tempfile

    _sweep(tempfile.gettempdir())
    while True:
        path = tempfile.mkdtemp(prefix=_PREFIX)
        try:
            lock = _locked(path)
            break
        except (BlockingIOError, FileNotFoundError):  # taken for a dead process's just now
            pass
    with _held(lock):
        try:
            yield path
        finally:
            with suppress(OSError):
                _remove(path)
            os.close(lock)


def _sweep(directory: str) -> None:
    """Removes the folders in ``directory`` whose processes are dead."""
    with suppress(OSError), os.scandir(directory) as found:
        for entry in found:
            if _FOLDER.fullmatch(entry.name) is None:
                continue
            with suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid == os.geteuid():
                    lock = _locked(entry.path, strict=True)
                    try:
                        _remove(entry.path)
                    finally:
                        os.close(lock)


def _locked(path: str, *, strict: bool = False) -> int:
    """The folder ``path``, open and locked.

    Raises:
        OSError: another process has it, or it is gone; if ``strict``, also where no locks are.
    """
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:  # a file system without locks
            if strict:
                raise
        if not os.path.samestat(os.fstat(lock), os.stat(path)):
            raise FileNotFoundError(path)
    except BaseException:
        os.close(lock)
        raise
    return lock


def _remove(path: str) -> None:
    import shutil

    shutil.rmtree(path)


@contextmanager
def _held(descriptor: int) -> Iterator[None]:
    """Of this process alone is the file meanwhile, whose end says that this process has ended."""
    _own.add(descriptor)
    try:
        yield
    finally:
        _own.discard(descriptor)


_own: set[int] = set()


def _let_go() -> None:
    """In a process that was forked: what it has inherited says nothing of itself."""
    for descriptor in _own:
        with suppress(OSError):
            os.close(descriptor)
    _own.clear()


os.register_at_fork(after_in_child=_let_go)
