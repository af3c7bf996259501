"""Files that show whether they are intact: a content, a label, and a digest of both.

The content comes first, so that a shared object is one to the dynamic linker as well. After it come
the label, its size in two bytes, and the digest.
"""

from __future__ import annotations

import os
from _imp import source_hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_DIGEST_SIZE = 8

#: Files are read in parts of this size, each into the memory of the one before: a page that a
#: process has not used yet costs more than to read and hash what goes into it.
_PART = 1 << 13


class Seal:
    """What an intact file says.

    Attributes:
        label: the words that it was sealed with.
        size: of its content, in bytes.
        status: as ``os.fstat`` has it.
    """

    __slots__ = ("label", "size", "status")

    def __init__(self, label: str, size: int, status: os.stat_result) -> None:
        self.label = label
        self.size = size
        self.status = status


def seal(content: bytes, label: str) -> bytes:
    """What a file with ``content`` and ``label`` consists of."""
    text = label.encode("utf-8", "backslashreplace")[:0xFFFF]
    data = b"%b%b%b" % (content, text, len(text).to_bytes(2, "little"))
    return data + _digest(data[start : start + _PART] for start in range(0, len(data), _PART))


def check(path: str, links: int = 0) -> Seal | None:
    """What the file ``path`` says, or None if it is not intact, or not there.

    ``links`` is ``os.O_NOFOLLOW`` where a link is as good as no file.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | links)
        try:
            status = os.fstat(file)
            end = status.st_size - _DIGEST_SIZE
            parts = range(0, end, _PART)
            found = _digest(os.read(file, min(_PART, end - start)) for start in parts)
            if os.read(file, _DIGEST_SIZE) != found:
                return None
            size = end - 2 - int.from_bytes(os.pread(file, 2, end - 2), "little")
            label = os.pread(file, end - 2 - size, size)
        finally:
            os.close(file)
    except (OSError, ValueError):  # or shorter than any, or made by another version
        return None
    return Seal(label.decode("utf-8", "replace"), size, status)


def content(path: str) -> bytes | None:
    """The content of the file ``path``, or None as ``check``."""
    found = check(path)
    try:
        # Between the two it may be removed, but not changed: files are replaced as a whole.
        with open(path, "rb") as file:
            return None if found is None else file.read(found.size)
    except OSError:
        return None


def _digest(parts: Iterable[bytes]) -> bytes:
    """What tells damage: the hash by which a .pyc knows its source (PEP 552), as fast as any.

    Against whoever can write to the file no digest helps.
    """
    digest = bytes(_DIGEST_SIZE)
    for part in parts:
        digest = source_hash(int.from_bytes(digest, "little", signed=True), part)
    return digest
