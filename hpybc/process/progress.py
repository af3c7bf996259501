"""Telling what a build is busy with: its stages in the log, a line for whoever waits."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_log = logging.getLogger("hpybc.build")

#: Seconds after which somebody at a terminal would like to know what the matter is, and after which
#: what the line says is looked at again.
_PATIENCE = 1.0
_REFRESHED = 0.2

#: Called with each stage that begins: its name, and what it is about; and each message for the log.
Doing = Callable[[str], object]
Logged = Callable[[str], object]

#: What this thread has watch over its work, see ``watched``; and where ``doing`` goes.
_local = threading.local()


@contextmanager
def stage(name: str, of: str = "") -> Iterator[None]:
    """Logs, at level debug, how long the block takes, and shows that it is what is being done.

    Args:
        name: of the stage.
        of: how much it is, ``1200 functions`` for example.
    """
    start = time.perf_counter()
    doing(f"{name}, {of}" if of else name)
    yield
    log(name, start)


def log(name: str, start: float) -> None:
    """Logs how long the stage ``name`` took that began at ``start``, by ``time.perf_counter``.

    That clock is the same in all processes.
    """
    _log.debug("%-9s %6.1f ms", name, (time.perf_counter() - start) * 1e3)


def doing(what: str) -> None:
    """Shows ``what`` as that which is being done."""
    told: Doing | None = getattr(_local, "doing", None)
    if told is not None:
        told(what)


def relayed(doing: Doing, logged: Logged) -> None:
    """From now on this thread's stages, and what this process logs of them, go to another process.

    There ``doing`` and ``repeat`` are called with them.
    """

    class Relay(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logged(record.getMessage())

    shown_by(doing)
    _log.addHandler(Relay())
    _log.setLevel(logging.DEBUG)
    _log.propagate = False


def shown_by(doing: Doing) -> None:
    """From now on ``doing`` is called with this thread's stages."""
    _local.doing = doing


def repeat(message: str) -> None:
    """Logs what was ``relayed`` by another process."""
    _log.debug("%s", message)


@contextmanager
def watched(look: Callable[[], object]) -> Iterator[None]:
    """Has this thread call ``look`` several times a second while it waits for programs."""
    before: tuple[Callable[[], object], ...] = getattr(_local, "looks", ())
    _local.looks = (*before, look)
    try:
        yield
    finally:
        _local.looks = before


def tick() -> None:
    """What a thread calls that waits for something, often."""
    for look in getattr(_local, "looks", ()):
        look()


@contextmanager
def shown(what: str) -> Iterator[None]:
    """When the block takes more than a second, says so on the terminal, if there is one.

    The line says what is being done, and how long it has taken. There is one line at a time: within
    the block of another it says that ``what`` is being done, and in another thread nothing. Whoever
    has the stages logged needs none.
    """
    needed = _is_terminal() and not _log.isEnabledFor(logging.DEBUG)
    if not needed or not _terminal.acquire(blocking=False):
        doing(what)
        yield
        return
    try:
        line = _Line(what)
        _local.doing = line.doing
        with watched(line.look):
            yield
    finally:
        _local.doing = None
        line.end()
        _terminal.release()


#: Whoever has a line on the terminal has this.
_terminal = threading.Lock()


class _Line:
    """A line on the terminal that is written again and again."""

    def __init__(self, what: str) -> None:
        self._what, self._doing, self._written = what, "", ""
        self._start = self._looked = time.monotonic()

    def doing(self, what: str) -> None:
        self._doing = what
        self.look()

    def look(self) -> None:
        now = time.monotonic()
        if now - self._start >= _PATIENCE and (
            now - self._looked >= _REFRESHED or not self._written
        ):
            self._looked = now
            now_doing = f" ({self._doing})" if self._doing else ""
            self._write(f"hpybc: {self._what} ...{now_doing} {now - self._start:.0f} s")

    def end(self) -> None:
        if self._written:
            self._write(f"hpybc: {self._what} ... {time.monotonic() - self._start:.1f} s")
            _print("\n")

    def _write(self, text: str) -> None:
        if text != self._written:
            # What does not fit into one line of the terminal could not be written over.
            _print(f"\r{_fitting(text)}\033[K")
            self._written = text


def _fitting(text: str) -> str:
    try:
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
    except (AttributeError, OSError, ValueError):
        columns = 80
    if len(text) < columns or columns < 20:
        return text
    return f"{text[: columns // 2 - 3]}...{text[len(text) - columns // 2 + 2 :]}"


def _is_terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):  # there is none, or it is closed
        return False


def _print(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        pass
