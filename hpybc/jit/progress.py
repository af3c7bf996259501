"""Telling what a build is busy with: its stages in the log, a line for whoever waits."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

_log = logging.getLogger("hpybc.build")

#: Seconds after which somebody at a terminal would like to know what the matter is.
_PATIENCE = 1.0


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Logs, at level debug, how long the block takes."""
    start = time.perf_counter()
    yield
    log(name, start)


def log(name: str, start: float) -> None:
    """Logs how long the stage ``name`` took that began at ``start``, by ``time.perf_counter``.

    That clock is the same in all processes.
    """
    _log.debug("%-9s %6.1f ms", name, (time.perf_counter() - start) * 1e3)


def recorded() -> list[str]:
    """A list that gets what is logged in this process from now on, which nobody else does."""
    messages: list[str] = []

    class Recorder(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    _log.addHandler(Recorder())
    _log.setLevel(logging.DEBUG)
    _log.propagate = False
    return messages


def repeat(messages: Iterable[str]) -> None:
    """Logs what was ``recorded`` in another process."""
    for message in messages:
        _log.debug("%s", message)


@contextmanager
def shown(what: str) -> Iterator[None]:
    """When the block takes more than a second, says so on the terminal, if there is one."""
    if not _is_terminal():
        yield
        return
    start = time.perf_counter()
    said = threading.Event()

    def say() -> None:
        said.set()
        _print(f"hpybc: {what} ...")

    timer = threading.Timer(_PATIENCE, say)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        if said.is_set():
            _print(f" {time.perf_counter() - start:.1f} s\n")


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
