"""A call in a process of its own, for what cannot or should not be done in this one."""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
from collections.abc import Callable
from typing import NamedTuple

from hpybc import errors

#: What the new interpreter runs. It imports what this one would: the same hpybc, and llvmlite.
_MAIN = "import sys; sys.path[:] = {path}; from hpybc.jit import child; child.main({folder})"

#: What an error is made of, see ``errors.HpybcError``.
_PARTS = ("what", "path", "found", "needed", "remedy")


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

_ANYWHERE = "load the extension in the main interpreter once: its image is kept in the cache"


def call(
    function: Callable[..., bytes],
    *arguments: object,
    limits: Limits | None = None,
    remedy: str = _ANYWHERE,
) -> bytes:
    """The result of ``function(*arguments)``, computed in a new process.

    Args:
        function: one that can be imported by its name.
        arguments: whatever can be pickled.
        limits: what the process may take.
        remedy: what to advise if it ends without a result.

    Raises:
        HpybcError: what ``function`` raised there, of the same class and with the same parts.
        BuildProcessError: the process could not be started, or ended without a result.
    """
    import tempfile

    try:
        with tempfile.TemporaryDirectory(prefix="hpybc-") as folder:
            with open(os.path.join(folder, "call"), "wb") as file:
                pickle.dump((function, arguments, limits), file)
            failure = _run(folder, None if limits is None else 10 * limits.seconds)
            if failure:
                raise _failed(failure, remedy)
            if os.path.exists(os.path.join(folder, "error")):
                with open(os.path.join(folder, "error"), encoding="utf-8") as text:
                    kind, parts = json.load(text)
                raise getattr(errors, kind)(**parts)
            with open(os.path.join(folder, "result"), "rb") as file:
                return file.read()
    except OSError as error:
        if errors.is_handlers(error):
            raise
        raise errors.BuildProcessError(
            "the process that was to compile the extension cannot be given its work",
            found=str(error),
            needed="a program to run, and room in a folder for temporary files",
            remedy="name a folder with room in TMPDIR",
        ) from None


def _run(folder: str, timeout: float | None) -> str:
    """Runs the process for the call in ``folder``; says why it failed, if it did."""
    import subprocess

    path = [entry for entry in sys.path if isinstance(entry, str)]
    program = _MAIN.format(path=ascii(path), folder=ascii(folder))
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", program],
            # By posix_spawn then, which isolated interpreters allow, unlike fork.
            close_fds=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=timeout,
        )
    except subprocess.TimeoutExpired as error:
        return f"no end after {error.timeout:.0f} seconds"
    except (OSError, RuntimeError) as error:  # no such program, or not in this interpreter
        if errors.is_handlers(error):
            raise
        return str(error)
    if done.returncode == 0:
        return ""
    return "; ".join([_end(done.returncode), *done.stderr.strip().splitlines()[-1:]])


def _end(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:  # a real-time signal
        return f"signal {-status}"


def _failed(found: str, remedy: str) -> errors.BuildProcessError:
    return errors.BuildProcessError(
        "the process that was to compile the extension failed",
        found=found,
        needed=f"{sys.executable or 'sys.executable'} to be a Python that can import hpybc",
        remedy=remedy,
    )


def main(folder: str) -> None:
    """What the process does: the call that is in ``folder``."""
    with open(os.path.join(folder, "call"), "rb") as file:
        function, arguments, limits = pickle.load(file)
    if limits is not None:
        _limit(limits)
    try:
        result = function(*arguments)
    except errors.HpybcError as error:
        parts = {part: getattr(error, part) for part in _PARTS}
        with open(os.path.join(folder, "error"), "w", encoding="utf-8") as text:
            json.dump([type(error).__name__, parts], text)
    else:
        with open(os.path.join(folder, "result"), "wb") as file:
            file.write(result)


def _limit(limits: Limits) -> None:
    import resource

    for what, most in (
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, hard))
