"""Instances of an extension's types: their structs, and those that C makes by itself."""

from __future__ import annotations

import weakref
from typing import Any, cast

from hpybc.boxed.calls import call
from hpybc.boxed.handles import open_block, types
from hpybc.boxed.state import WORD_ARRAY, WORDS, address, ffi, several_threads
from hpybc.boxed.structs import HEADER, IS_TYPE, MARK, METAMARK, SLOT, TYPE, Block, mro
from hpybc.boxed.table import lock

#: How many instances C can make before it asks again, and how many words these may have at most. A
#: piece of memory is kept by each of them.
_RESERVE = 64
_PIECE = 1024

_HEAPTYPE = 1 << 9


class Instances:
    """What is to know of a class's instances; the attribute ``MARK`` of the class.

    Attributes:
        kind: the class.
        size: of the struct, in bytes.
        shape: HPyType_BuiltinShape.
        handle: of the class, where its struct is: of which C knows what is its instance.
        destroy: the functions HPy_tp_destroy, of the class and of its bases.

    C makes instances of structs that lie in pieces of memory, which live as long as one of them.
    ``_pieces`` are those with structs that have no object yet, as many as ``_left`` says.
    """

    def __init__(self, size: int, shape: int, destroy: list[int]) -> None:
        self.kind: Any = None
        self.size = size
        self.shape = shape
        self.destroy = destroy
        self.handle = 0

    def block(self, x: Any) -> Block:
        """The struct of ``x``; a new one, whose bytes are zero, if it has none yet."""
        with lock:  # another thread may give it one
            try:
                block: Block = object.__getattribute__(x, "_hpy_block")
            except AttributeError:
                block = self._new_block(x)
            return block

    def _new_block(self, x: Any) -> Block:
        memory = ffi.new(WORD_ARRAY, self._words() + 1)
        where = (address(memory) + 15) // 16 * 16 + 8 * HEADER
        if self.destroy:
            functions, run = self.destroy, call("destroy")

            def destroy(_: Any) -> None:
                for function in functions:
                    run(function, where)

            memory = ffi.gc(memory, destroy)
        block = Block(where, memory)
        ffi.cast(WORDS, where)[TYPE] = self.handle if type(x) is self.kind else 0
        object.__setattr__(x, "_hpy_block", block)
        return block

    def _words(self) -> int:
        """How many an instance takes, with its header: an even number, for alignment."""
        return (HEADER + (self.size + 7) // 8 + 1) // 2 * 2

    # ---- Instances that C makes by itself

    def prepare(self, kind: Any) -> None:
        """``kind`` is the class: it gets a struct of its own, ``Type`` in boxed.h."""
        self.kind = kind
        self._make = solid(kind).__new__
        memory = ffi.new(WORD_ARRAY, HEADER + 3 + 1)
        where = (address(memory) + 15) // 16 * 16 + 8 * HEADER
        self._block = Block(where, memory)
        words = self._own = ffi.cast(WORDS, where)
        words[TYPE] = IS_TYPE
        words[0] = 0
        words[2] = self.size
        self._free = ffi.new(WORD_ARRAY, 0)  # whose address is in words[1]
        self.handle = where
        self._pieces: list[Any] = [None]
        self._left = [0]
        self._vacant: list[int] = []
        types[where] = weakref.ref(self, lambda _: types.pop(where, None))

    def open(self) -> int:
        """A new handle of the class."""
        return open_block(self._block, self.kind)

    def refill(self) -> None:
        """Gives C some structs to make instances of; their memory is one piece, which they share.

        None if an extension's function has to be called when they are gone, or if there are several
        threads, of which another one may be in C.
        """
        words = self._own
        if words[0] or self.destroy or several_threads[0]:
            return
        if not self._vacant:
            self._vacant.append(len(self._pieces))
            self._pieces.append(None)
            self._left.append(0)
        piece = self._vacant.pop()
        size = self._words()
        n = max(1, min(_RESERVE, _PIECE // size))
        memory = ffi.new(WORD_ARRAY, n * size + 1)
        start = (address(memory) + 15) // 16 * 16 + 8 * HEADER
        structs = ffi.cast(WORDS, start)
        free = self._free_for((len(self._pieces) - 1 - len(self._vacant)) * _RESERVE)
        for i in range(n):
            structs[i * size + TYPE] = self.handle
            structs[i * size + SLOT] = piece
            free[i] = start + 8 * size * i
        self._pieces[piece], self._left[piece] = memory, n
        words[0] = n

    def _free_for(self, n: int) -> Any:
        """Where C puts the handles of structs that it can use: ``n`` if it lets go of them all."""
        if len(self._free) < n:
            self._free = ffi.new(WORD_ARRAY, 2 * n)
            self._own[1] = address(self._free)
        return self._free

    def take(self, where: int, piece: int) -> Any:
        """The object of a struct that C has made an instance of."""
        x = self._make(self.kind)
        object.__setattr__(x, "_hpy_block", Block(where, self._pieces[piece]))
        self._left[piece] -= 1
        if self._left[piece] == 0:
            self._pieces[piece] = None
            self._vacant.append(piece)
        return x


class Classes(Instances):
    """The same for a metaclass, whose instances are classes."""

    def block(self, x: Any) -> Block:
        found: Block | None = type.__getattribute__(x, "__dict__").get("_hpy_class_block")
        if found is not None:
            return found
        memory = ffi.new(WORD_ARRAY, self._words() + 1)
        where = (address(memory) + 15) // 16 * 16 + 8 * HEADER
        block = Block(where, memory)
        type.__setattr__(x, "_hpy_class_block", block)
        return block


def instances_of(kind: Any) -> Instances | None:
    """What is known of the instances of ``kind``, if an extension has defined it or a base."""
    for base in mro(kind):
        found = base.__dict__.get(MARK) or base.__dict__.get(METAMARK)
        if found is not None:
            return cast("Instances", found)
    return None


def solid(kind: Any) -> Any:
    """The built-in class that makes instances of ``kind``."""
    return next(base for base in mro(kind) if not base.__flags__ & _HEAPTYPE)
