"""A call in a thread, while the one that wants its result can be interrupted.

Python runs the handlers of signals between two steps of the main thread. A call into LLVM is one
step, which may take a minute.
"""

from __future__ import annotations

import atexit
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from hpybc.process import programs, progress

Result = TypeVar("Result")

#: What such a thread is called.
NAME = "hpybc"

#: Seconds between two signs that this process works.
_INTERVAL = 0.1


def call(function: Callable[..., Result], *arguments: object) -> Result:
    """The result of ``function(*arguments)``, computed in another thread.

    Handlers of signals run at once meanwhile. If one raises, so does this call. The other thread
    then ends the program that it runs, or itself after the stage that it is at, and its result
    comes to nothing. Nobody waits for it, not even the end of the process.

    Raises:
        StoppedError: see ``programs.run``.
        Exception: what ``function`` raises.
    """
    from concurrent.futures import Future

    future: Future[Result] = Future()
    stages: queue.SimpleQueue[str | None] = queue.SimpleQueue()  # and None at the end
    stop = threading.Event()

    def doing(what: str) -> None:
        if stop.is_set():
            raise programs.StoppedError
        stages.put(what)

    def work() -> None:
        programs.stopped_by(stop)
        progress.shown_by(doing)
        try:
            future.set_result(function(*arguments))
        except BaseException as error:
            future.set_exception(error)
        stages.put(None)

    thread = threading.Thread(target=work, name=NAME, daemon=True)
    try:
        try:
            thread.start()
        except RuntimeError:  # the interpreter ends, or has no such threads
            return function(*arguments)
        while True:
            programs.pause(0)
            try:
                what = stages.get(timeout=_INTERVAL)
            except queue.Empty:
                continue
            if what is None:
                return future.result()
            progress.doing(what)
    finally:
        stop.set()
        if not future.done():
            atexit.register(_leave, thread)


def _leave(thread: threading.Thread) -> None:
    """Has this process, which ends, end without C's exit handlers if ``thread`` still runs.

    They take from LLVM what it works with, and it aborts. The status stays, and what is to be
    written is. Python's own exit handlers have run, or will.
    """
    if not thread.is_alive():
        return
    import ctypes

    c_library = ctypes.CDLL(None)
    with suppress(AttributeError):  # musl has none of the first
        # Handlers run in reverse order.
        c_library.on_exit(c_library._exit, None)
        c_library.__cxa_atexit(c_library.fflush, None, None)
