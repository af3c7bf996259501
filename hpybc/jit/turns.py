"""Taking turns: of several builders of one image, in any thread or process, one builds.

By locks of the kernel on files in the cache (flock(2)), which end with the process that holds them.
Nothing depends on them but time: where there can be none, or their holder takes for ever, everyone
builds, and the last one's image stays.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from hpybc.jit import cache

SUFFIX = ".lock"

#: Seconds to wait for another builder, between two looks and in all.
_INTERVAL = 0.01
_PATIENCE = 60.0


@contextmanager
def turn(name: str) -> Iterator[None]:
    """Waits until nobody else is in a block for the cache entry ``name``, and keeps others out.

    Whoever has waited should look for the entry again.
    """
    directory = cache.trusted(cache.folder())
    path = os.path.join(directory or "", name + SUFFIX)
    file = None if directory is None else _locked(path)
    try:
        yield
    finally:
        if file is not None:
            try:
                os.unlink(path)
            except OSError:
                pass
            # A child that was forked meanwhile has the file open as well.
            fcntl.flock(file, fcntl.LOCK_UN)
            os.close(file)


def _locked(path: str) -> int | None:
    """The file ``path``, open and locked; None if that cannot be had, or not in time."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
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
        time.sleep(_INTERVAL)
    return None
