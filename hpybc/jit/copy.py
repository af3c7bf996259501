"""A file for a while, to load a shared object from that has none, or none of its own.

The dynamic linker takes files alone, and one that it has loaded it does not load again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedWriter

from hpybc.errors import LinkError


@contextmanager
def file_of(content: bytes) -> Iterator[str]:
    """The name of a file with ``content``, in memory where the system has such files.

    No name is given twice in a process: the dynamic linker goes by names first.

    Raises:
        LinkError: there is no room for it.
    """
    try:
        file = os.memfd_create("hpybc")
    except (AttributeError, OSError):  # for older systems Python has no such function
        with _temporary(content) as name:
            yield name
        return
    with os.fdopen(file, "wb") as opened:
        _fill(opened, content)
        # Other spellings of the same name, chosen at random: numbers of files are used again.
        detour = "".join("/." if bit == "1" else "/" for bit in f"{_chance():b}")
        # By the number of the process: a debugger's own files are others.
        yield f"/proc/{os.getpid()}/fd{detour}/{file}"


def _chance() -> int:
    return int.from_bytes(os.urandom(12), "little")


@contextmanager
def _temporary(content: bytes) -> Iterator[str]:
    from hpybc.jit import process

    with ExitStack() as stack:
        try:
            folder = stack.enter_context(process.folder())
        except OSError as error:
            raise _no_room(error) from None
        path = os.path.join(folder, "image.so")
        with open(path, "wb") as file:
            _fill(file, content)
        yield path


def _fill(file: BufferedWriter, content: bytes) -> None:
    try:
        file.write(content)
        file.flush()
    except OSError as error:
        raise _no_room(error) from None


def _no_room(error: OSError) -> LinkError:
    return LinkError(
        "the image cannot be copied for another module",
        found=str(error),
        needed="memory, or room in a folder for temporary files",
        remedy="name a folder with room in TMPDIR",
    )
