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
import select
import sys
import time
from _signal import (  # type: ignore[import-not-found]  # numbers, and no enum of them to import
    SIGKILL,
    SIGPIPE,
    SIGXFSZ,
)
from _thread import _local as Local  # threading's, which a cold load does without
from io import FileIO

from hpybc.process import progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, TypeVar

    Item = TypeVar("Item")
    Result = TypeVar("Result")

#: Seconds between two looks at whether to go on, while nothing happens.
_INTERVAL = 0.1

#: What the watchdog does: it kills its own group, and itself, once nobody can write to its input.
_SHELL = ("/bin/sh", "-c", "read _; kill -9 0")
_PYTHON = ("-I", "-S", "-c", "import os; os.read(0, 1); os.killpg(0, 9)")

#: Signals that Python ignores, and other programs should not.
_RESTORED = (SIGPIPE, SIGXFSZ)


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
    with _Group() as group:
        try:
            for number in (0, *([1] if output else ()), *([2] if said else ())):
                reading, writing = _pipe()
                theirs[number], ours[number] = (writing, reading) if number else (reading, writing)
            pid = group.start(command, theirs)
            for file in theirs.values():
                file.close()
            heard_all = _exchange(ours, memoryview(given), heard, end)
            return Done(group.status(pid, end), heard_all.get(1, b""), heard_all.get(2, b""))
        finally:
            for file in (*theirs.values(), *ours.values()):
                file.close()


class _Group:
    """The group of processes of a program. It ends with the block, and with this process.

    A process that is in such a group itself (``belong``) starts programs in that group: they end
    with whoever started it, and need no watchdog of their own.
    """

    def __init__(self) -> None:
        self._number = 0  # as in the argument of kill(2): negative for a group
        self._lifeline: FileIO | None = None

    def __enter__(self) -> _Group:
        if not _belongs:
            reading, self._lifeline = _pipe()
            own(self._lifeline.fileno())
            try:
                self._number = -_spawn(_watchdog(), {0: reading, 1: None, 2: None}, 0)
            except FileNotFoundError:  # the program has a group, and nobody watches over it
                pass
            except BaseException:
                self._let_go()
                raise
            finally:
                reading.close()
        return self

    def start(self, command: Sequence[str], files: Mapping[int, FileIO]) -> int:
        """Starts a program in the group; the number of its process."""
        pid = _spawn(command, files, None if _belongs else -self._number)
        self._number = self._number or (pid if _belongs else -pid)
        return pid

    def status(self, pid: int, end: float | None) -> int:
        """How the process ``pid`` ended, which is about to."""
        status = _status(pid, end)
        if self._number == pid:  # it may be another's by now
            self._number = 0
        return status

    def __exit__(self, kind: object, *error: object) -> None:
        try:
            if self._number:
                _end(self._number)
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self._lifeline is not None:
            disown(self._lifeline.fileno())
            self._lifeline.close()


_belongs = False


def belong() -> None:
    """Says that ``run`` has started this process, and watches over it and its group."""
    global _belongs
    _belongs = True


def belongs() -> bool:
    """Whether ``run`` has started this process, see ``belong``."""
    return _belongs


def _end(process: int) -> None:
    """Ends a process, or with a negative number a group, of which this one has started some."""
    # Before they are waited for nobody else can get that number.
    try:
        os.kill(process, SIGKILL)
    except ProcessLookupError:
        pass
    try:
        while True:
            os.waitpid(process, 0)
    except ChildProcessError:
        pass


def _watchdog() -> Sequence[str]:
    if os.access(_SHELL[0], os.X_OK) or getattr(sys, "frozen", False):
        return _SHELL
    return (sys.executable, *_PYTHON)  # an image of a system that has no shell


def _spawn(command: Sequence[str], files: Mapping[int, FileIO | None], group: int | None) -> int:
    """Starts ``command`` in ``group``, by default this process's, or with 0 in a new one.

    None among its ``files`` is for no file. By posix_spawn, which isolated interpreters allow,
    unlike fork.
    """
    own: dict[str, Any] = {} if group is None else {"setpgroup": group}
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
        setsigdef=_RESTORED,
        **own,
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


#: Files of this process alone, whose end says that this process has ended.
_own: set[int] = set()


def own(descriptor: int) -> None:
    """Says that the end of a file is to say that this process has ended: no fork inherits it."""
    _own.add(descriptor)


def disown(descriptor: int) -> None:
    """Takes that back, before the file is closed."""
    _own.discard(descriptor)


def _let_go() -> None:
    """In a process that was forked: what it has inherited says nothing of itself."""
    for descriptor in _own:
        try:
            os.close(descriptor)
        except OSError:
            pass
    _own.clear()


os.register_at_fork(after_in_child=_let_go)
