"""What a project says of its extension modules: ``[[tool.hpybc.ext-modules]]`` in pyproject.toml.

The names are those of ``setuptools.Extension``, with a dash where that has an underscore.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from hpybc import files
from hpybc.errors import UsageError
from hpybc.packaging import values

#: The file with the settings, in the project's folder.
FILE = "pyproject.toml"

_TABLE = "[[tool.hpybc.ext-modules]]"


@dataclass(frozen=True)
class ExtModule:
    """An extension module that is to be compiled.

    Relative paths have been resolved against ``root``.

    Attributes:
        name: the module's whole name, ``bag._bag``.
        sources: its C and C++ sources; objects and static libraries of bitcode may be among them.
        root: the project's folder.
        include_dirs: folders to search for headers.
        define_macros: macros and their values; None for a macro without a value, which is 1.
        undef_macros: macros to undefine.
        library_dirs: folders to search for libraries.
        libraries: libraries, as after ``-l``.
        extra_compile_args: further options of a C compiler.
        extra_link_args: further options of a linker.
        language: ``c`` or ``c++``, for sources whose suffix does not say it.
        depends: other files that the module is made from: headers, which belong to an sdist.
        debug: whether to keep source positions and variables.
        prebuild: whether to make the image for the running interpreter as well; or the interpreters
            to make images for, by their versions or paths.
        optional: whether a build goes on without it if it cannot be compiled.
        declared: whether pyproject.toml says all this, which ``read`` finds again.
    """

    name: str
    sources: tuple[str, ...]
    root: str = field(default_factory=os.getcwd)
    include_dirs: tuple[str, ...] = ()
    define_macros: tuple[tuple[str, str | None], ...] = ()
    undef_macros: tuple[str, ...] = ()
    library_dirs: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    extra_compile_args: tuple[str, ...] = ()
    extra_link_args: tuple[str, ...] = ()
    language: str | None = None
    depends: tuple[str, ...] = ()
    debug: bool = False
    prebuild: bool | tuple[str, ...] = False
    optional: bool = False
    declared: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", os.path.abspath(self.root))
        for name in ("sources", "include_dirs", "library_dirs", "depends"):
            paths = tuple(os.path.normpath(os.path.join(self.root, p)) for p in getattr(self, name))
            object.__setattr__(self, name, paths)

    @property
    def path(self) -> str:
        """Where it is, below the folder with the packages, without a suffix: ``bag/_bag``."""
        return self.name.replace(".", "/")


def read(root: str) -> tuple[ExtModule, ...]:
    """The modules that pyproject.toml in the folder ``root`` has; none if there is no such file.

    Raises:
        UsageError: it is no TOML, or does not say what it should; the error names the place.
        OSError: it cannot be read.
    """
    path = os.path.join(root, FILE)
    if not os.path.exists(path):
        return ()
    with open(path, "rb") as file:
        content = file.read()
    if b"hpybc" not in content:  # of a project that has nothing to do with hpybc, perhaps
        return ()
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document = tomllib.loads(content.decode())
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are
        raise UsageError(
            "the file is not TOML",
            path=path,
            found=str(error),
            needed="TOML 1.0",
            remedy="correct it",
        ) from None
    own = values.table(document.get("tool", {}), path, "tool").get("hpybc", {})
    own = values.table(own, path, "tool.hpybc")
    _check_keys(own, ("ext-modules",), path, "[tool.hpybc]")
    listed = own.get("ext-modules", [])
    if not isinstance(listed, list):
        raise values.wrong(path, "tool.hpybc.ext-modules", listed, f"tables, each headed {_TABLE}")
    return distinct([_module(each, number, path) for number, each in enumerate(listed)], path)


def distinct(modules: Sequence[ExtModule], path: str) -> tuple[ExtModule, ...]:
    """``modules``, which the file ``path`` gives, the last of them at least.

    Raises:
        UsageError: two have one name.
    """
    for number, module in enumerate(modules):
        if module.name in {other.name for other in modules[:number]}:
            raise UsageError(
                "two modules have one name",
                path=path,
                found=module.name,
                needed="a name for each",
                remedy="rename one, or give all the sources to one of them",
            )
    return tuple(modules)


#: What an editable install keeps of a module that setup.py gives: ``ext.bc.settings``, in JSON.
KEPT = ".settings"


def keep(module: ExtModule, bitcode: str) -> None:
    """Writes ``module`` beside its ``bitcode``, from where ``kept`` reads it; raises OSError."""
    files.replace(bitcode + KEPT, json.dumps(asdict(module)).encode())


def kept(bitcode: str) -> tuple[ExtModule, ...]:
    """The module that ``keep`` has written beside ``bitcode``, if any; raises OSError."""
    try:
        with open(bitcode + KEPT, encoding="utf-8") as file:
            said = json.load(file)
    except FileNotFoundError:
        return ()
    said["define_macros"] = [tuple(macro) for macro in said["define_macros"]]
    lists = {key: tuple(value) for key, value in said.items() if isinstance(value, list)}
    return (ExtModule(**{**said, **lists}),)


def _module(table: object, number: int, path: str) -> ExtModule:
    """The module that the table says, the one of that number (from 0) in the file."""
    place = f"ext-modules[{number}]"
    table = values.table(table, path, place)
    if isinstance(table.get("name"), str):
        place = f"ext-modules[{number}] ({table['name']})"
    _check_keys(table, _KEYS, path, f"{place} of {_TABLE}")
    said = {_KEYS[key]: _READERS[key](value, path, f"{place}.{key}")
              for key, value in table.items()}  # fmt: skip
    for key in ("name", "sources"):
        if not said.get(key):
            raise UsageError(
                f"{place}: {key} is missing",
                path=path,
                found=", ".join(table) or "an empty table",
                needed=f"{key} = {_EXAMPLES[key]}",
                remedy="add it",
            )
    root = os.path.dirname(os.path.abspath(path))
    module = ExtModule(root=root, declared=True, **said)
    for source, written in zip(module.sources, said["sources"], strict=True):
        if not os.path.isfile(source):
            raise UsageError(
                f"{place}.sources: no such file",
                path=path,
                found=written,
                needed="a file, named from the folder of pyproject.toml",
                remedy=_similar(source) or "correct the name, or add the file",
            )
    return module


_EXAMPLES = {"name": '"bag._bag"', "sources": '["src/bag/_bag.c"]'}


def _similar(missing: str) -> str:
    """What may be meant by a source that does not exist: another, and nothing made from it."""
    import difflib

    from hpybc.toolchain.objects import SOURCES

    folder, name = os.path.split(missing)
    suffixes = (*SOURCES, os.path.splitext(name)[1] or name)
    there = os.listdir(folder) if os.path.isdir(folder) else []
    there = [file for file in there if file.endswith(suffixes)]
    close = difflib.get_close_matches(name, there, 1)
    return f"did you mean {close[0]}?" if close else ""


def _check_keys(table: Mapping[str, object], known: Iterable[str], path: str, place: str) -> None:
    import difflib

    known = list(known)
    for key in table:
        if key not in known:
            close = difflib.get_close_matches(key.replace("_", "-"), known, 1)
            raise UsageError(
                f"{place} has no key of that name",
                path=path,
                found=key,
                needed=", ".join(known),
                remedy=f"did you mean {close[0]}?" if close else "remove it",
            )


#: How the value of each key that is no list of strings is read.
_READERS: dict[str, Callable[[object, str, str], Any]] = {
    "name": values.name,
    "define-macros": values.macros,
    "language": values.language,
    "debug": values.flag,
    "prebuild": values.interpreters,
    "optional": values.flag,
}

#: The keys of a table, and the attributes that they set.
_KEYS = {
    each.name.replace("_", "-"): each.name
    for each in fields(ExtModule)
    if each.name not in ("root", "declared")
}
_READERS.update({key: values.strings for key in _KEYS if key not in _READERS})
