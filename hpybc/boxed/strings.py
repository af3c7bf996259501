"""str and bytes."""

from __future__ import annotations

import os
from typing import Any

from hpybc.boxed.errors import text
from hpybc.boxed.state import WORDS, ffi


def _str(x: Any) -> str:
    if type(x) is str:
        return x
    if not isinstance(x, str):
        raise TypeError("bad argument type for built-in operation")
    return str.__getitem__(x, slice(None))  # whatever a subclass has for methods


def _errors(name: Any) -> str:
    return "strict" if name == ffi.NULL else text(name)


def HPyUnicode_FromString(utf8: Any) -> str:
    return text(utf8)


def HPyUnicode_Check(x: Any) -> int:
    return int(isinstance(x, str))


def HPyUnicode_AsASCIIString(x: Any) -> bytes:
    return str.encode(_str(x), "ascii")


def HPyUnicode_AsLatin1String(x: Any) -> bytes:
    return str.encode(_str(x), "latin-1")


def HPyUnicode_AsUTF8String(x: Any) -> bytes:
    return str.encode(_str(x), "utf-8")


def HPyUnicode_AsUTF8AndSize(x: Any, size: int) -> bytes:
    data = str.encode(_str(x), "utf-8")
    if size:
        ffi.cast(WORDS, size)[0] = len(data)
    return data


def HPyUnicode_FromWideChar(w: Any, size: int) -> str:
    return str(ffi.string(w) if size < 0 else ffi.unpack(w, size))


def HPyUnicode_DecodeFSDefault(v: Any) -> str:
    return os.fsdecode(ffi.string(v))


def HPyUnicode_DecodeFSDefaultAndSize(v: Any, size: int) -> str:
    return os.fsdecode(bytes(ffi.buffer(v, size)))


def HPyUnicode_EncodeFSDefault(x: Any) -> bytes:
    return os.fsencode(_str(x))


def HPyUnicode_ReadChar(x: Any, index: int) -> int:
    own = _str(x)
    if not 0 <= index < len(own):
        raise IndexError("string index out of range")
    return ord(own[index])


def HPyUnicode_DecodeASCII(data: Any, size: int, errors: Any) -> str:
    return bytes(ffi.buffer(data, size)).decode("ascii", _errors(errors))


def HPyUnicode_DecodeLatin1(data: Any, size: int, errors: Any) -> str:
    return bytes(ffi.buffer(data, size)).decode("latin-1", _errors(errors))


def HPyUnicode_FromEncodedObject(x: Any, encoding: Any, errors: Any) -> str:
    if isinstance(x, str):
        raise TypeError("decoding str is not supported")
    try:
        view = memoryview(x)
    except TypeError:
        raise TypeError(
            f"decoding to str: need a bytes-like object, {type(x).__name__} found"
        ) from None
    name = "utf-8" if encoding == ffi.NULL else text(encoding)
    return view.tobytes().decode(name, _errors(errors))


def HPyUnicode_Substring(x: Any, start: int, end: int) -> str:
    if start < 0 or end < 0:
        raise IndexError("string index out of range")
    return _str(x)[start:end]


def HPyBytes_Check(x: Any) -> int:
    return int(isinstance(x, bytes))


def _bytes(x: Any) -> bytes:
    if not isinstance(x, bytes):
        raise TypeError(f"expected bytes, {type(x).__name__} found")
    return x


def HPyBytes_Size(x: Any) -> int:
    return len(_bytes(x))


HPyBytes_GET_SIZE = HPyBytes_Size


HPyBytes_AsString = HPyBytes_AS_STRING = _bytes


def HPyBytes_FromString(data: Any) -> bytes:
    return bytes(ffi.string(data))


def HPyBytes_FromStringAndSize(data: Any, size: int) -> bytes:
    if data == ffi.NULL:
        raise ValueError("NULL char * passed to HPyBytes_FromStringAndSize")
    if size < 0:
        raise SystemError("Negative size passed to PyBytes_FromStringAndSize")
    return bytes(ffi.buffer(data, size))
