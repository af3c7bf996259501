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
    directory = cache.folder()
    path = os.path.join(directory, name + SUFFIX)
    try:
        if not cache.usable(directory):
            raise OSError
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        yield
        return
    try:
        end = time.monotonic() + _PATIENCE
        while not _locked(file) and time.monotonic() < end:
            time.sleep(_INTERVAL)
        yield
    finally:
        try:
            # Who waits for this very file has his turn; who comes later makes another.
            os.unlink(path)
        except OSError:
            pass
        # A child that was forked meanwhile has the file open as well.
        fcntl.flock(file, fcntl.LOCK_UN)
        os.close(file)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
