"""What the bitcode file of an editable install was made from, and what these files were then.

The record of ``ext.bc`` is ``ext.bc.made``. It consists of four paragraphs:

- the project's folder, and the module's full name, one line each;
- what an import looks at: the time of modification in nanoseconds, the size, and the path of each
  file of the project, and of each folder with headers of others (a compiler's, the system's), which
  are installed and not edited;
- what must not be there: folders, and names in them that clang has looked for and not found. A new
  header of such a name would be read instead of one that was read;
- what the files contained: for each folder the SHA-256 of its files, and their names.

The last two have lines such as ``folder//name/name``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

from hpybc import files
from hpybc.packaging import settings
from hpybc.packaging.rebuild import SUFFIX

#: How a source asks whether there is a header (C23, 6.10.1).
_ASKED = re.compile(rb'__has_include(?:_next)?\s*\(\s*[<"]([^<>"\n]+)[>"]')

#: The sum of files one of which may have changed during the build.
_LATE = "late"


@dataclass(frozen=True)
class Record:
    """A record; see the module.

    Attributes:
        root: the project's folder.
        name: the module's full name.
        seen, absent, contents: the lines of the other paragraphs.
    """

    root: str
    name: str
    seen: tuple[str, ...]
    absent: tuple[str, ...]
    contents: tuple[str, ...]

    def write(self, bitcode: str) -> None:
        """Writes the record of ``bitcode``; raises OSError if it cannot."""
        paragraphs = ((self.root, self.name), self.seen, self.absent, self.contents)
        text = "\n\n".join(map("\n".join, paragraphs))
        files.replace(bitcode + SUFFIX, text.encode(errors="surrogateescape"))

    def renewed(self) -> Record | None:
        """The record with the times of now, if the files contain what they did; else None."""
        try:
            # The times first: what is changed between the two will be seen to have changed.
            seen = tuple(_seen(line.split(" ", 2)[2]) for line in self.seen)
            for line in self.contents:
                digest, _, rest = line.partition(" ")
                folder, _, names = rest.partition("//")
                if _digest(os.path.join(folder, name) for name in names.split("/")) != digest:
                    return None
        except OSError:
            return None
        return replace(self, seen=seen)


def made(
    root: str,
    name: str,
    paths: Collection[str],
    own: Collection[str],
    others: Collection[str],
    before: int,
) -> Record:
    """The record of a bitcode file that was just made.

    Args:
        root: the project's folder.
        name: the module's full name.
        paths: the files that it was made from, besides the project's settings.
        own: the project's folders with headers, in which clang has looked.
        others: all other folders in which clang has looked.
        before: a time in nanoseconds. What was changed later counts as changed since: what was
            compiled may not be what is there.

    Raises:
        OSError: a file cannot be read.
    """
    edited: list[str] = []
    installed: list[str] = []
    names: set[str] = set()
    for path in paths:
        around = [folder for folder in (*own, *others) if path.startswith(folder + "/")]
        names.update(path[len(folder) + 1 :] for folder in around)
        is_installed = max(around, key=len, default=None) in others
        (installed if is_installed else edited).append(path)
    names.update(os.fsdecode(match) for path in edited for match in _ASKED.findall(_bytes(path)))
    # #include "..." looks beside the file that it is in.
    places = dict.fromkeys((*own, *map(os.path.dirname, edited)))
    said = [path for path in (os.path.join(root, settings.FILE),) if os.path.exists(path)]
    looked_at = dict.fromkeys((*said, *edited, *map(os.path.dirname, installed)))
    return Record(
        root,
        name,
        tuple(_seen(path, before) for path in looked_at),
        tuple(_grouped(_absent(places, names, before))),
        tuple(_contents([*said, *paths], before)),
    )


def _seen(path: str, before: int | None = None) -> str:
    """The line of what an import looks at."""
    found = os.stat(path)
    late = before is not None and found.st_mtime_ns > before
    return f"{0 if late else found.st_mtime_ns} {found.st_size} {path}"


def _contents(paths: Iterable[str], before: int) -> Iterator[str]:
    for line in _grouped(map(os.path.split, paths)):
        folder, _, names = line.partition("//")
        group = [os.path.join(folder, name) for name in names.split("/")]
        late = any(os.stat(path).st_mtime_ns > before for path in group)
        yield f"{_LATE if late else _digest(group)} {line}"


def _absent(
    folders: Iterable[str], names: Collection[str], before: int
) -> Iterator[tuple[str, str]]:
    """The folder and the name of what would have to be made for one of ``names`` in ``folders``."""
    for folder in folders:
        for name in sorted(names):
            there, missing = os.path.normpath(os.path.join(folder, name)), ""
            while not os.path.exists(there):
                there, missing = os.path.split(there)
            if not missing:
                if os.stat(there).st_ctime_ns > before:  # made when clang had looked, perhaps
                    yield os.path.split(there)
            elif os.path.isdir(there):
                yield there, missing


def _grouped(pairs: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """``folder//name/name`` of pairs of a folder and a name."""
    groups: dict[str, dict[str, None]] = {}
    for folder, name in pairs:
        groups.setdefault(folder, {})[name] = None
    for folder, names in groups.items():
        yield f"{folder}//{'/'.join(names)}"


def _digest(paths: Iterable[str]) -> str:
    total = sha256()
    for path in paths:
        total.update(sha256(_bytes(path)).digest())
    return total.hexdigest()


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
