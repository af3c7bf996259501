"""Starting a program by fork and exec, where there is no posix_spawn: in PyPy."""

from __future__ import annotations

import errno
import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from io import FileIO


def spawn(
    command: Sequence[str],
    files: Mapping[int, FileIO | None],
    group: int | None,
    restored: Sequence[int],
) -> int:
    """Starts ``command``; see ``group``. Returns the number of its process.

    Args:
        command: the program, which is looked for on ``PATH``, and its arguments.
        files: by number; None is for no file.
        group: the group of processes to join, 0 for a new one, None for this process's.
        restored: the signals that Python ignores and the program should not.

    Raises:
        OSError: the program cannot be started.
    """
    said, saying = os.pipe()  # neither of which the program inherits
    try:
        pid = os.fork()
    except BaseException:
        os.close(said)
        os.close(saying)
        raise
    if pid == 0:
        try:
            _become(command, files, group, restored)
        except OSError as error:
            os.write(saying, str(error.errno).encode())
        finally:
            os._exit(127)
    os.close(saying)
    with open(said, "rb") as file:
        failed = file.read()
    if failed:
        os.waitpid(pid, 0)
        number = int(failed)
        raise OSError(number, os.strerror(number), command[0])
    return pid


def _become(
    command: Sequence[str],
    files: Mapping[int, FileIO | None],
    group: int | None,
    restored: Sequence[int],
) -> None:
    if group is not None:
        os.setpgid(0, group)
    for number in restored:
        signal.signal(number, signal.SIG_DFL)
    for number, file in files.items():
        source = os.open(os.devnull, os.O_RDWR) if file is None else file.fileno()
        os.dup2(source, number)
    os.execvpe(command[0], [*command], os.environ)
    raise OSError(errno.ENOEXEC, "exec returned")
