"""From a Python object to a handle, and back; see ``boxed.h`` for what a handle is.

Python and C each write their own half of what they share. A count in ``state.counts`` is written by
whoever uses the handle, and a handle is used by one thread at a time; what several may use is never
counted (``IMMORTAL``). An instance, which several threads may have handles of, has a count for each
half, and what is freed is decided here.
"""

from __future__ import annotations

from _thread import RLock, allocate_lock
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

OBJECT = 1 << 48
INTEGER = 6 << 48
LOWER = (1 << 48) - 1
SIGN = 1 << 47
INVERTED = -(1 << 48)

IMMORTAL = 1 << 30

#: What an instance has before its struct, in words: ``Instance`` in boxed.h. The third word is two
#: counts: of handles that Python has opened, less those it has closed; and the same of C.
HEADER = 6
TYPE, INDEX, OPEN, QUEUED, SLOT = -6, -5, -4, -3, -2

#: What a type of an extension's has in the place of its own.
IS_TYPE = 1


class Null:
    """HPy_NULL, where a function of the API may get it."""

    def __repr__(self) -> str:
        return "<NULL>"


NULL: Any = Null()

#: The objects that have handles, by index. Index 0 is nobody's.
objects: list[Any] = [None] * 1024
_free: list[int] = list(range(1023, 0, -1))

#: Memory that lives as long as a handle: what HPyUnicode_AsUTF8AndSize returns, for example.
_attached: dict[int, dict[bytes, Any]] = {}


#: What several threads must not do at the same time. Counting is more than one step of Python's.
lock = RLock()

#: What a processor has written before this is locked, others see before it reads what comes after.
_fence = allocate_lock()


def _grow() -> int:
    with lock:
        n = len(objects)
        objects.extend([None] * n)
        _free.extend(range(2 * n - 1, n, -1))
        return n


def new(x: Any) -> int:
    """A handle of an object that C sees as such."""
    i = _free.pop() if _free else _grow()
    objects[i] = x
    counts[i] = 1
    return OBJECT | i


def immortal(x: Any) -> int:
    """A handle that is never closed."""
    h = new(x)
    counts[h & LOWER] = IMMORTAL
    return h


class Block:
    """The struct of an instance, and what it refers to.

    Attributes:
        address: where the struct is.
        words: the struct in words, with its header before it.
        memory: what keeps both.
        opened: the counts in the header.
        fields: the objects in its HPyFields, for the interpreter's collector to see.
        call: the instance's own call function (HPy_SetCallFunction), or None.
    """

    __slots__ = ("address", "call", "fields", "memory", "opened", "words")

    def __init__(self, where: int, memory: object) -> None:
        self.address = where
        self.words = ffi.cast(WORDS, where)
        self.opened = ffi.cast(INTS, where + 8 * OPEN)
        self.memory = memory
        self.fields: list[Any] = [0]  # see fields.py
        self.call = None


#: The attribute that a class has whose instances have structs, and its value, ``types.Instances``.
#: A metaclass has another: what it has, its instances, which are classes, seem to have as well.
MARK = "_hpy_type"
METAMARK = "_hpy_metatype"


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
    words = block.words
    index = words[INDEX]
    if index == 0:
        words[INDEX] = index = _free.pop() if _free else _grow()
        objects[index] = x
    block.opened[0] += 1
    return int(block.address)


_attribute_of_type = type.__getattribute__
_attribute = object.__getattribute__


def struct_of(x: Any) -> Any:
    """The ``Block`` of an instance, which gets one if it has none yet; None for other objects.

    Python code that overrides how attributes are found does not see it.
    """
    t = type(x)
    try:
        instances = _attribute_of_type(t, MARK)
    except AttributeError:
        # Classes are rare, and more so those of an extension's metaclass.
        return struct_of_class(x) if issubclass_of_type(t) else None
    try:
        return _attribute(x, "_hpy_block")
    except AttributeError:
        return instances.block(x)


def issubclass_of_type(t: Any) -> bool:
    return t is not type and type in mro(t)


def mro(t: Any) -> Any:
    return _attribute_of_type(t, "__mro__")


def struct_of_class(x: Any) -> Any:
    try:
        instances = _attribute_of_type(type(x), METAMARK)
    except AttributeError:
        return None
    return instances.block(x)


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
    x, block = types[words[TYPE]]().take(words[SLOT])
    block.opened[0] -= 1
    words[SLOT] = 0
    if block.opened[0] + block.opened[1]:  # C has another
        words[INDEX] = index = _free.pop() if _free else _grow()
        objects[index] = x
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
    opened = ffi.cast(INTS, h + 8 * OPEN)
    n = opened[0] - 1
    opened[0] = n
    if n + opened[1] == 0 and not ffi.cast(WORDS, h)[QUEUED]:
        forget_instance(h)


def forget(i: int) -> None:
    objects[i] = None
    if _attached:
        _attached.pop(i, None)
    _free.append(i)


def attach(h: int, data: bytes) -> int:
    """The address of ``data`` and a null byte, which are there as long as the handle is open.

    Most objects have one text. A type has another when its name is set.
    """
    i = h & LOWER if h >> 48 else ffi.cast(WORDS, h)[INDEX]
    texts = _attached.setdefault(i, {})
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
    done = shared[N_FREED]
    while done != shared[N_CLOSED_EVER]:
        h = closed[done % N_CLOSED]
        done += 1
        shared[N_FREED] = done
        if h >> 48:
            i = h & LOWER
            if counts[i] == 0 and objects[i] is not None:
                forget(i)
        else:
            ffi.cast(WORDS, h)[QUEUED] = 0
            if several_threads[0]:  # before the mark is seen to be gone, no count is read
                _fence.acquire()
                _fence.release()
            opened = ffi.cast(INTS, h + 8 * OPEN)
            if opened[0] + opened[1] == 0:
                forget_instance(h)


shared[DRAIN] = callback("void(*)(void)", drain)


#: The handles that C compares with; ``constants`` makes the others.
NONE, TRUE, FALSE = immortal(None), immortal(True), immortal(False)
