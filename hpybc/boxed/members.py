"""Members and properties of a type: what lies in the struct, and what functions say."""

from __future__ import annotations

from typing import Any

from hpybc.boxed.calls import fixed
from hpybc.boxed.fields import fields_of, store
from hpybc.boxed.handles import NULL, peek
from hpybc.boxed.spec import name_of
from hpybc.boxed.state import CHARS, WORDS, ffi
from hpybc.boxed.structs import struct_of

#: HPyMember_FieldType of the integers: the C type, and its lowest and highest value.
_INTEGERS = {
    0: ("short", 16, True), 1: ("int", 32, True), 2: ("long", 64, True),
    8: ("signed char", 8, True), 9: ("unsigned char", 8, False), 10: ("unsigned short", 16, False),
    11: ("unsigned int", 32, False), 12: ("unsigned long", 64, False), 17: ("long long", 64, True),
    18: ("unsigned long long", 64, False), 19: ("ssize_t", 64, True),
}  # fmt: skip
_FLOAT, _DOUBLE, _STRING, _OBJECT, _CHAR, _INPLACE, _BOOL, _OBJECT_EX, _NONE = (
    3, 4, 5, 6, 7, 13, 14, 16, 20,
)  # fmt: skip


def member(words: Any, own: dict[str, Any], check: Any) -> None:
    """Adds an HPyMember, whose definition is at ``words``, to a class's namespace."""
    name = name_of(words[1])
    kind = words[2] & 0xFFFFFFFF
    offset = words[3]
    is_readonly = bool(words[4] & 0xFFFFFFFF)
    doc = name_of(words[5]) if words[5] else None
    get, put = _access(kind, offset, name)

    def getter(self: Any) -> Any:
        check(self)
        return get(struct_of(self))

    def setter(self: Any, value: Any) -> None:
        check(self)
        if is_readonly or kind in (_STRING, _INPLACE):
            raise (TypeError if not is_readonly else AttributeError)("readonly attribute")
        if put is None:
            raise SystemError(f"bad memberdescr type for {name}")
        put(struct_of(self), value)

    def deleter(self: Any) -> None:
        check(self)
        if is_readonly:
            raise AttributeError("readonly attribute")
        if kind == _OBJECT_EX:
            get(struct_of(self))
        elif kind != _OBJECT:
            raise TypeError(
                "can't delete numeric/char attribute" if put is not None else "readonly attribute"
            )
        put(struct_of(self), NULL)

    own[name] = property(getter, setter, deleter, doc)


def _access(kind: int, offset: int, name: str) -> tuple[Any, Any]:
    if kind in _INTEGERS:
        return _integer(*_INTEGERS[kind], offset)
    if kind in (_FLOAT, _DOUBLE):
        return _real("float *" if kind == _FLOAT else "double *", offset)
    if kind == _BOOL:
        return _bool(offset)
    if kind == _CHAR:
        return _char(offset)
    if kind == _STRING:
        return _string(offset), None
    if kind == _INPLACE:
        return (lambda block: name_of(block.address + offset)), None
    if kind == _NONE:
        return (lambda block: None), None
    if kind in (_OBJECT, _OBJECT_EX):
        return _object(offset, name, kind == _OBJECT_EX)
    raise SystemError("bad memberdescr type")


def _integer(name: str, bits: int, signed: bool, offset: int) -> tuple[Any, Any]:
    import operator
    import warnings

    ctype = ffi.typeof(f"{name} *")
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)

    def get(block: Any) -> int:
        return int(ffi.cast(ctype, block.address + offset)[0])

    def put(block: Any, value: Any) -> None:
        number = operator.index(value)
        if not -(1 << 63) <= number < 1 << (64 if bits == 64 else 63):
            raise OverflowError("Python int too large to convert to C long")
        if bits == 64 and signed and number > high:
            raise OverflowError("Python int too large to convert to C long")
        if not low <= number <= high:
            kind = "unsigned " if not signed else ""
            warnings.warn(
                f"Truncation of value to {name}"
                if signed or number > 0
                else f"Writing negative value into {kind}field",
                RuntimeWarning,
                stacklevel=3,
            )
            number &= (1 << bits) - 1
            if signed and number >> bits - 1:
                number -= 1 << bits
        ffi.cast(ctype, block.address + offset)[0] = number

    return get, put


def _real(pointer: str, offset: int) -> tuple[Any, Any]:
    ctype = ffi.typeof(pointer)

    def get(block: Any) -> float:
        return float(ffi.cast(ctype, block.address + offset)[0])

    def put(block: Any, value: Any) -> None:
        from hpybc.boxed.numbers import HPyFloat_AsDouble

        ffi.cast(ctype, block.address + offset)[0] = HPyFloat_AsDouble(value)

    return get, put


def _bool(offset: int) -> tuple[Any, Any]:
    def get(block: Any) -> bool:
        return bool(ffi.cast(CHARS, block.address + offset)[0] != b"\0")

    def put(block: Any, value: Any) -> None:
        if not isinstance(value, bool):
            raise TypeError("attribute value type must be bool")
        ffi.cast(CHARS, block.address + offset)[0] = b"\1" if value else b"\0"

    return get, put


def _char(offset: int) -> tuple[Any, Any]:
    def get(block: Any) -> str:
        return str(ffi.cast(CHARS, block.address + offset)[0], "utf-8")

    def put(block: Any, value: Any) -> None:
        data = value.encode() if isinstance(value, str) else b""
        if len(data) != 1:
            raise TypeError("bad argument type for built-in operation")
        ffi.cast(CHARS, block.address + offset)[0] = data

    return get, put


def _string(offset: int) -> Any:
    def get(block: Any) -> str | None:
        pointer = ffi.cast(WORDS, block.address + offset)[0]
        return name_of(pointer) if pointer else None

    return get


def _object(offset: int, name: str, is_required: bool) -> tuple[Any, Any]:
    """An HPyField."""

    def get(block: Any) -> Any:
        held = ffi.cast(WORDS, block.address + offset)[0]
        if held >> 48 == 3:
            return block.fields[held & (1 << 48) - 1]
        if held:
            return peek(held)
        if is_required:
            raise AttributeError(name)
        return None

    def put(block: Any, value: Any) -> None:
        store(fields_of(block), block.address + offset, value)

    return get, put


def getset(words: Any, own: dict[str, Any], check: Any) -> None:
    """Adds an HPyGetSet to a class's namespace."""
    name = name_of(words[1])
    getter_address, setter_address, closure = words[2], words[3], words[7]
    doc = name_of(words[6]) if words[6] else None
    get = fixed(getter_address, "hi") if getter_address else None
    put = fixed(setter_address, "hhi", "i") if setter_address else None

    def getter(self: Any) -> Any:
        check(self)
        if get is None:
            raise AttributeError(f"attribute '{name}' of '{type(self).__name__}' objects is not"
                                 " readable")  # fmt: skip
        return get(self, closure)

    def setter(self: Any, value: Any) -> None:
        check(self)
        if put is None:
            raise AttributeError(f"attribute '{name}' of '{type(self).__name__}' objects is not"
                                 " writable")  # fmt: skip
        put(self, value, closure)

    def deleter(self: Any) -> None:
        setter(self, NULL)

    own[name] = property(getter, setter, deleter, doc)
