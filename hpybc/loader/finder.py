"""``import ext`` finds ``ext.bc``: a path hook (PEP 302, PEP 451).

Before Python's own hook for folders goes one whose finders look for bitcode, too, and for it last:
what Python finds in a folder by itself, it finds as before.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from typing import Any

from hpybc.loader import contexts
from hpybc.loader.importer import BitcodeLoader

SUFFIX = ".bc"

#: What CPython's own finder looks for in a folder, in this order.
_PYTHONS = (
    (ExtensionFileLoader, EXTENSION_SUFFIXES),
    (SourceFileLoader, SOURCE_SUFFIXES),
    (SourcelessFileLoader, BYTECODE_SUFFIXES),
)

#: The name of the function that ``FileFinder.path_hook`` makes.
_OTHER = FileFinder.path_hook().__name__

_installed: Callable[[str], Any] | None = None


class BitcodeFinder(FileFinder):
    """Finds modules in one folder, those in bitcode files included."""


def install(mode: str | None) -> None:
    """See ``hpybc.install``."""
    global _installed
    contexts.stack(mode or "release")  # now, where it can be said
    uninstall()
    _list_bitcode()
    loader = partial(BitcodeLoader, mode=mode)
    details: list[Any] = [*_PYTHONS, (loader, [SUFFIX])]
    hook = _installed = BitcodeFinder.path_hook(*details)
    names = [getattr(hook, "__name__", "") for hook in sys.path_hooks]
    sys.path_hooks.insert(names.index(_OTHER) if _OTHER in names else len(names), hook)
    _forget(FileFinder)


def uninstall() -> None:
    """See ``hpybc.uninstall``."""
    global _installed
    if _installed in sys.path_hooks:
        sys.path_hooks.remove(_installed)
    _installed = None
    _forget(BitcodeFinder)


def _forget(kind: type) -> None:
    """Has the hooks asked again for the folders that have a finder of exactly this class."""
    for path, found in list(sys.path_importer_cache.items()):
        if type(found) is kind:
            sys.path_importer_cache.pop(path, None)


def _list_bitcode() -> None:
    """Has ``pkgutil.iter_modules`` name them."""
    import pkgutil

    # A generic function since 3.4, which its stubs for mypy do not say.
    pkgutil.iter_importer_modules.register(BitcodeFinder, _iter_modules)  # type: ignore[attr-defined]


def _iter_modules(finder: BitcodeFinder, prefix: str = "") -> Iterator[tuple[str, bool]]:
    """The modules in a folder and whether they are packages, in the order of their names."""
    import os
    import pkgutil

    listed = pkgutil.iter_importer_modules.dispatch(FileFinder)  # type: ignore[attr-defined]
    found: dict[str, bool] = dict(listed(finder, prefix))
    try:
        files = sorted(os.listdir(finder.path))
    except OSError:
        return
    for file in files:
        # A folder comes before a file of its name, as it does to the finder.
        is_package = os.path.isfile(os.path.join(finder.path, file, "__init__" + SUFFIX))
        stem = file if is_package else file.removesuffix(SUFFIX)
        if (is_package or stem != file) and stem.isidentifier() and stem != "__init__":
            found.setdefault(prefix + stem, is_package)
    yield from sorted(found.items())
