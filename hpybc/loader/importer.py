"""What the import system sees of a bitcode file: the loader of its module (PEP 451)."""

from __future__ import annotations

import os
import sys

# What importlib.machinery and importlib.util have these from; their own import takes longer than a
# load does.
from _frozen_importlib import (  # type: ignore[attr-defined]
    ModuleSpec,
    _load_unlocked,
    module_from_spec,
)
from _frozen_importlib_external import ExtensionFileLoader
from _weakref import ref

from hpybc.errors import FileMissingError, LoadError, UsageError
from hpybc.loader import loading
from hpybc.loader.extension import Extension, contents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def _mode(name: str) -> str:
    """The mode of the module with this full name, if nobody gives one, see ``modes``."""
    if not (os.environ.get("HPYBC_MODE") or os.environ.get("HPY")):
        return "release"
    from hpybc.loader import modes

    return modes.of(name)


class BitcodeLoader(ExtensionFileLoader):
    """Loads one bitcode file as a module; ``spec.loader`` of that module.

    An extension module in all but its file: executing it, and the resources next to it, are
    Python's own affair.

    Args:
        name: the module's full name.
        path: the file, ``ext.bc``.
        mode: see ``hpybc.load``.
        extension: what is in the file, if that is known.

    Raises:
        UsageError: no mode was given, and the environment names one that does not exist.
    """

    def __init__(
        self, name: str, path: str, mode: str | None = None, extension: Extension | None = None
    ) -> None:
        if not path.startswith("/"):  # the folder that it is relative to may change
            path = os.path.join(os.getcwd(), path.removeprefix("./"))
        self.name = name
        self.path = path
        self.mode = _mode(name) if mode is None else mode
        self._extension = extension

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        try:
            found = self._extension or Extension(contents(self.path), self.path)
        except LoadError as error:
            error.name = spec.name
            raise
        self._extension, found.path = None, self.path
        return loading.create(found, spec, self.mode)

    def exec_module(self, module: ModuleType) -> None:
        # Who has created it executes it, whatever the environment says by now.
        boxed = sys.modules.get("hpybc.boxed.modules")
        if boxed is not None and boxed.awaits(module):
            boxed.execute(module)
        else:
            super().exec_module(module)

    def is_package(self, name: str) -> bool:
        return self.path.rpartition("/")[2].startswith("__init__.")


def load(path: str | os.PathLike[str], *, name: str | None, mode: str | None) -> ModuleType:
    """See ``hpybc.load``."""
    file = os.fspath(path)
    extension = Extension(contents(file), file)  # read once: the name is in it
    name = extension.name if name is None else name
    loader = BitcodeLoader(name, file, mode, extension)
    imported = sys.modules.get(name)
    instance = module_from_spec(_spec(loader))
    if sys.modules.get(name) is instance is not imported:  # CPython's single-phase initialisation
        if imported is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = imported
    loader.exec_module(instance)
    return instance


def replace(name: str, kind: type[BitcodeLoader] = BitcodeLoader, suffix: str = ".bc") -> None:
    """See ``hpybc.replace_stub``; for files of another ``kind``, whose names end in ``suffix``."""
    stub = sys.modules.get(name)
    file = getattr(stub, "__file__", None)
    if stub is None or file is None:
        raise UsageError(
            "not the name of a stub",
            found=repr(name),
            needed="a module that is being imported from a file",
            remedy="call replace_stub(__name__) in ext.py, next to ext.bc",
        )
    replaced = _replaced.get(name)
    if replaced is not None and replaced.module() is stub:
        replaced.restore()
        return
    path = os.path.splitext(os.path.abspath(file))[0] + suffix
    spec = _spec(kind(name, path, extension=_archived(stub, path)))
    # The import system takes the module from here when the stub has run.
    try:
        instance = _load_unlocked(spec)
    except BaseException:
        sys.modules[name] = stub
        raise
    if isinstance(instance, type(sys)):  # importlib.reload takes no others
        _replaced[name] = _Replaced(instance, stub)


class _Replaced:
    """A module that has taken its stub's place.

    ``importlib.reload`` finds the stub again, has what the import system says of that written to
    this module, and the stub's code run in it.
    """

    def __init__(self, instance: ModuleType, stub: ModuleType) -> None:
        self.module = ref(instance)
        self._written = list(vars(stub))  # which will be written again
        self._own = {n: vars(instance)[n] for n in self._written if n in vars(instance)}

    def restore(self) -> None:
        """Makes the module again what it was before the stub ran in it."""
        attributes = vars(self.module())
        for name in self._written:
            attributes.pop(name, None)
        attributes.update(self._own)


#: The modules that have taken a stub's place, by name.
_replaced: dict[str, _Replaced] = {}


def _archived(stub: ModuleType, path: str) -> Extension | None:
    """What is in ``path`` if that is in an archive, as the stub is; None if it may be a file."""
    own = getattr(stub, "__loader__", None)
    archive = getattr(own, "archive", None)  # zipimport's
    if own is None or archive is None or os.path.exists(path):
        return None
    try:
        return Extension(own.get_data(path), path)
    except OSError:
        raise FileMissingError(
            "no such file in the archive",
            path=path,
            name=stub.__name__,
            needed="a bitcode file",
            remedy=f"put {os.path.basename(path)} next to the stub in {archive}",
        ) from None


def _spec(loader: BitcodeLoader) -> ModuleSpec:
    # What spec_from_file_location makes, which asks more.
    is_package = loader.is_package(loader.name)
    spec = ModuleSpec(loader.name, loader, origin=loader.path, is_package=is_package)
    spec.has_location = True
    if spec.submodule_search_locations is not None:
        spec.submodule_search_locations.append(os.path.dirname(loader.path))
    return spec
