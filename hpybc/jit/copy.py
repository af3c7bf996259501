"""A file for a while, to load a shared object from that has none, or none of its own.

The dynamic linker takes files alone, and one that it has loaded it does not load again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def file_of(content: bytes | memoryview) -> Iterator[str]:
    """The name of a file with ``content``, in memory where the system has such files.

    No name is given twice in a process: the dynamic linker goes by names first.

    Raises:
        OSError: there is no room for it.
    """
    try:
        file = os.memfd_create("hpybc")
    except (AttributeError, OSError):  # for older systems Python has no such function
        with _temporary(content) as name:
            yield name
        return
    with os.fdopen(file, "wb") as opened:
        opened.write(content)
        opened.flush()
        # Other spellings of the same name, chosen at random: numbers of files are used again.
        detour = "".join("/." if bit == "1" else "/" for bit in f"{_chance():b}")
        # By the number of the process: a debugger's own files are others.
        yield f"/proc/{os.getpid()}/fd{detour}/{file}"


def _chance() -> int:
    return int.from_bytes(os.urandom(12), "little")


@contextmanager
def _temporary(content: bytes | memoryview) -> Iterator[str]:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="hpybc-") as folder:
        path = os.path.join(folder, "image.so")
        with open(path, "wb") as file:
            file.write(content)
        yield path
