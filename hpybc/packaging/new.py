"""A new project: a package with an extension that is built, tested and made a wheel of."""

from __future__ import annotations

import keyword
import os
import sys
from string import Template

from hpybc.errors import UsageError

#: The files of a project, and the templates that they are made from.
FILES = {
    "pyproject.toml": "pyproject.toml.in",
    "README.md": "README.md.in",
    ".gitignore": "gitignore.in",
    "src/$name/__init__.py": "package.py.in",
    "src/$name/_$name.$suffix": "module.c.in",
    "tests/test_$name.py": "test.py.in",
}

_TEMPLATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "template")


def create(name: str, *, cxx: bool = False) -> str:
    """Makes a project in the new or empty folder ``name``; returns the folder.

    Args:
        name: the package's name. The extension module is ``name._name``.
        cxx: whether the extension is in C++ rather than C.

    Raises:
        UsageError: a package cannot have that name, or there is something of that name.
        OSError: the folder cannot be written.
    """
    _check(name)
    if os.path.lexists(name) and not (os.path.isdir(name) and not os.listdir(name)):
        raise UsageError(
            "the new project would mix with what is there",
            path=name,
            found="a folder with files in it" if os.path.isdir(name) else "a file",
            needed="no folder of that name, or an empty one",
            remedy="choose another name, or call hpybc new in another folder",
        )
    values = {
        "name": name,
        "language": "C++" if cxx else "C",
        "suffix": "cpp" if cxx else "c",
    }
    for path, template in FILES.items():
        file = os.path.join(name, Template(path).substitute(values))
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(os.path.join(_TEMPLATES, template), encoding="utf-8") as source:
            text = Template(source.read()).substitute(values)
        with open(file, "x", encoding="utf-8") as target:
            target.write(text)
    return name


def _check(name: str) -> None:
    """Raises UsageError unless a package can have this name."""
    wrong = ""
    if not (name.isascii() and name.isidentifier()):
        wrong = "not the name of a package"
    elif keyword.iskeyword(name):
        wrong = "a word of Python's own"
    elif name in sys.stdlib_module_names:
        wrong = "a module of Python's standard library"
    if wrong:
        raise UsageError(
            f"a package cannot be called {name!r}: {wrong}",
            found=name,
            needed="letters, digits and underscores, the first of which is no digit",
            remedy="choose another name",
        )
