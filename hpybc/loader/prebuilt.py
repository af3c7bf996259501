"""Images that are shipped: ``ext.bc.cpython-311-x86_64-linux-gnu.so`` next to ``ext.bc``.

Such an image is for one interpreter and every processor of the architecture, and comes before the
cache: with it a load needs neither llvmlite nor a linker nor a folder to write to. Its content is
that of a file in the cache, with a label that says what it was made from.
"""

from __future__ import annotations

import os
from _imp import extension_suffixes

from hpybc.cache import sealed, store
from hpybc.errors import LoadError
from hpybc.loader.extension import Extension, entry_point, name_of, read

#: Changes when this loader cannot use the images of an earlier one.
_FORMAT = "prebuilt 1"


def path_of(path: str) -> str:
    """Where the image of the bitcode file ``path`` for the running interpreter is looked for.

    By no name that Python would import it by, without a check.
    """
    return path + extension_suffixes()[0]


def lookup(extension: Extension, entry: str) -> str | None:
    """The file of the image of ``extension`` with the function ``entry``.

    None if there is none, if it is damaged, or if it was made from anything else. Either file may
    be a link, as farms of links have them (Bazel, Nix, GNU stow): the image lies beside the link
    or beside what that leads to.
    """
    path = extension.path
    file = _intact(path, extension.data, entry)
    if file is None and os.path.islink(path):
        file = _intact(os.path.realpath(path), extension.data, entry)
    return file


def _intact(path: str, data: bytes, entry: str) -> str | None:
    file = path_of(path)
    found = sealed.check(file)
    return file if found is not None and _label(data, entry) in found.label.split() else None


def make(path: str) -> str:
    """Writes the image of the bitcode file ``path``; returns where it is.

    It is for the module's own name, by which ``hpybc.load`` makes it, and for that of the file, by
    which an import does.

    Raises:
        LoadError: the file cannot be read, or compiled for this interpreter.
        OSError: the image cannot be written.
    """
    from hpybc import files
    from hpybc.loader import export
    from hpybc.process import progress

    extension = read(path)
    entry, imported = entry_point(extension.name), entry_point(name_of(path))
    also = (imported,) if imported != entry and imported.isidentifier() else ()
    try:
        with progress.shown(f"compiling {path}"):
            image = export.cpython(extension, entry=entry, also=also)
    except LoadError as error:
        error.path = error.path or path
        raise
    file = path_of(path)
    label = " ".join(_label(extension.data, name) for name in (entry, *also))
    files.replace(file, sealed.seal(image, label), 0o777)
    return file


def _label(data: bytes, entry: str) -> str:
    return store.key([_FORMAT, data, entry])
