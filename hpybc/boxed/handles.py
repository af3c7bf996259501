"""From a Python object to a handle, and back; see ``boxed.h`` for what a handle is.

Python and C each write their own half of what they share. A count in ``state.counts`` is written by
whoever uses the handle, and a handle is used by one thread at a time; what several may use is never
counted (``IMMORTAL``). An instance, which several threads may have handles of, has a count for each
half, and what is freed is decided here.
"""

from __future__ import annotations

from typing import Any

from hpybc.boxed.state import (
    CHAR_ARRAY,
    DRAIN,
    INTS,
    N_CLOSED,
    N_CLOSED_EVER,
    N_FREED,
    RAISING,
    WORDS,
    address,
    callback,
    closed,
    counts,
    ffi,
    local,
    several_threads,
    shared,
)
from hpybc.boxed.structs import INDEX, OPEN, QUEUED, SLOT, TYPE, struct_of
from hpybc.boxed.table import (
    IMMORTAL,
    LOWER,
    OBJECT,
    fence,
    forget,
    immortal,
    lock,
    new,
    objects,
    place,
    texts_of,
)

#: Where the two counts in the word ``QUEUED`` are, seen from those in ``OPEN``; the greatest.
_N_QUEUED, _N_SEEN = 2 * (QUEUED - OPEN), 2 * (QUEUED - OPEN) + 1
_MOST = 2**31 - 1

INTEGER = 6 << 48
SIGN = 1 << 47
INVERTED = -(1 << 48)


class Null:
    """HPy_NULL, where a function of the API may get it."""

    def __repr__(self) -> str:
        return "<NULL>"


NULL: Any = Null()


def box(x: Any) -> int:
    """A new handle of ``x``."""
    t = type(x)
    if t is float:
        own = local
        own.doubles[0] = x
        h = own.words[0] ^ INVERTED
        return h if (h >> 48) & 0xFFF8 else new(x)
    if t is int:
        return INTEGER | (x & LOWER) if -SIGN <= x < SIGN else new(x)
    if t is bool:
        return TRUE if x else FALSE
    if x is None:
        return NONE
    if t is str or t is list or t is tuple or t is dict or t is bytes:
        return new(x)
    block = struct_of(x)
    return new(x) if block is None else open_block(block, x)


def open_block(block: Any, x: Any) -> int:
    """A handle of ``x``, which has this struct."""
    own = local.words  # of a new thread, which says that there are several
    if own is not None and several_threads[0]:
        with lock:
            return _open_block(block, x)
    return _open_block(block, x)


def _open_block(block: Any, x: Any) -> int:
    h: int = block.address
    words = ffi.cast(WORDS, h)
    if words[INDEX] == 0:
        words[INDEX] = place(x)
    ffi.cast(INTS, h + 8 * OPEN)[0] += 1
    return h


def unbox(h: int) -> Any:
    """The object of a handle, which is closed."""
    tag = h >> 48
    if tag == 6:
        v = h & LOWER
        return v - OBJECT if v & SIGN else v
    if tag == 1:
        i = h & LOWER
        x = objects[i]
        n = counts[i]
        if n == 1:
            forget(i)
        elif n < IMMORTAL:
            counts[i] = n - 1
        return x
    if tag == 0:
        if several_threads[0]:
            with lock:
                return _unbox_instance(h)
        return _unbox_instance(h)
    own = local
    own.words[0] = h ^ INVERTED
    return own.doubles[0]


#: The types that C makes instances of, by their handles, each as a weak reference.
types: dict[int, Any] = {}


def _unbox_instance(h: int) -> Any:
    words = ffi.cast(WORDS, h)
    index = words[INDEX]
    if index == 0:
        return _first_seen(words, h)
    x = objects[index]
    _release_instance(h)
    return x


def _first_seen(words: Any, h: int) -> Any:
    """The object of an instance that C has made: it gets one now. Its one handle is closed."""
    x = types[words[TYPE]]().take(h, words[SLOT])
    opened = ffi.cast(INTS, h + 8 * OPEN)
    opened[0] -= 1
    words[SLOT] = 0
    if opened[0] + opened[1]:  # C has another
        words[INDEX] = place(x)
    return x


