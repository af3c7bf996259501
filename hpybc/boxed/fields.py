"""Fields and globals; see ctx_field.c for what lies in one."""

from __future__ import annotations

from typing import Any

from hpybc.boxed.handles import NULL, SIGN, box, release
from hpybc.boxed.state import WORDS, ffi
from hpybc.boxed.structs import MARK, struct_of
from hpybc.boxed.table import LOWER, immortal, lock, objects

_FIELD = 3


def HPyField_Store(target: Any, field: int, value: Any) -> None:
    store(_fields(target), field, value)


def _fields(owner: Any) -> list[Any]:
    """Where the objects of an owner's fields are; those of what has no struct are kept for good."""
    block = struct_of(owner)
    return _loose if block is None else fields_of(block)


def fields_of(block: Any) -> list[Any]:
    """The objects in the fields of an instance with this struct."""
    if block.fields is None:
        with lock:  # another thread may do the same
            if block.fields is None:
                block.fields = [0]
    fields: list[Any] = block.fields
    return fields


#: The first item of this list, and of each, is the index of a free one, which has that of the next;
#: 0 is none.
_loose: list[Any] = [0]


def store(fields: list[Any], field: int, value: Any) -> None:
    """Puts ``value`` into the HPyField at an address, whose owner has these fields."""
    place = ffi.cast(WORDS, field)
    old = place[0]
    if value is NULL:
        place[0] = 0
    elif _is_number(value):
        place[0] = box(value)
    elif old >> 48 == _FIELD:
        fields[old & LOWER] = value
        return
    else:
        place[0] = _FIELD << 48 | _place_in(fields, value)
    if old >> 48 == _FIELD:
        fields[old & LOWER], fields[0] = fields[0], old & LOWER


def _place_in(fields: list[Any], value: Any) -> int:
    i = fields[0]
    if i:
        fields[0], fields[i] = fields[i], value
        return int(i)
    fields.append(value)
    return len(fields) - 1


def HPyField_Load(source: Any, field: int) -> Any:
    return _fields(source)[field & LOWER] if field else NULL


#: Handles that globals held once. Someone may have one as long as any extension runs.
_retired: list[int] = []


def HPyGlobal_Store(place: int, value: Any) -> None:
    words = ffi.cast(WORDS, place)
    old = words[0]
    words[0] = 0 if value is NULL else _kept(value)
    if old >> 48 == 1:
        _retired.append(old)
    elif not old >> 49:
        release(old)


def _is_number(value: Any) -> bool:
    """Whether the value is in the handle itself."""
    if type(value) is int:
        return -SIGN <= value < SIGN
    return type(value) is float and value == value


def _kept(value: Any) -> int:
    if _is_number(value) or value is None or type(value) is bool:
        return box(value)
    if isinstance(value, type):
        instances = type.__getattribute__(value, "__dict__").get(MARK)
        if instances is not None:  # and C can tell what is its instance
            return int(instances.open())
    return immortal(value)


def HPyGlobal_Load(value: int) -> Any:
    return NULL if not value else objects[value & LOWER]
