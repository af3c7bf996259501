"""Telling what a build is busy with: its stages in the log, a line for whoever waits."""

from __future__ import annotations

import os
import sys
import time
from _thread import _local as Local  # threading's, which a cold load does without
from _thread import allocate_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    #: Called with each stage that begins: its name, and what it is about; and each message for the
    #: log.
    Doing = Callable[[str], object]
    Logged = Callable[[str], object]

#: Seconds after which somebody at a terminal would like to know what the matter is, and after which
#: what the line says is looked at again.
_PATIENCE = 1.0
_REFRESHED = 0.2

#: What this thread has watch over its work, see ``watched``; and where ``doing`` goes.
_local = Local()

#: Where this process's log goes if it is ``relayed``.
_logged: Logged | None = None


class stage:  # what is used of it is the call
    """Logs, at level debug, how long the block takes, and shows that it is what is being done.

    Args:
        name: of the stage.
        of: how much it is, ``1200 functions`` for example.
    """

    def __init__(self, name: str, of: str = "") -> None:
        self._name, self._of = name, of

    def __enter__(self) -> None:
        self._start = time.perf_counter()
        doing(f"{self._name}, {self._of}" if self._of else self._name)

    def __exit__(self, kind: object, *error: object) -> None:
        if kind is None:
            log(self._name, self._start)


def log(name: str, start: float) -> None:
    """Logs how long the stage ``name`` took that began at ``start``, by ``time.perf_counter``.

    That clock is the same in all processes.
    """
    debug("%-9s %6.1f ms", name, (time.perf_counter() - start) * 1e3)


def debug(message: str, *arguments: object) -> None:
    """Logs ``message % arguments`` of a build, for the logger ``hpybc.build``."""
    if _logged is not None:
        _logged(message % arguments)
    elif (logger := _logger()) is not None:
        logger.debug(message, *arguments)


def is_logged() -> bool:
    """Whether anybody wants to know what ``debug`` has to say."""
    logger = _logger()
    return _logged is not None or (logger is not None and logger.isEnabledFor(10))  # DEBUG


def _logger() -> logging.Logger | None:
    """The logger; None where nobody in this process can have asked for what it says."""
    module = sys.modules.get("logging")
    return None if module is None else module.getLogger("hpybc.build")


def doing(what: str) -> None:
    """Shows ``what`` as that which is being done."""
    told: Doing | None = getattr(_local, "doing", None)
    if told is not None:
        told(what)


def relayed(doing: Doing, logged: Logged | None) -> None:
    """From now on this thread's stages, and what this process logs of them, go to another process.

    There ``doing`` and ``debug`` are called with them. Without ``logged`` nobody there wants to
    know the latter.
    """
    global _logged
    shown_by(doing)
    _logged = logged


def shown_by(doing: Doing) -> None:
    """From now on ``doing`` is called with this thread's stages."""
    _local.doing = doing


class watched:  # as above
    """Has this thread call ``look`` several times a second while it waits for programs."""

    def __init__(self, look: Callable[[], object]) -> None:
        self._look = look

    def __enter__(self) -> None:
        self._before: tuple[Callable[[], object], ...] = getattr(_local, "looks", ())
        _local.looks = (*self._before, self._look)

    def __exit__(self, kind: object, *error: object) -> None:
        _local.looks = self._before


def tick() -> None:
    """What a thread calls that waits for something, often."""
    for look in getattr(_local, "looks", ()):
        look()


class shown:  # as above
    """When the block takes more than a second, says so on the terminal, if there is one.

    The line says what is being done, and how long it has taken. There is one line at a time: within
    the block of another it says that ``what`` is being done, and in another thread nothing. Whoever
    has the stages logged needs none.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._line: _Line | None = None

    def __enter__(self) -> None:
        needed = _is_terminal() and not is_logged()
        if not needed or not _terminal.acquire(blocking=False):
            doing(self._what)
            return
        self._line = _Line(self._what)
        _local.doing = self._line.doing
        self._watch = watched(self._line.look)
        self._watch.__enter__()

    def __exit__(self, kind: object, *error: object) -> None:
        if self._line is not None:
            self._watch.__exit__(kind, *error)
            _local.doing = None
            try:
                self._line.end()
            finally:
                _terminal.release()


#: Whoever has a line on the terminal has this.
_terminal = allocate_lock()


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
