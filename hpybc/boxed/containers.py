"""Items, lists, tuples, dicts, slices."""

from __future__ import annotations

import operator
import sys
from typing import Any

from hpybc.boxed.errors import interned
from hpybc.boxed.handles import NULL, peek
from hpybc.boxed.state import (
    CHAR_ARRAY,
    DOUBLE_ARRAY,
    ITEMS,
    N_ITEMS,
    SNAPSHOT,
    WORD_ARRAY,
    WORDS,
    address,
    callback,
    ffi,
    shared,
)

_LEAST, _MOST = -(1 << 63), (1 << 63) - 1

#: What is in ``items`` of a snapshot, see ctx_item.c.
_FLOATS, _INTS = 1, 2


def _kind(x: list[Any]) -> int:
    if _strategy is not None:  # PyPy's, which knows
        found = _strategy(x)
        return _FLOATS if found == "FloatListStrategy" else _INTS if found in _INT_LISTS else 0
    if all(type(item) is float for item in x):
        return _FLOATS
    return _INTS if all(type(item) is int and -(1 << 63) <= item < 1 << 63 for item in x) else 0


_strategy: Any = getattr(sys.modules.get("__pypy__"), "strategy", None)
_INT_LISTS = ("IntegerListStrategy", "SimpleRangeListStrategy", "RangeListStrategy")

#: Memory that the next copy goes to if it is large enough: C uses one at a time. New memory for
#: each takes longer than the copy.
_room = ffi.new(CHAR_ARRAY, 1 << 15)
_LARGEST = 1 << 20


def _allocated(size: int) -> Any:
    global _room
    if size <= len(_room):
        return _room
    fresh = ffi.new(CHAR_ARRAY, size if size > _LARGEST else 2 * size)
    if size <= _LARGEST:
        _room = fresh
    return fresh


#: Makes an array of a list in that memory.
_copied = ffi.new_allocator(_allocated, None, should_clear_after_alloc=False)


def _snapshot(h: int, most: int) -> int:
    """The numbers in a list, for C; 0 if it is no list of floats or ints alone, or too long."""
    global _items
    x = peek(h)
    if type(x) is not list or len(x) > most:
        return 0
    kind = _kind(x)
    if kind == 0:
        return 0
    _items = _copied(DOUBLE_ARRAY if kind == _FLOATS else WORD_ARRAY, x)
    shared[ITEMS], shared[N_ITEMS] = address(_items), len(_items)
    return kind


#: The copy that C has.
_items: Any = None

shared[SNAPSHOT] = callback("int64_t(*)(int64_t, int64_t)", _snapshot, 0)

HPy_GetItem = operator.getitem
HPy_GetItem_i = operator.getitem


def HPy_GetItem_s(x: Any, key: Any) -> Any:
    return x[interned(key)]


def HPy_Contains(x: Any, key: Any) -> int:
    return int(key in x)


def HPy_SetItem(x: Any, key: Any, value: Any) -> int:
    x[key] = value
    return 0


HPy_SetItem_i = HPy_SetItem


def HPy_SetItem_s(x: Any, key: Any, value: Any) -> int:
    x[interned(key)] = value
    return 0


def HPy_DelItem(x: Any, key: Any) -> int:
    del x[key]
    return 0


HPy_DelItem_i = HPy_DelItem


def HPy_DelItem_s(x: Any, key: Any) -> int:
    del x[interned(key)]
    return 0


def _sliced(x: Any, what: str, how: str) -> Any:
    if not hasattr(type(x), what):
        raise TypeError(f"'{type(x).__name__}' object {how}")
    return x


def HPy_GetSlice(x: Any, start: int, end: int) -> Any:
    return _sliced(x, "__getitem__", "is unsliceable")[start:end]


def HPy_SetSlice(x: Any, start: int, end: int, value: Any) -> int:
    if value is NULL:
        return HPy_DelSlice(x, start, end)
    _sliced(x, "__setitem__", "doesn't support slice assignment")[start:end] = value
    return 0


def HPy_DelSlice(x: Any, start: int, end: int) -> int:
    del _sliced(x, "__delitem__", "doesn't support slice deletion")[start:end]
    return 0


def HPyList_Check(x: Any) -> int:
    return int(isinstance(x, list))


def HPyList_New(n: int) -> list[Any]:
    if n < 0:
        raise SystemError("bad argument to internal function")
    return [None] * n


def HPyList_Append(x: Any, item: Any) -> int:
    if not isinstance(x, list):
        raise SystemError("bad argument to internal function")
    list.append(x, item)
    return 0


def HPyList_Insert(x: Any, index: int, item: Any) -> int:
    if not isinstance(x, list):
        raise SystemError("bad argument to internal function")
    list.insert(x, index, item)
    return 0


def HPyDict_Check(x: Any) -> int:
    return int(isinstance(x, dict))


def HPyDict_New() -> dict[Any, Any]:
    return {}


def HPyDict_Keys(x: Any) -> Any:
    if not isinstance(x, dict):
        raise SystemError("bad argument to internal function")
    return list(dict.keys(x))


def HPyDict_Copy(x: Any) -> Any:
    if not isinstance(x, dict):
        raise SystemError("bad argument to internal function")
    return dict.copy(x)


def HPyTuple_Check(x: Any) -> int:
    return int(isinstance(x, tuple))


def HPyTuple_FromArray(items: int, n: int) -> Any:
    if n < 0:
        raise SystemError("bad argument to internal function")
    if n > sys.maxsize // 8:
        raise MemoryError
    words = ffi.cast(WORDS, items)
    return tuple([peek(words[i]) for i in range(n)])


def _built(builder: int) -> list[Any]:
    """The items of a builder, ``Array`` in ctx_builder.c."""
    words = ffi.cast(WORDS, builder)
    return [peek(words[i]) if words[i] else None for i in range(1, words[0] + 1)]


HPyListBuilder_Build = _built


def HPyTupleBuilder_Build(builder: int) -> Any:
    return tuple(_built(builder))


def HPySlice_New(start: Any, stop: Any, step: Any) -> slice:
    parts = [None if part is NULL else part for part in (start, stop, step)]
    return slice(*parts)


def _clamped(x: Any) -> int:
    if not hasattr(type(x), "__index__"):
        raise TypeError("slice indices must be integers or None or have an __index__ method")
    return max(_LEAST, min(_MOST, operator.index(x)))


def HPySlice_Unpack(x: Any, start: int, stop: int, step: int) -> int:
    if not isinstance(x, slice):
        raise SystemError("bad argument to internal function")
    by = 1 if x.step is None else _clamped(x.step)
    if by == 0:
        raise ValueError("slice step cannot be zero")
    by = max(by, -_MOST)
    first = (_MOST if by < 0 else 0) if x.start is None else _clamped(x.start)
    last = (_LEAST if by < 0 else _MOST) if x.stop is None else _clamped(x.stop)
    for place, value in ((start, first), (stop, last), (step, by)):
        ffi.cast(WORDS, place)[0] = value
    return 0
