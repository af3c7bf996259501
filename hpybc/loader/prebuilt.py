"""Images that are shipped: ``ext.bc.cpython-311-x86_64-linux-gnu.so`` next to ``ext.bc``.

Such an image is for one interpreter and every processor of the architecture, and comes before the
cache: with it a load needs neither llvmlite nor a linker nor a folder to write to. Its content is
that of a file in the cache, with a label that says what it was made from.
"""

from __future__ import annotations

from importlib.machinery import EXTENSION_SUFFIXES

from hpybc.jit import cache

#: Changes when this loader cannot use the images of an earlier one.
_FORMAT = "prebuilt 1"


def path_of(path: str) -> str:
    """Where the image of the bitcode file ``path`` for the running interpreter is looked for.

    By no name that Python would import it by, without a check.
    """
    return path + EXTENSION_SUFFIXES[0]


def lookup(data: bytes, path: str, entry: str) -> tuple[str, memoryview] | None:
    """File and content of the image of the bitcode file ``path``, which contains ``data``.

    None if there is none, if it is damaged, or if it was made from anything else.
    """
    file = path_of(path)
    found = cache.read(file)
    if found is None or found[1] != _label(data, entry):
        return None
    return file, found[0]


def _label(data: bytes, entry: str) -> str:
    return cache.key([_FORMAT, data, entry])
