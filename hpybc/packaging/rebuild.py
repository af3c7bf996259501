"""Editable installs compile what has changed when it is imported.

Beside the bitcode file of an editable install lies a record: which files it was made from, and what
they were then (``record``). The stub asks here before it imports the module. As long as nothing has
changed, that is one look at each file of the project and at each folder in which clang has looked,
and imports nothing.
"""

from __future__ import annotations

import os

#: What the name of a record has after that of its bitcode file.
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
        _, seen, absent, _ = _paragraphs(bitcode)
        unchanged = all(map(_is_untouched, seen)) and all(map(_is_absent, absent))
    except (OSError, ValueError):  # no record, or that of an earlier version
        unchanged = False
    if not (unchanged and os.path.exists(bitcode)):
        _rebuild(bitcode)


def _paragraphs(bitcode: str) -> list[list[str]]:
    with open(bitcode + SUFFIX, "rb", buffering=0) as file:  # the quickest way to read a file
        text = file.read().decode(errors="surrogateescape")
    return [part.split("\n") if part else [] for part in text.split("\n\n")]


def _is_untouched(line: str) -> bool:
    modified, size, path = line.split(" ", 2)
    try:
        found = os.stat(path)
    except OSError:
        return False
    return found.st_mtime_ns == int(modified) and found.st_size == int(size)


def _is_absent(line: str) -> bool:
    folder, _, names = line.partition("//")
    try:
        return set(names.split("/")).isdisjoint(os.listdir(folder))
    except OSError:  # without a folder, there is nothing in it
        return True


def _rebuild(bitcode: str) -> None:
    """Compiles again, unless another process has, or the files are what they were after all."""
    from hashlib import sha256

    from hpybc.cache.turns import turn
    from hpybc.errors import HpybcError, RebuildError

    root, name = _project(bitcode)
    try:
        with turn(f"rebuild-{sha256(os.fsencode(bitcode)).hexdigest()}"):
            if not _is_renewed(bitcode):
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


def _project(bitcode: str) -> tuple[str, str]:
    """The project's folder, and the module's full name; raises RebuildError if nothing says so."""
    from hpybc.errors import RebuildError

    try:  # its first two lines, in earlier versions too
        with open(bitcode + SUFFIX, encoding="utf-8", errors="surrogateescape") as file:
            root, name = file.read().split("\n")[:2]
    except (OSError, ValueError) as error:  # there is none, or it is damaged
        raise RebuildError(
            "nothing says what the module of an editable install was made from",
            path=bitcode + SUFFIX,
            found=getattr(error, "strerror", "a file without the names of project and module"),
            needed="the file that pip install -e . makes beside the module",
            remedy="install the project again: pip install -e .",
        ) from None
    return root, name


def _is_renewed(bitcode: str) -> bool:
    """Whether the files contain what they did; then the next import looks at their times alone."""
    from hpybc.packaging.record import Record

    try:
        (root, name), seen, absent, contents = _paragraphs(bitcode)
    except ValueError:
        return False
    found = Record(root, name, tuple(seen), tuple(absent), tuple(contents)).renewed()
    if found is None or not all(map(_is_absent, absent)) or not os.path.exists(bitcode):
        return False
    try:
        found.write(bitcode)
    except OSError:  # then the next import compares them again
        pass
    return True


def make(bitcode: str, root: str, name: str) -> None:
    """Compiles the module ``name`` of the project in ``root``, and keeps the record.

    Raises:
        HpybcError: see ``build``; UsageError if pyproject.toml has no such module.
        OSError: a file cannot be read or written.
    """
    import time

    from hpybc.errors import UsageError
    from hpybc.packaging import record, settings
    from hpybc.packaging.build import build, header_folders

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
    own, others = header_folders(modules[name])
    paths = build(modules[name], bitcode)
    record.made(root, name, paths, own, others, before=started).write(bitcode)
