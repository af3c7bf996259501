"""The cache of finished images: one file per key, and nothing else to go wrong.

A file is the image, a label for people, the label's size in two bytes, and the SHA-256 of all that;
it is written under another name and renamed. A file that is not what it claims to be is a miss,
never an error; so is a folder that cannot be trusted. What is in the folder, and what is to stay
there, is the affair of ``upkeep``.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable

_DIGEST_SIZE = 32

#: When a file was used last is its time of modification, to this many seconds.
_USED_WITHIN = 3600


def folder() -> str:
    """Where images are kept: ``$HPYBC_CACHE_DIR``, or ``hpybc`` in the user's cache folder."""
    own = os.environ.get("HPYBC_CACHE_DIR")
    if own:
        return os.path.abspath(own)
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # the XDG specification has relative values ignored
        base = os.path.expanduser("~/.cache")
    return os.path.join(base, "hpybc")


def usable(path: str, *, create: bool = True) -> bool:
    """Whether the folder ``path`` exists, or can be made, and only this user can write to it.

    Code from it runs in this process: a folder of somebody else, or one that others may write to,
    is as good as none.
    """
    try:
        if create:
            os.makedirs(path, mode=0o700, exist_ok=True)
        status = os.lstat(path)
    except OSError:
        return False
    return status.st_uid == os.getuid() and status.st_mode & 0o170022 == 0o040000


def key(parts: Iterable[bytes | str]) -> str:
    """The name of the file for an image that depends on ``parts`` and on nothing else."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        # With its length, so that no two lists of parts run into the same text.
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


def lookup(name: str) -> tuple[str, bytes] | None:
    """Path and content of the image ``name``, or None if there is none that is intact."""
    directory = folder()
    path = os.path.join(directory, name)
    if not usable(directory, create=False):
        return None
    try:
        with open(path, "rb") as file:
            data = file.read()
            used = os.fstat(file.fileno()).st_mtime
    except OSError:
        return None
    found = unpack(data)
    if found is None:
        return None
    # A clock that was moved back makes it look used in the future.
    if abs(time.time() - used) > _USED_WITHIN:
        try:
            os.utime(path)
        except OSError:  # a folder that cannot be written to keeps what it has
            pass
    return path, found[0]


def store(name: str, image: bytes, label: str = "") -> str | None:
    """Keeps ``image`` as ``name``; its path, or None if the cache cannot be written to.

    What was used least recently goes if the cache has become too large.

    Args:
        name: what ``key`` made, and a suffix.
        image: the content.
        label: what ``hpybc cache list`` shows of it.

    Raises:
        UsageError: ``$HPYBC_CACHE_SIZE`` is no size.
    """
    from hpybc.jit import upkeep

    limit = upkeep.limit()
    directory = folder()
    if not usable(directory):
        return None
    path = os.path.join(directory, name)
    temporary = f"{path}.{os.getpid()}-{os.urandom(4).hex()}"
    try:
        write(temporary, image, label)
        os.replace(temporary, path)
    except OSError:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        return None
    upkeep.prune(directory, limit, keep=name)
    return path


def write(path: str, image: bytes, label: str = "") -> None:
    """Writes a new file that ``lookup`` accepts."""
    text = label.encode("utf-8", "backslashreplace")[:0xFFFF]
    data = b"%b%b%b" % (image, text, len(text).to_bytes(2, "little"))
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(data)
        file.write(hashlib.sha256(data).digest())


def unpack(data: bytes) -> tuple[bytes, str] | None:
    """Image and label of a file's content, or None if it is damaged."""
    rest, digest = data[:-_DIGEST_SIZE], data[-_DIGEST_SIZE:]
    if hashlib.sha256(rest).digest() != digest:
        return None
    end = len(rest) - 2
    start = end - int.from_bytes(rest[end:], "little")
    if not 0 <= start <= end:  # made by another version
        return None
    return rest[:start], rest[start:end].decode("utf-8", "replace")
