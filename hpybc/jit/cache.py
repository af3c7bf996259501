"""The cache of finished images: one file per key, and nothing else to go wrong.

A file is the image followed by its SHA-256, written under another name and renamed. A file that
is not what it claims to be is a miss, never an error; so is a folder that cannot be trusted.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable

_DIGEST_SIZE = 32


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
    except OSError:
        return None
    image, digest = data[:-_DIGEST_SIZE], data[-_DIGEST_SIZE:]
    return (path, image) if hashlib.sha256(image).digest() == digest else None


def store(name: str, image: bytes) -> str | None:
    """Keeps ``image`` as ``name``; its path, or None if the cache cannot be written to."""
    directory = folder()
    if not usable(directory):
        return None
    path = os.path.join(directory, name)
    temporary = f"{path}.{os.getpid()}-{os.urandom(4).hex()}"
    try:
        write(temporary, image)
        os.replace(temporary, path)
    except OSError:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        return None
    return path


def write(path: str, image: bytes) -> None:
    """Writes a new file that ``lookup`` accepts."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(image)
        file.write(hashlib.sha256(image).digest())
