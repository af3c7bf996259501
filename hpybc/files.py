"""Files that are replaced as a whole, or left as they were.

Each is written under another name first, by a process that has it locked meanwhile (flock(2)): one
of such a name that nobody has locked was left by a process that died.
"""

from __future__ import annotations

import fcntl
import os
from io import BufferedWriter

_HEXADECIMAL = frozenset("0123456789abcdef")


def replace(path: str, data: bytes, mode: int = 0o666) -> None:
    """Replaces the file ``path`` in one step, or makes it. A device, or a pipe, is written to.

    Args:
        path: the file.
        data: its new content.
        mode: its permissions, less those that the process's umask takes.

    Raises:
        OSError: it cannot be written; of ``path``, whatever file the attempt was made with.
    """
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        with open(path, "wb") as file:
            file.write(data)
        return
    _sweep(path)
    temporary = f"{path}.{os.getpid()}-{os.urandom(4).hex()}"
    try:
        with _made(temporary, mode) as file:
            file.write(data)
            file.flush()
            os.replace(temporary, path)
    except BaseException as error:  # a signal's, too
        try:
            os.unlink(temporary)
        except OSError:
            pass
        if isinstance(error, OSError) and error.filename == temporary:
            raise OSError(error.errno, error.strerror, path) from None
        raise


def _made(path: str, mode: int) -> BufferedWriter:
    """The new file ``path``, open and locked."""
    while True:
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:  # a file system without locks
            pass
        if os.path.lexists(path):
            return file
        file.close()  # somebody took it for a dead process's before it was locked


def remove_abandoned(path: str) -> bool:
    """Removes the file ``path``, on which a process at work has a lock, if that has died.

    Returns:
        Whether it did. Where there are no locks nobody knows.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(file), os.lstat(path)):
            return False
        os.unlink(path)
    except OSError:
        return False
    finally:
        os.close(file)
    return True


def _sweep(path: str) -> None:
    """Removes what processes that died left of their attempts to write ``path``."""
    directory, name = os.path.split(path)
    try:
        found = os.listdir(directory or ".")
    except OSError:
        return
    for other in found:
        if written_for(other) == name:
            remove_abandoned(os.path.join(directory, other))


def written_for(name: str) -> str | None:
    """The name of the file that one called ``name`` is to replace once it is written.

    None if it has no such name. No regular expressions, which a load does without.
    """
    own, _, rest = name.rpartition(".")
    process, _, chance = rest.partition("-")
    if process.isascii() and process.isdecimal() and len(chance) == 8 and is_hexadecimal(chance):
        return own
    return None


def is_hexadecimal(text: str) -> bool:
    """Whether ``text`` consists of digits as ``hex`` writes them, or is empty."""
    return _HEXADECIMAL.issuperset(text)
