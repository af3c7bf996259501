"""Groups of processes, which end with the process that has started them.

A program runs in a group of its own, which a *watchdog* belongs to: a shell that waits for the end
of a pipe. This process alone has the pipe's other end open. When this process is gone, however it
ended, the watchdog kills the group: the program, and whatever that has started. Ctrl-C at a
terminal is for this process, not for the group.
"""

from __future__ import annotations

import fcntl
import os
import sys
from _signal import (  # type: ignore[import-not-found]  # numbers, and no enum of them to import
    SIGKILL,
    SIGPIPE,
    SIGXFSZ,
)
from io import FileIO

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

#: What the watchdog does: it kills its own group, and itself, once nobody can write to its input.
_SHELL = ("/bin/sh", "-c", "read _; kill -9 0")
_PYTHON = ("-I", "-S", "-c", "import os; os.read(0, 1); os.killpg(0, 9)")

#: Signals that Python ignores, and other programs should not.
_RESTORED = (SIGPIPE, SIGXFSZ)


class Group:
    """The group of processes of a program. It ends with the block, and with this process.

    A process that is in such a group itself (``belong``) starts programs in that group: they end
    with whoever started it, and need no watchdog of their own.
    """

    def __init__(self) -> None:
        self._number = 0  # as in the argument of kill(2): negative for a group
        self._lifeline: FileIO | None = None

    def __enter__(self) -> Group:
        if not _belongs:
            reading, self._lifeline = pipe()
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

    def ended(self, pid: int) -> None:
        """Says that the process ``pid`` has ended, and that its status has been asked for."""
        if self._number == pid:  # it may be another's by now
            self._number = 0

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
    """Says that ``programs.run`` has started this process, and watches over its group."""
    global _belongs
    _belongs = True


def belongs() -> bool:
    """Whether ``programs.run`` has started this process, see ``belong``."""
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
    if not hasattr(os, "posix_spawnp"):
        from hpybc.process import fork

        return fork.spawn(command, files, group, _RESTORED)
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


def pipe() -> tuple[FileIO, FileIO]:
    """The two ends of a pipe, neither of which is in the place of a standard file."""
    ends = []
    for number in os.pipe():
        if number < 3:
            moved = fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 3)
            os.close(number)
            number = moved
        ends.append(number)
    return FileIO(ends[0], "r"), FileIO(ends[1], "w")


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
