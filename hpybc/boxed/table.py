"""The objects that have handles: where each is, and what is kept with it."""

from __future__ import annotations

from _thread import RLock, allocate_lock
from typing import Any

from hpybc.boxed.state import counts

#: The tag of a handle that is an index, see ``boxed.h``; and the bits that are the index.
OBJECT = 1 << 48
LOWER = (1 << 48) - 1

#: The count of what is never forgotten.
IMMORTAL = 1 << 30

#: The objects that have handles, by index. Index 0 is nobody's.
objects: list[Any] = [None] * 1024
_free: list[int] = list(range(1023, 0, -1))

#: Memory that lives as long as a handle: what HPyUnicode_AsUTF8AndSize returns, for example.
_attached: dict[int, dict[bytes, Any]] = {}


#: What several threads must not do at the same time. Counting is more than one step of Python's.
lock = RLock()

#: What a processor has written before this is locked, others see before it reads what comes after.
fence = allocate_lock()


def place(x: Any) -> int:
    """A free index, where ``x`` is now."""
    try:
        i = _free.pop()
    except IndexError:  # another thread may have had the last one
        i = _grow()
    objects[i] = x
    return i


def _grow() -> int:
    with lock:
        n = len(objects)
        objects.extend([None] * n)
        _free.extend(range(2 * n - 1, n, -1))
        return n


def new(x: Any) -> int:
    """A handle of an object that C sees as such."""
    i = place(x)
    counts[i] = 1
    return OBJECT | i


def immortal(x: Any) -> int:
    """A handle that is never closed."""
    h = new(x)
    counts[h & LOWER] = IMMORTAL
    return h


def texts_of(i: int) -> dict[bytes, Any]:
    """The memory that lives as long as a handle with this index: copies of its texts."""
    return _attached.setdefault(i, {})


def forget(i: int) -> None:
    """Frees an index, of which no handle is open."""
    objects[i] = None
    if _attached:
        _attached.pop(i, None)
    _free.append(i)
