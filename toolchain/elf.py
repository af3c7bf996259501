"""The name that a shared library has for the dynamic linker (System V ABI, "Dynamic Linking")."""

from __future__ import annotations

import struct

_LOAD, _DYNAMIC = 1, 2
_STRING_TABLE, _SONAME = 5, 14


def name(path: str) -> str:
    """The DT_SONAME of the library ``path``, for machines of 64 bits; empty if it has none.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        data = file.read()
    try:
        return _name(data)
    except (struct.error, IndexError, ValueError):  # damaged, or another machine's
        return ""


def _name(data: bytes) -> str:
    if data[:6] != b"\x7fELF\x02\x01":
        return ""
    (start,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    segments = [struct.unpack_from("<IIQQQQ", data, start + n * size) for n in range(count)]
    tags: dict[int, int] = {}
    for kind, _, offset, _, _, length in segments:
        if kind == _DYNAMIC:
            tags = dict(struct.iter_unpack("<qQ", data[offset : offset + length // 16 * 16]))
    if _SONAME not in tags:
        return ""
    for kind, _, offset, address, _, length in segments:
        if kind == _LOAD and address <= tags[_STRING_TABLE] < address + length:
            at = tags[_STRING_TABLE] - address + offset + tags[_SONAME]
            return data[at : data.index(b"\0", at)].decode()
    return ""
