"""The cache of finished images: one file per key, and nothing else to go wrong.

A file is the image, sealed with a label: the file's name, and words for people. It is written under
another name and renamed. A file that is not what it claims to be is a miss, never an error; so is a
folder that cannot be trusted. What is in the folder, and what is to stay there, is the affair of
``upkeep``; who may build what is not there, that of ``turns``.
"""

from __future__ import annotations

import os
import stat
import sys
import time

try:
    # Half of hashlib's import is OpenSSL's, which alone would double the time of a warm load.
    from _blake2 import blake2b
except ImportError:  # a Python that leaves all digests to OpenSSL
    from hashlib import blake2b

from hpybc.cache import sealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

#: When a file was used last is its time of modification, to this many seconds.
_USED_WITHIN = 3600

#: How many links Linux follows in one path.
_MOST_LINKS = 40


def folder() -> str:
    """Where images are kept: ``$HPYBC_CACHE_DIR``, or ``hpybc`` in the user's cache folder.

    The latter is the folder that platformdirs names, whose import takes longer than a load; ``""``
    if there is none. A relative value of the variable is one for the folder that the process was in
    when it first asked, as ``import hpybc`` does.
    """
    own = os.environ.get("HPYBC_CACHE_DIR")
    if own:
        return own if os.path.isabs(own) else _absolute(own)
    return home()


def home() -> str:
    """The folder that ``folder`` is by default: what all of a user's programs share is there.

    ``""`` if the user has no home.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # the XDG specification has relative values ignored
        base = os.path.expanduser("~/.cache")
    return os.path.join(base, "hpybc") if os.path.isabs(base) else ""


#: Relative values of the variable, and what they meant when they were first looked at.
_meant: dict[str, str] = {}


def _absolute(path: str) -> str:
    """What ``path`` was when this process first asked, whichever folder it is in by now.

    ``""`` if the folder that it was in is gone.
    """
    if path not in _meant:
        try:
            _meant[path] = os.path.abspath(path)
        except OSError:
            return ""
    return _meant[path]


def trusted(path: str, *, create: bool = True) -> str | None:
    """The folder ``path``, if it exists, or can be made, and only this user can write to it.

    Code from it runs in this process: a folder of somebody else, or one that others may write to,
    is as good as none. A link is followed here, once, so that nobody can lead it elsewhere later.
    """
    path = path.rstrip("/")  # which would have the system follow a link unseen
    try:
        if create and not os.path.islink(path):
            os.makedirs(path, mode=0o700, exist_ok=True)
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            path = _followed(path)
            if create:
                os.makedirs(path, mode=0o700, exist_ok=True)
            status = os.lstat(path)
    except OSError:
        return None
    return path if stat.S_ISDIR(status.st_mode) and _is_own(status) else None


def _followed(path: str) -> str:
    """Where ``path`` leads to, whether there is anything or not.

    Raises:
        OSError: not by links of this user's or root's alone. Somebody else's might lead to a folder
            of this user's that has files from anywhere, such as the one for downloads.
    """
    trusted_owners = (os.geteuid(), 0)
    done, rest, links = "/", path.split("/"), 0
    while rest:
        part = rest.pop(0)
        step = os.path.normpath(os.path.join(done, part))  # of ``done`` no part is a link
        try:
            status = os.lstat(step)
        except FileNotFoundError:
            return os.path.normpath(os.path.join(step, *rest))
        if not stat.S_ISLNK(status.st_mode):
            done = step
            continue
        links += 1
        if status.st_uid not in trusted_owners or links > _MOST_LINKS:
            raise PermissionError(step)
        target = os.readlink(step)
        rest[:0] = target.split("/")
        if target.startswith("/"):
            done = "/"
    return done


def _is_own(status: os.stat_result) -> bool:
    """Whether this user owns a file or folder, and nobody else may write to it."""
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


def key(parts: Iterable[bytes | str]) -> str:
    """The name of the file for an image that depends on ``parts`` and on nothing else."""
    # Without a keyword: where CPython 3.12 first meets one in an interpreter with a GIL of its own,
    # the process does not survive its end.
    digest = blake2b()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        # With its length, so that no two lists of parts run into the same text.
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()[:64]


def lookup(name: str, place: str | None = None) -> str | None:
    """The file of the image ``name``, or None if there is none that is intact.

    It is looked for in the folder ``place``, by default ``folder``.

    A ``name`` that says of nobody that they have built it, ``KEY-.so``, finds what anybody has.
    """
    directory = trusted(folder() if place is None else place, create=False)
    if directory is None:
        return None
    path = _intact(directory, name)
    if path is None and "-." in name:
        stem, _, suffix = name.partition("-")
        others = (other for other in _listed(directory) if other.startswith(stem + "-"))
        found = (_intact(directory, other) for other in others if other.endswith(suffix))
        path = next(filter(None, found), None)
    return path


def _listed(directory: str) -> list[str]:
    try:
        return sorted(os.listdir(directory))
    except OSError:  # it is gone, or may not be listed
        return []


def _intact(directory: str, name: str) -> str | None:
    """The file ``name`` if it is the image of that name, now used once more."""
    path = os.path.join(directory, name)
    found = sealed.check(path, os.O_NOFOLLOW)
    # What was put here while others could write to the folder, or is another image, renamed.
    if found is None or not _is_own(found.status) or not found.label.startswith(name):
        return None
    # A clock that was moved back makes it look used in the future.
    if abs(time.time() - found.status.st_mtime) > _USED_WITHIN:
        try:
            os.utime(path)
        except OSError:  # a folder that cannot be written to keeps what it has
            pass
    return path


def store(name: str, image: bytes, label: str = "", place: str | None = None) -> str | None:
    """Keeps ``image`` as ``name``; its path, or None if the cache cannot be written to.

    What was used least recently goes if the cache has become too large.

    Args:
        name: what ``key`` made, perhaps who has built it, and a suffix.
        image: the content.
        label: what ``hpybc cache list`` shows of it.
        place: the folder, by default ``folder``.

    Raises:
        UsageError: ``$HPYBC_CACHE_SIZE`` is no size.
    """
    from hpybc import files
    from hpybc.cache import upkeep

    limit = upkeep.limit()
    place = folder() if place is None else place
    directory = trusted(place)
    if directory is None:
        say_unused(place, "no folder that only this user can write to")
        return None
    path = os.path.join(directory, name)
    try:
        files.replace(path, sealed.seal(image, f"{name} {label}"), 0o600)
    except OSError as error:
        say_unused(directory, str(error))
        return None
    upkeep.prune(directory, limit, keep=name)
    return path


_said: set[str] = set()


def say_unused(path: str, why: str) -> None:
    """Logs why a folder or an image is not used.

    Once: every load of a process would have the same to say. Where nobody listens nothing is
    imported for it, as a load from the cache may come here as well.
    """
    if path in _said or not ("logging" in sys.modules or os.environ.get("HPYBC_LOG")):
        return
    _said.add(path)
    import logging

    from hpybc import log

    log.configure()
    logging.getLogger("hpybc.cache").debug("%s is not used: %s", path, why)
