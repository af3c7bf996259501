"""The memory that both halves share; ``boxed.h`` has the same layout.

Everything is in words of 8 bytes, so that no C declaration has to be parsed when a process starts:
cffi's own parser alone takes longer to import than a module takes to load.
"""

from __future__ import annotations

import mmap
import os
import re
import sys
import time
from _thread import _local as Local  # threading's
from typing import TYPE_CHECKING, Any

import _cffi_backend

if TYPE_CHECKING:
    from collections.abc import Callable

ffi = _cffi_backend.FFI()

#: A C type by its name. cffi looks each string up again otherwise.
WORDS = ffi.typeof("int64_t *")
DOUBLES = ffi.typeof("double *")
INTS = ffi.typeof("int32_t *")
CHARS = ffi.typeof("char *")
POINTER = ffi.typeof("void *")
ADDRESS = ffi.typeof("intptr_t")
WORD_ARRAY = ffi.typeof("int64_t[]")
DOUBLE_ARRAY = ffi.typeof("double[]")
CHAR_ARRAY = ffi.typeof("char[]")

#: How many objects can have handles at once; the memory for their counts is not touched before it
#: is needed.
CAPACITY = 1 << 26

#: How many closed handles C may leave to us.
N_CLOSED = 4096

_memory = mmap.mmap(-1, 4 * CAPACITY, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)

#: How many handles are open on each object, by its index.
counts = ffi.cast(INTS, ffi.from_buffer(_memory))

#: The handles that C has closed for good, in a ring.
closed = ffi.new(WORD_ARRAY, N_CLOSED)

#: ``Shared`` in boxed.h, and the indices of its members.
shared = ffi.new(WORD_ARRAY, 64)
(COUNTS, CLOSED, N_CLOSED_EVER, N_FREED, RAISING, THREADS, INSIDE, FIRST, DRAIN, PROVIDE,
 SNAPSHOT, ITEMS, N_ITEMS, COPIED, N_LEAVES, SAVE, RESTORE, CALLS) = range(18)  # fmt: skip


def address(pointer: Any) -> int:
    """Where a pointer points, as a number."""
    return int(ffi.cast(ADDRESS, pointer))


shared[COUNTS] = address(counts)
shared[CLOSED] = address(closed)
shared[COPIED] = 1  # the items of no list are in C

# ---- The context ---------------------------------------------------------------------------------

#: Words before the first member of ``HPyContext``: name, private, abi_version.
_HEAD = 3


class Function:
    """A function of the API, as api.def has it: its C types decide over what Python sees.

    Attributes:
        index: of the context's member.
        result: its C type; ``void`` for a procedure.
        parameters: their C types, without the context.
    """

    __slots__ = ("index", "parameters", "result")

    def __init__(self, index: int, result: str, parameters: list[str]) -> None:
        self.index = index
        self.result = result
        self.parameters = parameters


#: A parameter's type, without its name.
_TYPE = re.compile(r"^(.*[ *])\w+$")

#: The constants and the functions of the context, by name.
handles: dict[str, int] = {}
functions: dict[str, Function] = {}
names: dict[int, str] = {}

_HEADERS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "include/hpy")


def _read() -> None:
    with open(os.path.join(_HEADERS, "api.def"), encoding="utf-8") as file:
        text = file.read()
    for line in text.splitlines():
        kind, _, rest = line.partition("(")
        if not kind.startswith("HPY_") or not rest[:1].isdigit():
            continue
        if kind == "HPY_HANDLE":
            number, name, _ = rest.split(", ", 2)
            handles[name] = int(number)
            continue
        head, _, tail = rest.partition(", (")
        words = head.split(", ")
        name, index = words[-2], int(words[0])
        parameters = tail.partition("), (")[0].replace(" items[]", " *items").split(", ")[1:]
        result = words[1] if kind == "HPY_FUNCTION" else "void"
        functions[name] = Function(index, result, [_TYPE.sub(r"\1", p).strip() for p in parameters])
        names[index] = name


_read()

_name = ffi.new(CHAR_ARRAY, b"HPy Universal ABI (boxed, hpybc)")
context = ffi.new(WORD_ARRAY, _HEAD + max(max(handles.values()), max(names)) + 1)
context[0] = address(_name)
context[1] = address(shared)


def set_member(index: int, value: int) -> None:
    """Fills one entry of the context."""
    context[_HEAD + index] = value


def member(index: int) -> int:
    return int(context[_HEAD + index])


# ---- Threads -------------------------------------------------------------------------------------


class _Local(Local):
    """Of each thread: memory to see the bits of a float in, and the exception being raised."""

    def __init__(self) -> None:
        if several_threads:
            # Whoever is about to count a handle goes on meanwhile, and from then on takes a lock.
            several_threads[0] = True
            time.sleep(0.01)
        self.words = ffi.new(WORD_ARRAY, 2)
        self.doubles = ffi.cast(DOUBLES, self.words)
        self.exception: BaseException | None = None


#: Whether there has been a second thread; empty before there was one.
several_threads: list[bool] = []

local = _Local()
local.exception = None  # which makes the first thread's
several_threads.append(False)

#: What has to live as long as the process: callbacks, above all.
forever: list[object] = [_memory, _name, closed, shared, context]

if sys.implementation.name == "cpython":
    # It ends its modules before the last objects: these may be instances, whose functions call.
    from ctypes import py_object, pythonapi

    pythonapi.Py_IncRef(py_object(forever))


def callback(signature: Any, function: Callable[..., object], error: object = None) -> int:
    """The address of a C function that calls ``function``."""
    made = ffi.callback(signature, function, error)
    forever.append(made)
    return address(made)
