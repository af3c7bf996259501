"""A call in a process of its own, for what cannot or should not be done in this one.

Such as to use LLVM: it ends the process where it does not know what to do. The process gets the
call on its standard input, says what came of it on its standard output, and has no files.
"""

from __future__ import annotations

import errno
import os
import pickle
import sys
import time

from hpybc import errors
from hpybc.process import group, programs, progress
from hpybc.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: What the new interpreter runs. It imports what this one would: the same hpybc, and llvmlite.
_MAIN = "import sys; sys.path[:] = {path}; from hpybc.process import child; child.main()"

#: What the process says first: it is a Python like this one, and has the same hpybc.
_STARTED = f"hpybc {__version__} {sys.implementation.cache_tag}".encode()


class Limits:
    """What a process may take before it is ended.

    Attributes:
        seconds: of the processor's time, and ten times as much by the clock.
        memory: bytes of address space.
    """

    __slots__ = ("memory", "seconds")

    def __init__(self, seconds: int, memory: int) -> None:
        self.seconds = seconds
        self.memory = memory


#: For bitcode of which nobody knows whether LLVM survives it. 3000 lines take three seconds.
FOREIGN = Limits(seconds=120, memory=4 << 30)

#: How LLVM, and the C library for one of its assertions, say what is wrong.
_WRONG = r"(?i:\b(?:error: |Assertion `))"

_ANYWHERE = "load the extension in the main interpreter once: its image is kept in the cache"
_REPORT = "do without what LLVM names, or report it with the file as a fault of hpybc"


def call(
    function: Callable[..., bytes],
    *arguments: object,
    limits: Limits | None = None,
    here: Callable[[], bool] | None = None,
    remedy: str = _REPORT,
) -> bytes:
    """The result of ``function(*arguments)``, computed in a new process.

    What the function tells of its progress is told in this process, as it happens.

    Args:
        function: one that can be imported by its name.
        arguments: whatever can be pickled.
        limits: what the process may take.
        here: if no other process can be started, asked whether this one can make the call.
        remedy: what to advise if the process ends without a result.

    Raises:
        HpybcError: what ``function`` raised there, of the same class and with the same parts.
        BuildProcessError: the process could not be started, or ended without a result.
    """
    began = time.perf_counter()
    answer = _Answer()
    try:
        done = programs.run(
            _command(),
            given=pickle.dumps((function, arguments, limits, began, progress.is_logged())),
            heard=answer.heard,
            seconds=None if limits is None else 10 * limits.seconds,
        )
    except programs.ExpiredError:
        assert limits is not None
        raise _failed(f"no end after {10 * limits.seconds} seconds", remedy) from None
    except (OSError, RuntimeError) as error:  # no such program, or not in this interpreter
        if errors.is_handlers(error):
            raise
        if here is not None and here():
            return _in_thread(function, *arguments)
        raise _not_started(str(error), remedy) from None
    if done.status != 0 or not answer.complete:
        if answer.started:
            raise died(done.status, done.said, remedy)
        if here is not None and here():
            return _in_thread(function, *arguments)
        raise _not_started(_end(done.status, done.said), remedy)
    if answer.raised:
        import json

        kind, parts = json.loads(answer.raised)
        if kind == errors.BuildProcessError.__name__:
            parts["remedy"] = remedy
        raise getattr(errors, kind)(**parts)
    return bytes(answer.rest)


def _in_thread(function: Callable[..., bytes], *arguments: object) -> bytes:
    """The result of ``function(*arguments)``, computed in this process, see ``thread``."""
    from hpybc.process import thread  # which imports more than a call in a process of its own needs

    return thread.call(function, *arguments)


def _command() -> list[str]:
    """What the process is that does the call."""
    if getattr(sys, "frozen", False):
        raise OSError(errno.ENOEXEC, "the program itself, frozen, and no Python")
    if not _is_python(os.path.basename(sys.executable or "")):
        raise OSError(errno.ENOEXEC, f"sys.executable is {sys.executable!r}, which is no Python")
    path = [entry for entry in sys.path if isinstance(entry, str)]
    return [sys.executable, "-I", "-c", _MAIN.format(path=ascii(path))]


