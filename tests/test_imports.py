"""Imports go one way, between the rooms of the package and inside each."""

from __future__ import annotations

from pathlib import Path

import pytest
from imports import Import, cycle, hpybc, imports, modules

#: The rooms, and which a module in each may import, at any time: those below it in this table.
#: ``commands`` are the modules next to ``hpybc/__init__.py`` that nothing but the command needs,
#: ``base`` those that everything may use.
RULES = {
    "cli": {
        *("commands", "packaging", "hpybc", "toolchain", "stubgen", "loader", "jit", "cache"),
        *("process", "base"),
    },
    "commands": {
        "debug",
        "hpybc",
        "toolchain",
        "stubgen",
        "loader",
        "jit",
        "cache",
        "process",
        "base",
    },
    "packaging": {"toolchain", "stubgen", "hpybc", "loader", "jit", "cache", "process", "base"},
    "toolchain": {"stubgen", "hpybc", "loader", "jit", "cache", "process", "base"},
    "stubgen": {"loader", "jit", "process", "base"},
    "debug": {"hpybc", "loader", "base"},
    "hpybc": {"loader", "base"},
    "boxed": {"loader", "jit", "cache", "process", "base"},
    "loader": {"jit", "cache", "process", "base"},
    "jit": {"process", "base"},
    "cache": {"process", "base"},
    "process": {"base"},
    "base": set(),
}

BASE = {"hpybc.errors", "hpybc.files", "hpybc.log", "hpybc.version"}

#: Imports by a name that is computed, and what they are for.
COMPUTED = {
    # hpybc.debug or hpybc.trace: the module in which those of the mode find their state, as the C
    # of the context does. It is itself made by a load.
    ("hpybc.loader.loading", "hpybc.*"),
    ("hpybc.loader.trial", "hpybc.*"),
    ("hpybc.boxed.loading", "hpybc.*"),
    # The modules of the boxed context that have functions of the API, when one is called.
    ("hpybc.boxed.functions", "hpybc.boxed.*"),
    # What an extension imports.
    ("hpybc.boxed.objects", "*"),
    # What the user names, to measure against.
    ("hpybc.bench", "*"),
}

UPWARD = {
    # What IPython calls for %load_ext hpybc has to be in hpybc, and imports what no load does.
    Import("hpybc", "hpybc.notebook", "function"),
    # Outside CPython the boxed context takes over where a load begins.
    Import("hpybc.loader.loading", "hpybc.boxed.loading", "function"),
    Import("hpybc.loader.prebuilt", "hpybc.boxed.loading", "function"),
}

SOURCES = hpybc()
IMPORTS = [each for each in imports(SOURCES) if each not in UPWARD]


def room(module: str) -> str:
    """The room that a module of hpybc is in."""
    if module == "hpybc" or module in BASE:
        return "hpybc" if module == "hpybc" else "base"
    second = module.split(".")[1]
    if second == "__main__":
        return "cli"
    return second if second in RULES else "commands"


def test_every_module_is_read() -> None:
    """The table has every folder with modules, and each of its rooms has some."""
    assert {room(module) for module in SOURCES} == set(RULES)
    assert set(imports(SOURCES)) >= UPWARD
    folders = {path.parent.name for path in SOURCES.values()} - {"hpybc", "cmake"}
    assert folders <= set(RULES)


def test_rooms_import_those_below() -> None:
    rooms = list(RULES)
    for number, name in enumerate(rooms):
        assert RULES[name] <= set(rooms[number + 1 :])
    wrong = [
        each
        for each in IMPORTS
        if each.target.partition(".")[0] == "hpybc" and not each.target.endswith("*")
        if room(each.target) not in RULES[room(each.source)] | {room(each.source)}
    ]
    assert wrong == []


def test_rooms_have_no_cycle() -> None:
    """Whatever the table says."""
    edges = {
        (room(each.source), room(each.target))
        for each in IMPORTS
        if each.target in SOURCES and each.when != "never"
    }
    assert cycle((source, target) for source, target in edges if source != target) == []


@pytest.mark.parametrize("name", RULES)
def test_modules_of_a_room_have_no_cycle(name: str) -> None:
    """Of those that import one another as they are imported."""
    edges = [
        (each.source, each.target)
        for each in IMPORTS
        if each.when == "module" and room(each.source) == name
        if each.target in SOURCES and room(each.target) == name
    ]
    assert cycle(edges) == []


def test_what_is_imported_by_a_computed_name() -> None:
    found = {(each.source, each.target) for each in IMPORTS if each.target.endswith("*")}
    assert found == COMPUTED


def test_only_jit_imports_llvmlite() -> None:
    found = {room(i.source) for i in IMPORTS if i.target.partition(".")[0] == "llvmlite"}
    assert found == {"jit"}


# The reader of imports.


def written(folder: Path, **contents: str) -> list[Import]:
    """The imports of a package ``a`` with these modules."""
    package = folder / "a"
    package.mkdir()
    for name, text in contents.items():
        (package / f"{name}.py").write_text(text)
    return imports(modules(package))


@pytest.mark.parametrize(
    ("text", "target", "when"),
    [
        ("import a.c", "a.c", "module"),
        ("from a import c", "a.c", "module"),
        ("from a.c import name", "a.c", "module"),
        ("from a import name", "a", "module"),
        ("try:\n import json\nexcept ImportError: pass", "json", "module"),
        ("class C:\n import a.c", "a.c", "module"),
        ("def f():\n from a import c", "a.c", "function"),
        ("f = lambda: __import__('a.c')", "a.c", "function"),
        ("class C:\n async def f(self):\n  import a.c", "a.c", "function"),
        ("if TYPE_CHECKING:\n from a import c", "a.c", "never"),
        ("if typing.TYPE_CHECKING: pass\nelse: import a.c", "a.c", "module"),
        ("__import__('a.c')", "a.c", "module"),
        ("import_module('a.c')", "a.c", "module"),
        ("importlib.import_module('a.' + name)", "a.*", "module"),
        ("importlib.import_module(f'a.{name}')", "a.*", "module"),
        ("importlib.util.find_spec(name)", "*", "module"),
    ],
)
def test_imports_that_are_found(text: str, target: str, when: str, tmp_path: Path) -> None:
    found = written(tmp_path, __init__="", b=text, c="")
    assert [each for each in found if each.target != "importlib"] == [Import("a.b", target, when)]


def test_cycles_that_are_found(tmp_path: Path) -> None:
    found = written(tmp_path, b="import a.c", c="from a import d", d="import a.b", e="import a.e0")
    assert cycle((each.source, each.target) for each in found) == ["a.b", "a.c", "a.d", "a.b"]
    assert cycle([("a", "b"), ("a", "c"), ("b", "c")]) == []
    assert cycle([("a", "a")]) == ["a", "a"]