def _show(h: int) -> Any:
    """The same while the handle stays open."""
    with lock:
        index = ffi.cast(WORDS, h)[INDEX]
        if index:
            return objects[index]
        ffi.cast(INTS, h + 8 * OPEN)[0] += 2
        x = _first_seen(ffi.cast(WORDS, h), h)
        ffi.cast(INTS, h + 8 * OPEN)[0] -= 1
        return x


def peek(h: int) -> Any:
    """The object of a handle, which stays open; ``NULL`` for HPy_NULL."""
    tag = h >> 48
    if tag == 6:
        v = h & LOWER
        return v - OBJECT if v & SIGN else v
    if tag == 1:
        return objects[h & LOWER]
    if tag == 0:
        if h == 0:
            return NULL
        index = ffi.cast(WORDS, h)[INDEX]
        return objects[index] if index else _show(h)
    own = local
    own.words[0] = h ^ INVERTED
    return own.doubles[0]


def release(h: int) -> None:
    """Closes a handle of an object or an instance."""
    if h >> 48:
        i = h & LOWER
        n = counts[i]
        if n == 1:
            counts[i] = 0
            forget(i)
        elif n < IMMORTAL:
            counts[i] = n - 1
    elif h:
        if several_threads[0]:
            with lock:
                _release_instance(h)
        else:
            _release_instance(h)


def _release_instance(h: int) -> None:
    own = ffi.cast(INTS, h + 8 * OPEN)
    n = own[0] - 1
    own[0] = n
    if n + own[1] == 0:
        _forget_unless_queued(h, own)


def _forget_unless_queued(h: int, own: Any) -> None:
    """Forgets an instance of which no handle is open: unless it is in the ring, and comes later.

    C writes that it is there before it counts, and so this reads it afterwards.
    """
    if several_threads[0]:
        fence.acquire()
        fence.release()
    if own[_N_QUEUED] == own[_N_SEEN]:
        forget_instance(h)


def attach(h: int, data: bytes) -> int:
    """The address of ``data`` and a null byte, which are there as long as the handle is open.

    Most objects have one text. A type has another when its name is set.
    """
    i = h & LOWER if h >> 48 else ffi.cast(WORDS, h)[INDEX]
    texts = texts_of(i)
    memory = texts.get(data)
    if memory is None:
        memory = texts[data] = ffi.new(CHAR_ARRAY, data)
    return address(memory)


def forget_instance(h: int) -> None:
    words = ffi.cast(WORDS, h)
    i = words[INDEX]
    if i:
        words[INDEX] = 0
        forget(i)


def drain() -> None:
    """Forgets the objects whose last handle C has closed.

    Their finalizers run here, and call extensions: not with the exception that is being raised.
    """
    pending = put_aside()
    try:
        with lock:
            _drain()
    finally:
        put_back(pending)


def put_aside() -> BaseException | None:
    """The exception being raised in this thread, of which nobody knows until it is put back."""
    own = local
    pending, own.exception = own.exception, None
    shared[RAISING] = 0
    return pending


def put_back(pending: BaseException | None) -> None:
    if pending is not None:
        local.exception = pending
        shared[RAISING] = 1


def _drain() -> None:
    # What is forgotten may call the extension, which may come here again.
    while (done := shared[N_FREED]) != shared[N_CLOSED_EVER]:
        h = closed[done % N_CLOSED]
        shared[N_FREED] = done + 1
        if h >> 48:
            i = h & LOWER
            if counts[i] == 0 and objects[i] is not None:
                forget(i)
        else:
            own = ffi.cast(INTS, h + 8 * OPEN)
            n = own[_N_SEEN]
            own[_N_SEEN] = n + 1 if n < _MOST else -_MOST - 1
            if own[0] + own[1] == 0:
                _forget_unless_queued(h, own)


shared[DRAIN] = callback("void(*)(void)", drain)


#: The handles that C compares with; ``constants`` makes the others.
NONE, TRUE, FALSE = immortal(None), immortal(True), immortal(False)
