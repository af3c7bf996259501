"""What is in the cache, and what is to stay there.

Other processes use the folder at the same time: a file that is gone before it could be looked at or
removed is as good as removed. An image that is in use may go as well: the processes that mapped it
keep it.
"""

from __future__ import annotations

import os
import stat
import time

from hpybc import files
from hpybc.cache import sealed, store
from hpybc.errors import UsageError

#: How the names of files end: images for each engine, and C++ libraries.
_SUFFIXES = ("so", "o", "zip")

#: Seconds after which whoever wrote a file under such a name is taken for dead, where no locks are.
_ABANDONED = 3600

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
DEFAULT_LIMIT = "1G"


class Entry:
    """A file in the cache.

    Attributes:
        name: the file's name: its key, for an image ``-`` and a mark of the llvmlite that has built
            it, and ``.so``, ``.o`` or, for a C++ library, ``.zip``.
        size: in bytes.
        used: when it was used last, in seconds since the epoch, to an hour.
        unfinished: whether somebody is making it, or died over it.
    """

    __slots__ = ("name", "size", "unfinished", "used")

    def __init__(self, name: str, size: int, used: float, unfinished: bool) -> None:
        self.name = name
        self.size = size
        self.used = used
        self.unfinished = unfinished


def limit(text: str | None = None) -> int:
    """The size in bytes that ``text`` says, by default ``$HPYBC_CACHE_SIZE`` or one gigabyte.

    Raises:
        UsageError: it is not a number with one of the units k, M or G, or none.
    """
    source = "size" if text is not None else "HPYBC_CACHE_SIZE"
    if text is None:
        text = os.environ.get("HPYBC_CACHE_SIZE") or DEFAULT_LIMIT
    number = text.strip().lower().removesuffix("b")
    unit = number[-1:] if number[-1:] in _UNITS else ""
    number = number.removesuffix(unit)
    if not (text.isascii() and number.isdecimal()):
        raise UsageError(
            "no such size",
            found=f"{source}={text}",
            needed="a number of bytes, perhaps with k, M or G",
            remedy="500M for example",
        )
    return int(number) * _UNITS[unit]


def entries(directory: str) -> list[Entry]:
    """What the cache has put into its folder, the most recently used first; no other files."""
    found = []
    try:
        names = os.listdir(directory)
    except OSError:  # no folder: no files
        return []
    for name in names:
        finished = files.written_for(name) or name.removesuffix(".lock")
        if not _is_own(finished):
            continue
        try:
            status = os.lstat(os.path.join(directory, name))
        except OSError:  # gone meanwhile
            continue
        if stat.S_ISREG(status.st_mode):
            found.append(Entry(name, status.st_size, status.st_mtime, finished != name))
    return sorted(found, key=lambda entry: (-entry.used, entry.name))


def _is_own(name: str) -> bool:
    """Whether a file that is complete has a name of the cache's: a key, who has built it, a suffix.

    No regular expressions, which a load does without.
    """
    stem, _, suffix = name.rpartition(".")
    key, _, builder = stem.partition("-")
    return (
        suffix in _SUFFIXES
        and len(key) == 64
        and files.is_hexadecimal(key)
        and files.is_hexadecimal(builder)
    )


def shared(directory: str) -> list[Entry]:
    """The C++ libraries in the cache that is the user's, if ``directory`` is another one."""
    home = store.home()
    if os.path.realpath(home) == os.path.realpath(directory):
        return []
    libraries = [entry for entry in entries(home) if entry.name.endswith(".zip")]
    return [entry for entry in libraries if not entry.unfinished]


def label(directory: str, entry: Entry) -> str | None:
    """What ``store`` was told of an entry; None if that is damaged, or gone."""
    found = sealed.check(os.path.join(directory, entry.name), os.O_NOFOLLOW)
    return None if found is None else found.label.removeprefix(entry.name).lstrip()


def prune(directory: str, size: int, *, keep: str | None = None) -> list[Entry]:
    """Removes the least recently used files until those that stay have ``size`` bytes together.

    Removes what a process that died left unfinished, too. ``keep`` stays, whatever its size.
    """
    removed, total = [], 0
    for entry in entries(directory):
        if entry.unfinished:
            if files.remove_abandoned(os.path.join(directory, entry.name)):
                removed.append(entry)
                continue
            goes = abs(time.time() - entry.used) > _ABANDONED
        elif entry.name == keep:
            goes = False
        else:
            goes = total + entry.size > size
        if not goes:
            total += entry.size
        elif _remove(directory, entry):
            removed.append(entry)
    return removed


def clear(directory: str) -> list[Entry]:
    """Removes all that the cache has put into its folder."""
    return [entry for entry in entries(directory) if _remove(directory, entry)]


def _remove(directory: str, entry: Entry) -> bool:
    try:
        os.unlink(os.path.join(directory, entry.name))
    except OSError:
        return False
    return True
