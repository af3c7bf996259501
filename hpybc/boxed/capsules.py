"""Capsules: pointers of C as objects."""

from __future__ import annotations

from typing import Any

from hpybc.boxed.state import CHARS, WORDS, ffi

#: Keys of HPyCapsule_Get and _Set: ``_HPyCapsule_key``.
POINTER, NAME, CONTEXT, DESTRUCTOR = range(4)


class PyCapsule:
    """A pointer under a name; only C makes one."""

    __slots__ = ("_hpy_parts",)

    _hpy_parts: list[int]

    def __repr__(self) -> str:
        name = self._hpy_parts[NAME]
        said = "NULL" if not name else '"' + _text(name) + '"'
        return f"<capsule object {said} at {hex(id(self))}>"

    def __del__(self) -> None:
        pointer, name, context, destructor = self._hpy_parts
        if destructor:
            from hpybc.boxed.calls import call

            call("destroy_capsule")(destructor, name, pointer, context)


PyCapsule.__module__ = "builtins"
PyCapsule.__qualname__ = PyCapsule.__name__ = "PyCapsule"


def _text(name: int) -> str:
    return str(ffi.string(ffi.cast(CHARS, name)), "utf-8")


def _names(name: int) -> bytes | None:
    return ffi.string(ffi.cast(CHARS, name)) if name else None


def _is_valid(capsule: Any, name: int) -> bool:
    return (
        isinstance(capsule, PyCapsule)
        and bool(capsule._hpy_parts[POINTER])
        and _names(capsule._hpy_parts[NAME]) == _names(name)
    )


def _implementation(destructor: int) -> int:
    """``impl`` of an HPyCapsule_Destructor; 0 for one that is not whole."""
    words = ffi.cast(WORDS, destructor)
    return int(words[1]) if destructor and words[0] else 0


def _address(pointer: Any) -> int:
    return int(ffi.cast("intptr_t", pointer))


def HPyCapsule_New(pointer: int, name: Any, destructor: int) -> Any:
    if not pointer:
        raise ValueError("HPyCapsule_New called with null pointer")
    if destructor and not _implementation(destructor):
        raise ValueError("Invalid HPyCapsule destructor")
    capsule = PyCapsule()
    capsule._hpy_parts = [pointer, _address(name), 0, _implementation(destructor)]
    return capsule


def HPyCapsule_Get(capsule: Any, key: int, name: Any) -> int:
    if key not in (POINTER, NAME, CONTEXT, DESTRUCTOR):
        raise SystemError(f"invalid HPyCapsule key: {key}")
    if not isinstance(capsule, PyCapsule):
        raise ValueError("HPyCapsule_Get called with invalid PyCapsule object")
    if key == POINTER and not _is_valid(capsule, _address(name)):
        raise ValueError("HPyCapsule_GetPointer called with incorrect name")
    if key not in (POINTER, NAME, CONTEXT):
        raise ValueError("Invalid operation: get HPyCapsule_key_Destructor")
    return int(capsule._hpy_parts[key])


def HPyCapsule_IsValid(capsule: Any, name: Any) -> int:
    return int(_is_valid(capsule, _address(name)))


def HPyCapsule_Set(capsule: Any, key: int, value: int) -> int:
    if key not in (POINTER, NAME, CONTEXT, DESTRUCTOR):
        raise SystemError(f"invalid HPyCapsule key: {key}")
    if not isinstance(capsule, PyCapsule):
        raise ValueError("HPyCapsule_Set called with invalid PyCapsule object")
    if key == POINTER and not value:
        raise ValueError("HPyCapsule_SetPointer called with null pointer")
    if key == DESTRUCTOR and value and not _implementation(value):
        raise ValueError("Invalid HPyCapsule destructor")
    capsule._hpy_parts[key] = _implementation(value) if key == DESTRUCTOR else value
    return 0