def _is_python(name: str) -> bool:
    """Whether a program of that name is a Python.

    Where one is embedded, sys.executable may be a program that has no idea of Python's options, and
    starts itself once more.
    """
    return name.startswith(("python", "pypy")) and all(c.isalnum() or c in "_.-" for c in name)


class _Answer:
    """What the process says: messages, each a line, and after the last one the result.

    A line is the kind of message and its text, in ASCII with escapes.

    Attributes:
        started: it has said that it is a Python and has hpybc.
        complete: it has come to an end.
        raised: class and parts of the error that it came to, as JSON; "" if there is none.
        rest: what is not read yet; in the end the result.
    """

    def __init__(self) -> None:
        self.started = self.complete = False
        self.raised = ""
        self.rest = bytearray()

    def heard(self, data: bytes) -> None:
        """Takes in what came next."""
        self.rest += data
        while not self.complete:
            line, found, rest = self.rest.partition(b"\n")
            if not found or not (self.started or line == _STARTED):
                return
            self.rest = rest
            if not self.started:
                self.started = True
                continue
            kind, _, text = line.partition(b" ")
            said = text.decode("unicode_escape")
            if kind == b"end":
                self.complete, self.raised = True, said
            elif kind == b"log":
                progress.debug("%s", said)
            else:
                progress.doing(said)


def _end(status: int, said: bytes) -> str:
    """What a process ended by, and the line on its standard error that says why."""
    import re
    import signal

    lines = said.decode(errors="replace").strip().splitlines()
    # After the line that says what is wrong come code and stacks.
    why = [line for line in lines if re.search(_WRONG, line)][:1] or lines[-1:]
    if status >= 0:
        return "; ".join([f"exit status {status}", *why])
    try:
        return "; ".join([signal.Signals(-status).name, *why])
    except ValueError:  # a real-time signal
        return "; ".join([f"signal {-status}", *why])


def _not_started(found: str, remedy: str) -> errors.BuildProcessError:
    return errors.BuildProcessError(
        "the process that was to compile the extension could not be started",
        found=found,
        needed=f"{sys.executable or 'sys.executable'} to be a Python that can import hpybc",
        remedy=_ANYWHERE if remedy is _REPORT else f"{remedy}, or ship an image (hpybc prebuild)",
    )


def died(status: int, said: bytes, remedy: str = _REPORT) -> errors.BuildProcessError:
    """The error for a process with LLVM in it that ended by ``status`` and ``said`` why."""
    return _failed(_end(status, said), remedy)


def _failed(found: str, remedy: str) -> errors.BuildProcessError:
    return errors.BuildProcessError(
        "the process that was to compile the extension failed",
        found=found,
        needed="an extension that LLVM can compile for this processor",
        remedy=remedy,
    )


def main() -> None:
    """What the process does: the call that it reads, whose result it writes."""
    import signal

    # Its parent decides when it ends: ``programs`` has it end with that.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    group.belong()
    with os.fdopen(os.dup(1), "wb") as output:
        os.dup2(2, 1)  # what anything prints is no result

        def say(kind: bytes, text: str) -> None:
            output.write(b"%b %b\n" % (kind, text.encode("unicode_escape")))
            output.flush()

        output.write(_STARTED + b"\n")
        output.flush()
        function, arguments, limits, began, logged = pickle.load(sys.stdin.buffer)
        _limit(limits)
        progress.relayed(
            lambda what: say(b"doing", what), (lambda text: say(b"log", text)) if logged else None
        )
        progress.log("process", began)
        result, raised = b"", ""
        try:
            result = function(*arguments)
        except errors.HpybcError as error:
            import json

            parts = {part: getattr(error, part) for part in error.PARTS}
            raised = json.dumps([type(error).__name__, parts])
        say(b"end", raised)
        output.write(result)
    if limits is None:
        # Nobody wants what is left, and to take that apart takes as long as to import llvmlite.
        os._exit(0)


def _limit(limits: Limits | None) -> None:
    import resource

    most = [(resource.RLIMIT_CORE, 0)]
    if limits is not None:
        most += [(resource.RLIMIT_CPU, limits.seconds), (resource.RLIMIT_AS, limits.memory)]
    for what, value in most:
        _, hard = resource.getrlimit(what)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (allowed, hard))
