"""A call in a process of its own, for what cannot or should not be done in this one.

Such as to use LLVM: it ends the process where it does not know what to do. The process gets the
call on its standard input, says what came of it on its standard output, and has no files.
"""

from __future__ import annotations

import errno
import json
import os
import pickle
import re
import signal
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from hpybc import errors
from hpybc.jit import progress
from hpybc.jit.target import usable

if TYPE_CHECKING:
    import subprocess

#: What the new interpreter runs. It imports what this one would: the same hpybc, and llvmlite.
_MAIN = "import sys; sys.path[:] = {path}; from hpybc.jit import child; child.main()"

#: What the process says first: it is a Python, and has hpybc.
_STARTED = b"hpybc\n"

#: What an error is made of, see ``errors.HpybcError``.
_PARTS = ("what", "path", "found", "needed", "remedy")

#: Of prctl(2): the signal to get when the thread ends that started the process.
_PR_SET_PDEATHSIG = 1


class Limits(NamedTuple):
    """What a process may take before it is ended.

    Attributes:
        seconds: of the processor's time, and ten times as much by the clock.
        memory: bytes of address space.
    """

    seconds: int
    memory: int


#: For bitcode of which nobody knows whether LLVM survives it. 3000 lines take three seconds.
FOREIGN = Limits(seconds=120, memory=4 << 30)

#: How LLVM, and the C library for one of its assertions, say what is wrong.
_WRONG = re.compile(r"\b(?:error: |Assertion `)", re.IGNORECASE)

_ANYWHERE = "load the extension in the main interpreter once: its image is kept in the cache"
_REPORT = "do without what LLVM names, or report it with the file as a fault of hpybc"


def call(
    function: Callable[..., bytes],
    *arguments: object,
    limits: Limits | None = None,
    here: bool = False,
    remedy: str = _REPORT,
) -> bytes:
    """The result of ``function(*arguments)``, computed in a new process.

    What the function tells the logger ``hpybc.build`` is told in this process, once it has ended.

    Args:
        function: one that can be imported by its name.
        arguments: whatever can be pickled.
        limits: what the process may take.
        here: whether to call it in this process if no other can be started.
        remedy: what to advise if the process ends without a result.

    Raises:
        HpybcError: what ``function`` raised there, of the same class and with the same parts.
        BuildProcessError: the process could not be started, or ended without a result.
    """
    import subprocess

    began = time.perf_counter()
    try:
        work = pickle.dumps((function, arguments, limits, os.getpid(), began))
        done = _run(work, None if limits is None else 10 * limits.seconds)
    except subprocess.TimeoutExpired as error:
        raise _failed(f"no end after {error.timeout:.0f} seconds", remedy) from None
    except (OSError, RuntimeError) as error:  # no such program, or not in this interpreter
        if errors.is_handlers(error):
            raise
        if here and usable():
            return function(*arguments)
        raise _not_started(str(error)) from None
    head, _, result = done.stdout.removeprefix(_STARTED).partition(b"\n")
    if done.returncode != 0 or not head:
        if done.stdout.startswith(_STARTED):
            raise died(done.returncode, done.stderr, remedy)
        if here and usable():
            return function(*arguments)
        raise _not_started(_end(done.returncode, done.stderr))
    told, raised = json.loads(head)
    progress.repeat(told)
    if raised is not None:
        kind, parts = raised
        if kind == errors.BuildProcessError.__name__:
            parts["remedy"] = remedy
        raise getattr(errors, kind)(**parts)
    return result


def _run(work: bytes, timeout: float | None) -> subprocess.CompletedProcess[bytes]:
    """Runs the process that is to do ``work``, and ends it if this one is interrupted."""
    import subprocess

    if getattr(sys, "frozen", False):
        raise OSError(errno.ENOEXEC, "the program itself, frozen, and no Python")
    path = [entry for entry in sys.path if isinstance(entry, str)]
    return subprocess.run(
        [sys.executable, "-I", "-c", _MAIN.format(path=ascii(path))],
        # By posix_spawn then, which isolated interpreters allow, unlike fork.
        close_fds=False,
        input=work,
        capture_output=True,
        timeout=timeout,
    )


def _end(status: int, said: bytes) -> str:
    """What a process ended by, and the line on its standard error that says why."""
    lines = said.decode(errors="replace").strip().splitlines()
    # After the line that says what is wrong come code and stacks.
    why = [line for line in lines if _WRONG.search(line)][:1] or lines[-1:]
    if status >= 0:
        return "; ".join([f"exit status {status}", *why])
    try:
        return "; ".join([signal.Signals(-status).name, *why])
    except ValueError:  # a real-time signal
        return "; ".join([f"signal {-status}", *why])


def _not_started(found: str) -> errors.BuildProcessError:
    return errors.BuildProcessError(
        "the process that was to compile the extension could not be started",
        found=found,
        needed=f"{sys.executable or 'sys.executable'} to be a Python that can import hpybc",
        remedy=_ANYWHERE,
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
    # Its parent decides when it ends, and is asked by whoever presses Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with os.fdopen(os.dup(1), "wb") as output:
        os.dup2(2, 1)  # what anything prints is no result
        output.write(_STARTED)
        output.flush()
        function, arguments, limits, parent, began = pickle.load(sys.stdin.buffer)
        _end_with(parent)
        _limit(limits)
        told = progress.recorded()
        progress.log("process", began)
        result, raised = b"", None
        try:
            result = function(*arguments)
        except errors.HpybcError as error:
            raised = type(error).__name__, {part: getattr(error, part) for part in _PARTS}
        output.write(json.dumps((told, raised)).encode() + b"\n" + result)


def _end_with(parent: int) -> None:
    """Has this process end when the process ``parent`` does, however that ends."""
    try:
        import ctypes
    except ImportError:  # then there is no LLVM to wait for either
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _limit(limits: Limits | None) -> None:
    import resource

    most = [(resource.RLIMIT_CORE, 0)]
    if limits is not None:
        most += [(resource.RLIMIT_CPU, limits.seconds), (resource.RLIMIT_AS, limits.memory)]
    for what, value in most:
        _, hard = resource.getrlimit(what)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (allowed, hard))
