"""The memory of an instance as a buffer (HPy_bf_getbuffer), for ``memoryview`` (PEP 688)."""

from __future__ import annotations

from typing import Any, cast

from hpybc.boxed.handles import release
from hpybc.boxed.state import CHARS, WORD_ARRAY, WORDS, address, ffi

#: HPy_buffer in words: buf, obj, len, itemsize, readonly and ndim, format, shape, strides, ...
_BUFFER = 11

#: The HPy_buffer of each view that is in use, with the object it is of.
_open: dict[int, Any] = {}


def view(self: Any, getbuffer: Any, flags: int) -> memoryview:
    """The memory that the extension says ``self`` has."""
    buffer = ffi.new(WORD_ARRAY, _BUFFER)
    getbuffer(self, address(buffer), flags)
    ints = ffi.cast("int *", address(buffer) + 32)
    pointer, length = buffer[0], buffer[2]
    result: Any = memoryview(ffi.buffer(ffi.cast(CHARS, pointer), length))
    code = ffi.string(ffi.cast(CHARS, buffer[5])).decode() if buffer[5] else "B"
    if buffer[6]:
        shape = ffi.cast(WORDS, buffer[6])
        dimensions = [shape[i] for i in range(ints[1])]
        result = result.cast("B").cast(code, dimensions)
    elif code != "B":
        result = result.cast("B").cast(code)
    if ints[0]:
        result = result.toreadonly()
    _open[id(result)] = (buffer, result)
    return cast("memoryview", result)


def released(self: Any, releasebuffer: Any, of: memoryview) -> None:
    buffer, _ = _open.pop(id(of), (None, None))
    if buffer is not None:
        releasebuffer(self, address(buffer))
        if buffer[1]:
            release(buffer[1])
