"""Taking turns: of several builders of one image, in any thread or process, one builds.

By locks of the kernel on files in the cache (flock(2)), which end with the process that holds them.
The others wait as long as it shows that it works, by the time of the file's modification. Nothing
depends on turns but time: where there can be none, or their holder does nothing for long, such as
a process that was stopped, everyone builds, and the last one's image stays.
"""

from __future__ import annotations

import fcntl
import os
import time

from hpybc.cache import store
from hpybc.process import programs, progress

SUFFIX = ".lock"

#: Seconds between two looks at another builder, at first and after a while; from one of its signs
#: to the next; and without one until it is not waited for any more.
_INTERVAL, _LONGEST = 0.01, 0.1
_SIGN = 1.0
_PATIENCE = 60.0


class turn:  # what is used of it is the call
    """Waits until nobody else is in a block for the cache entry ``name``, and keeps others out.

    Whoever has waited should look for the entry again. In the block, ``progress.tick`` shows that
    this process works.

    Args:
        name: of the entry.
        folder: where it is; by default the cache.
    """

    def __init__(self, name: str, folder: str | None = None) -> None:
        self._name, self._folder = name, folder

    def __enter__(self) -> None:
        directory = store.trusted(store.folder() if self._folder is None else self._folder)
        self._path = os.path.join(directory or "", self._name + SUFFIX)
        self._file = None if directory is None else _locked(self._path)
        self._given = time.monotonic()
        self._watch = progress.watched(self._sign)
        self._watch.__enter__()

    def __exit__(self, kind: object, *error: object) -> None:
        self._watch.__exit__(kind, *error)
        if self._file is None:
            return
        try:
            os.unlink(self._path)
        except OSError:
            pass
        # A child that was forked meanwhile has the file open as well.
        fcntl.flock(self._file, fcntl.LOCK_UN)
        os.close(self._file)

    def _sign(self) -> None:
        """Shows the others that this process works."""
        if self._file is not None and time.monotonic() - self._given >= _SIGN:
            self._given = time.monotonic()
            try:
                os.utime(self._file)
            except OSError:
                pass


def _locked(path: str) -> int | None:
    """The file ``path``, open and locked; None if that cannot be had, or not in time."""
    file = _try(path)
    if file != _TAKEN:
        return file
    with progress.shown("waiting for another process that builds the same"):
        return _waited(path)


def _waited(path: str) -> int | None:
    sign, since, interval = _sign(path), time.monotonic(), _INTERVAL
    while time.monotonic() - since < _PATIENCE:
        programs.pause(interval)
        interval = min(1.1 * interval, _LONGEST)
        file = _try(path)
        if file != _TAKEN:
            return file
        last, sign = sign, _sign(path)
        if sign != last:
            since = time.monotonic()
    return None


#: Instead of a file that somebody else has locked.
_TAKEN = -1


def _try(path: str) -> int | None:
    """The file ``path``, open and locked; ``_TAKEN``, or None if there are no locks."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever had it before has removed it, and another may be in its place.
        if os.path.samestat(os.fstat(file), os.stat(path)):
            return file
    except (BlockingIOError, FileNotFoundError):
        pass
    except OSError:  # a file system without locks
        os.close(file)
        return None
    os.close(file)
    return _TAKEN


def _sign(path: str) -> tuple[int, int] | None:
    """What changes while the holder of a lock works, or when it is another's."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns
