"""Folders for temporary files, which do not outlive the process that has made them.

A folder is locked (flock(2)) as long as its process lives. So whoever makes the next one knows
which of the others dead processes have left, and removes them.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from hpybc.process import group

#: How they are called; those of earlier versions had no eight letters after such a prefix.
_PREFIX = "hpybc-build-"
_FOLDER = re.compile(_PREFIX + r"\w{8}")


@contextmanager
def temporary() -> Iterator[str]:
    """A folder for temporary files, for as long as the block lasts.

    Those that dead processes have left are removed first.

    Raises:
        OSError: there is no room for one.
    """
    _sweep(tempfile.gettempdir())
    while True:
        path = tempfile.mkdtemp(prefix=_PREFIX)
        try:
            lock = _locked(path)
            break
        except (BlockingIOError, FileNotFoundError):  # taken for a dead process's just now
            pass
    group.own(lock)
    try:
        yield path
    finally:
        with suppress(OSError):
            shutil.rmtree(path)
        group.disown(lock)
        os.close(lock)


def _sweep(directory: str) -> None:
    """Removes the folders in ``directory`` whose processes are dead."""
    with suppress(OSError), os.scandir(directory) as found:
        for entry in found:
            if _FOLDER.fullmatch(entry.name) is None:
                continue
            with suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid == os.geteuid():
                    lock = _locked(entry.path, strict=True)
                    try:
                        shutil.rmtree(entry.path)
                    finally:
                        os.close(lock)


def _locked(path: str, *, strict: bool = False) -> int:
    """The folder ``path``, open and locked.

    Raises:
        OSError: another process has it, or it is gone; if ``strict``, also where no locks are.
    """
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:  # a file system without locks
            if strict:
                raise
        if not os.path.samestat(os.fstat(lock), os.stat(path)):
            raise FileNotFoundError(path)
    except BaseException:
        os.close(lock)
        raise
    return lock
