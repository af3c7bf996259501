"""Editable installs compile what has changed when it is imported.

Beside the bitcode file of an editable install lies a record: which files it was made from, and what
they were then. The stub asks here before it imports the module. As long as no file has changed that
is one look at each, and imports nothing.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The record of ``ext.bc`` is ``ext.bc.made``. Its first two lines are the project's folder and the
#: module's full name. Each other line is a file: the time of its modification in nanoseconds, its
#: size in bytes, its SHA-256, and its path.
SUFFIX = ".made"

#: How long before a build a file must have been changed last, in nanoseconds, so that what was
#: compiled is what is there now: file systems round times.
_SETTLED = 10_000_000


def fresh(stub: str) -> None:
    """Sees that the bitcode file beside ``stub`` is what the project's files make.

    Raises:
        RebuildError: it is not, and cannot be compiled. The next import tries again.
    """
    bitcode = os.path.splitext(stub)[0] + ".bc"
    try:
        lines = _lines(bitcode)
    except FileNotFoundError:  # no editable install any more
        return
    if not (os.path.exists(bitcode) and all(map(_is_untouched, lines[2:]))):
        _rebuild(bitcode)


def _lines(bitcode: str) -> list[str]:
    with open(bitcode + SUFFIX, encoding="utf-8", errors="surrogateescape") as file:
        return file.read().splitlines()


def _is_untouched(line: str) -> bool:
    modified, size, _, path = line.split(" ", 3)
    try:
        found = os.stat(path)
    except OSError:
        return False
    return found.st_mtime_ns == int(modified) and found.st_size == int(size)


def _rebuild(bitcode: str) -> None:
    """Compiles again, unless another process has, or the files are what they were after all."""
    from hashlib import sha256

    from hpybc.cache.turns import turn
    from hpybc.errors import HpybcError, RebuildError

    name = _lines(bitcode)[1]
    try:
        with turn(f"rebuild-{sha256(os.fsencode(bitcode)).hexdigest()}"):
            root, name, *files = _lines(bitcode)
            if os.path.exists(bitcode) and all(map(_is_same, files)):
                try:  # look at the times again, and not at the contents
                    record(bitcode, root, name, (line.split(" ", 3)[3] for line in files))
                except OSError:
                    pass  # then the next import compares them again
            else:
                make(bitcode, root, name)
    except HpybcError as error:
        said = str(getattr(error, "said", "")).strip()
        raise RebuildError(
            f"{name} has changed and cannot be compiled: {error.what}",
            path=error.path or bitcode,
            found=said or error.found,
            needed=error.needed,
            remedy=error.remedy,
            name=name,
        ) from None
    except OSError as error:
        raise RebuildError(
            f"{name} has changed and cannot be compiled: {error.strerror}",
            path=error.filename or bitcode,
            found=str(error),
            needed="files that can be read, and a folder that can be written to",
            remedy="correct that, or install the project, not as an editable one",
            name=name,
        ) from None


def _is_same(line: str) -> bool:
    """Whether a file has the content that it had, whatever its time."""
    _, _, digest, path = line.split(" ", 3)
    try:
        return _digest(path) == digest
    except OSError:
        return False


def make(bitcode: str, root: str, name: str) -> None:
    """Compiles the module ``name`` of the project in ``root``, and keeps the record.

    Raises:
        HpybcError: see ``build``; UsageError if pyproject.toml has no such module.
        OSError: a file cannot be read or written.
    """
    import time

    from hpybc.errors import UsageError
    from hpybc.packaging import settings
    from hpybc.packaging.build import build

    started = time.time_ns() - _SETTLED
    modules = {each.name: each for each in (*settings.read(root), *settings.kept(bitcode))}
    if name not in modules:
        raise UsageError(
            "no such module",
            path=os.path.join(root, settings.FILE),
            found=", ".join(modules) or "no [[tool.hpybc.ext-modules]]",
            needed=name,
            remedy="install the project again: pip install -e .",
        )
    files = build(modules[name], bitcode)
    record(bitcode, root, name, [os.path.join(root, settings.FILE), *files], before=started)


def record(
    bitcode: str, root: str, name: str, paths: Iterable[str], before: int | None = None
) -> None:
    """Writes what the files ``paths`` are now.

    Args:
        bitcode: what is made from them.
        root: the project's folder.
        name: the module's full name.
        paths: the files.
        before: the time by which they must have been changed last, in nanoseconds. One that was
            changed later counts as changed: what was compiled may not be what is there.

    Raises:
        OSError: a file cannot be read, or the record not written.
    """
    from hpybc import files

    def described() -> Iterator[str]:
        for path in paths:
            found = os.stat(path)
            late = before is not None and found.st_mtime_ns > before
            digest = "late" if late else _digest(path)
            yield f"{0 if late else found.st_mtime_ns} {found.st_size} {digest} {path}"

    text = "\n".join([root, name, *described(), ""])
    files.replace(bitcode + SUFFIX, text.encode(errors="surrogateescape"))


def _digest(path: str) -> str:
    from hashlib import sha256

    with open(path, "rb") as file:
        return sha256(file.read()).hexdigest()
