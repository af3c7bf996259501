"""Images that are shipped: ``ext.bc.cpython-311-x86_64-linux-gnu.so`` next to ``ext.bc``.

Such an image is for one interpreter and every processor of the architecture, and comes before the
cache: with it a load needs neither llvmlite nor a linker nor a folder to write to. Its content is
that of a file in the cache. Its label says which hpybc made it, and from what.
"""

from __future__ import annotations

import os
from _imp import extension_suffixes

from hpybc.cache import sealed, store
from hpybc.errors import LoadError
from hpybc.loader import contexts
from hpybc.loader.extension import Extension, entry_point, name_of, read
from hpybc.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: What an image and the hpybc that loads it agree upon. Images of the same number are compatible,
#: whichever version of hpybc made them. Raise it when this loader must not use the images that an
#: earlier one made. That is so if one of these changes:
#:
#: - the names by which an image is entered (``extension.entry_point``);
#: - what it asks of the spec, and its ``refusal`` if it already holds a module (``ctx_module.c``);
#: - the digest and the label (``sealed``, ``_key``).
#:
#: What images share with each other has marks of its own, which change with it: types
#: (``TYPE_INFO_MARK``) and exceptions of C++ (``hpybc_exceptions_1``). An image that was shipped
#: needs nothing else of hpybc: that of the modes debug and trace is never shipped.
INTERFACE = 1

#: The first two words of a label.
_HPYBC, _INTERFACE = f"hpybc-{__version__}", f"interface-{INTERFACE}"


#: How the names of images for the running interpreter end. Python would import them by none.
SUFFIX = extension_suffixes()[0]


def path_of(path: str) -> str:
    """Where the image of the bitcode file ``path`` for the running interpreter is looked for."""
    return path + SUFFIX


def lookup(extension: Extension, entry: str, suffix: str = SUFFIX) -> str | None:
    """The file of the image of ``extension`` with the function ``entry``.

    Of an image with the boxed context, ``entry`` is ``boxed.loading.entry``.

    None if there is none, if it is damaged, or if it was made from anything else. Either file may
    be a link, as farms of links have them (Bazel, Nix, GNU stow): the image lies beside the link
    or beside what that leads to.
    """
    path = extension.path
    file = _intact(path + suffix, extension.data, entry)
    if file is None and os.path.islink(path):
        file = _intact(os.path.realpath(path) + suffix, extension.data, entry)
    return file


def _intact(file: str, data: bytes, entry: str) -> str | None:
    found = sealed.check(file)
    if found is None:
        if os.path.lexists(file):
            store.say_unused(file, "it is damaged, or no image")
        return None
    words = found.label.split()
    if words[1:2] != [_INTERFACE]:
        named = found.label.startswith("hpybc-")
        maker = " ".join(words[:2]) if named else "an hpybc that does not say which"
        store.say_unused(file, f"{maker} made it, and this is {_HPYBC} {_INTERFACE}")
    elif _key(data, entry) not in words:
        store.say_unused(file, "it was made from another file, or for another name")
    else:
        return file
    return None


def make(path: str) -> str:
    """Writes the image of the bitcode file ``path``; returns where it is.

    It is for the module's own name, by which ``hpybc.load`` makes it, and for that of the file, by
    which an import does. With the boxed context one image is for all interpreters and names.

    Raises:
        LoadError: the file cannot be read, or compiled for this interpreter.
        OSError: the image cannot be written.
    """
    import functools

    from hpybc.loader import export

    extension = read(path)
    if contexts.is_boxed():
        from hpybc.boxed import loading

        return _written(path, loading.SUFFIX, extension, [loading.entry()], loading.portable)
    entry, imported = entry_point(extension.name), entry_point(name_of(path))
    also = (imported,) if imported != entry and imported.isidentifier() else ()
    names = [entry, *also]
    make = functools.partial(export.cpython, entry=entry, also=also)
    return _written(path, SUFFIX, extension, names, make)


def _written(
    path: str,
    suffix: str,
    extension: Extension,
    names: list[str],
    make: Callable[[Extension], bytes],
) -> str:
    from hpybc import files
    from hpybc.process import progress

    try:
        with progress.shown(f"compiling {path}"):
            image = make(extension)
    except LoadError as error:
        error.path = error.path or path
        raise
    label = " ".join([_HPYBC, _INTERFACE, *(_key(extension.data, name) for name in names)])
    files.replace(path + suffix, sealed.seal(image, label), 0o777)
    return path + suffix


def _key(data: bytes, entry: str) -> str:
    return store.key([data, entry])
