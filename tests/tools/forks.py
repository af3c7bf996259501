"""Builds in forks of one process that has LLVM, for tests that are about what a build gives.

hpybc calls LLVM in a new process each time (``hpybc.process.child``). For a small extension, most
of the work is to start Python there and to import llvmlite. Here each of these processes is a fork
of one that has done both already. It gets the same call, in the environment of the test, and
answers in the same way. A build that succeeded is not repeated: the next call for the same gets
the same answer. Builds are deterministic, as tests/jit/test_lto.py and test_build.py make sure.

Users have a new interpreter for each build. So have tests marked ``cold``, tests that start Python
themselves, and with ``--cold`` all tests.
"""

from __future__ import annotations

import atexit
import gc
import hashlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from types import SimpleNamespace
from typing import IO

from hpybc.loader import build
from hpybc.loader.recipe import Recipe
from hpybc.process import child, programs

#: What the process runs that is forked: with the path of this one, for the calls in a socket.
_MAIN = "import sys; sys.path[:] = {path}; from tools import forks; forks.serve({number})"


def use(are_forks: bool) -> None:
    """Whether the builds of this process are forks from now on. If not, it has no such child."""
    vars(child)["programs"] = _FORKS if are_forks else programs
    if not are_forks:
        end()


def _run(
    command: object, *, given: bytes, heard: Callable[[bytes], object], seconds: float | None
) -> programs.Done:
    """``programs.run`` of a child, forked. What it says is heard when it has ended."""
    key = _key(given)
    if key is not None and key in _answers:
        heard(_answers[key])
        heard(b"")
        return programs.Done(0, b"", b"")
    with ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        files[0].write(pickle.dumps((dict(os.environ), os.getcwd(), sys.path)) + given)
        files[0].seek(0)
        with _turn:
            server, _ = _servers[0] if _servers else _started()
            server.settimeout(seconds)
            try:
                socket.send_fds(server, [b"!"], [file.fileno() for file in files])
                status = os.waitstatus_to_exitcode(int(server.recv(16)))
            except BaseException as error:
                end()  # it may still answer
                if isinstance(error, TimeoutError):
                    raise programs.ExpiredError from None
                raise
        output, said = (_content(file) for file in files[1:])
    if key is not None and (status, said) == (0, b"") and b"\nend \n" in output:
        _answers[key] = output
    heard(output)
    heard(b"")
    return programs.Done(status, b"", said)


def _key(given: bytes) -> str | None:
    """What stands for all that a build depends on; None if the call is another, or reads files."""
    function, arguments, _, _, logged = pickle.loads(given)
    if function is not build._made or arguments[0].extension.libraries:
        return None
    recipe, linker = arguments
    made_of = [getattr(recipe, name) for name in Recipe.__slots__ if name != "extension"]
    environment = {name: os.environ[name] for name in os.environ if name not in _OF_NO_BUILD}
    parts = (made_of, linker, logged, sorted(environment.items()), sys.path)
    return hashlib.sha256(repr(parts).encode() + recipe.extension.data).hexdigest()


_FORKS = SimpleNamespace(run=_run, ExpiredError=programs.ExpiredError)
_turn = threading.Lock()
_answers: dict[str, bytes] = {}

#: Variables that differ from test to test, and that no build asks for.
_OF_NO_BUILD = {"HPYBC_CACHE_DIR", "PYTEST_CURRENT_TEST"}

_servers: list[tuple[socket.socket, subprocess.Popen[bytes]]] = []


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _started() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """A process that forks, and the socket by which it hears of calls."""
    ours, theirs = socket.socketpair()
    code = _MAIN.format(path=ascii(sys.path), number=theirs.fileno())
    command = [sys.executable, "-I", "-c", code]
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()], start_new_session=True)
    _servers.append((ours, process))
    theirs.close()
    return _servers[0]


@atexit.register
def end() -> None:
    """Ends the process that forks, if there is one. The next build starts another."""
    while _servers:
        ours, process = _servers.pop()
        ours.close()
        os.killpg(process.pid, signal.SIGKILL)  # and a build that has not come to an end
        process.wait()


def serve(number: int) -> None:
    """Forks for each call that comes by the socket, until its other end is closed."""
    import llvmlite.binding  # noqa: F401

    import hpybc.jit.build
    import hpybc.loader.recipe  # noqa: F401

    gc.freeze()
    server = socket.socket(fileno=number)
    while True:
        said, files, _, _ = socket.recv_fds(server, 1, 3)
        if not said:
            return
        process = os.fork()
        if process == 0:
            _work(files)
        for file in files:
            os.close(file)
        _, status = os.waitpid(process, 0)
        server.send(str(status).encode())


def _work(files: list[int]) -> None:
    """What a fork does: the call in the first of ``files``, as ``child.main`` does it."""
    status = 1
    try:
        for number, file in enumerate(files):
            os.dup2(file, number)
        environment, folder, sys.path[:] = pickle.load(sys.stdin.buffer)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        child.main()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)
