"""A file for a while, to load a shared object from that has none, or none of its own.

The dynamic linker takes files alone, and one that it has loaded it does not load again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from hpybc.errors import LinkError, is_handlers

Loaded = TypeVar("Loaded")


def through_file(content: bytes, load: Callable[[str], Loaded]) -> Loaded:
    """What ``load`` returns for the name of a file with ``content``.

    The file is in memory where the system has such files and lets them be mapped, otherwise in a
    folder for temporary files. It is gone afterwards. No name is given twice in a process: the
    dynamic linker goes by names first.

    Args:
        content: a shared object.
        load: raises an ImportError that begins with the name if the file cannot be mapped.

    Raises:
        LinkError: there is no room for the file, or it cannot be mapped anywhere.
    """
    refused = ""
    for file_of in (_in_memory, _temporary):
        with file_of(content) as name:
            if name is None:
                continue
            try:
                return load(name)
            except ImportError as error:
                refused = str(error)
                if not refused.startswith(name):
                    raise
    needed = "a system that maps code from files in memory, or from a folder for temporary files"
    remedy = "name a folder on a file system without noexec in TMPDIR or HPYBC_CACHE_DIR"
    from hpybc.process.mappings import mappings, nearly_all

    if nearly_all():
        needed = "less than {1} mappings in a process, which has {0}".format(*mappings())
        remedy = "load each file once, start new processes in time, or raise vm.max_map_count"
    raise LinkError(
        "no file with the image can be mapped into this process",
        reason="not mapped",
        found=refused,
        needed=needed,
        remedy=remedy,
    )


@contextmanager
def _in_memory(content: bytes) -> Iterator[str | None]:
    """None where there is no such file, as for old systems, or it is refused."""
    with ExitStack() as stack:
        name = None
        try:
            # For older systems Python has no such function.
            if hasattr(os, "memfd_create"):
                file = stack.enter_context(os.fdopen(os.memfd_create("hpybc"), "wb"))
                file.write(content)
                file.flush()
                name = _own_name(file.fileno())
        except (OSError, RuntimeError) as error:  # the latter from an audit hook
            if is_handlers(error):
                raise
        yield name


def _own_name(file: int) -> str | None:
    """A new name of the file that this process has open under the number ``file``.

    None if /proc has no such name. In a container it may be that of other processes, or missing.
    So no process is named by its number, and the name must lead to that very file.
    """
    # Other spellings of the same name, chosen at random: numbers of files are used again.
    detour = "".join("/." if bit == "1" else "/" for bit in f"{_chance():b}")
    name = f"/proc/self/fd{detour}/{file}"
    try:
        found = os.stat(name)
    except OSError:
        return None
    return name if os.path.samestat(found, os.fstat(file)) else None


def _chance() -> int:
    return int.from_bytes(os.urandom(12), "little")


@contextmanager
def _temporary(content: bytes) -> Iterator[str]:
    from hpybc.process import folder

    with ExitStack() as stack:
        try:
            place = stack.enter_context(folder.temporary())
            path = os.path.join(place, "image.so")
            with open(path, "wb") as file:
                file.write(content)
        except (OSError, RuntimeError) as error:
            if is_handlers(error):
                raise
            raise _no_room(error) from None
        yield path


def _no_room(error: Exception) -> LinkError:
    return LinkError(
        "there is no room for a file with the image",
        reason="not mapped",
        found=str(error),
        needed="memory and /proc, or room in a folder for temporary files",
        remedy="name a folder with room in TMPDIR",
    )
