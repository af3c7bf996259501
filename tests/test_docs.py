"""What the documentation promises of the tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pages
from conformance import report

TESTS = Path(__file__).parent
DIFFERENCES = (TESTS.parent / "docs" / "differences.md").read_text()
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", DIFFERENCES)))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_named_test_exists(file: str, name: str) -> None:
    path = TESTS / file if "/" in file else TESTS / "api" / file
    assert re.search(rf"^def {name}\(", path.read_text(), re.M)
    assert name.startswith("test_")


def test_every_difference_names_a_test() -> None:
    tables = re.findall(r"^\|[-|]+\|\n((?:\|.*\|\n)+)", DIFFERENCES, re.M)
    rows = [row for table in tables for row in table.splitlines()]
    assert len(tables) == 3
    assert len(rows) > 30
    for row in rows:
        assert row.count("|") in (5, 6), row
        assert re.search(r"`[\w/]+\.py::test_\w+` \|$", row), row


#: The coverage page: name, index, passing tests of HPy's suite, extensions of ours that use it.
ROW = re.compile(r"^\| `(\w+)` \| (\d*) \| ([^|]+) \| ([^|]+) \|$", re.M)
COVERAGE = TESTS.parent / "docs" / "reference" / "coverage.md"
API = ROW.findall(COVERAGE.read_text(encoding="utf-8"))


def test_every_function_and_handle_is_listed() -> None:
    listed = [(name, int(index) if index else None) for name, index, _, _ in API]
    expected = [tuple(entry) for entry in report.context() + report.helpers()]
    assert sorted(listed, key=str) == sorted(expected, key=str)


def test_every_function_and_handle_has_a_test() -> None:
    untested = [name for name, _, _, ours in API if not ours.isdecimal()]
    assert untested == [], "add one, then run nox -s api"


SOURCES = {
    "levenshtein.c": TESTS.parent / "examples" / "levenshtein.c",
    "tally.c": TESTS / "loader" / "tally.c",
}
DEBUGGING = (TESTS.parent / "docs" / "debugging.md").read_text(encoding="utf-8")
#: A function, its arguments in gdb, and the line it is at, as gdb, py-spy and addr2line print them.
FRAMES = sorted(set(re.findall(r"([a-z_]\w*) (?:\(.*\) )?(?:at |\()\S*?(\w+\.c):(\d+)", DEBUGGING)))


@pytest.mark.parametrize(
    ("function", "source", "line"), [frame for frame in FRAMES if frame[1] in SOURCES]
)
def test_stacks_are_those_of_the_sources(function: str, source: str, line: str) -> None:
    """That is, no function has moved since; if one has, docs/debugging.md is to be made anew."""
    before = SOURCES[source].read_text().splitlines()[: int(line)]
    heads = (re.match(r"(?:HPyDef_METH|\w.*\b(\w+))\((\w*)", text) for text in before)
    *_, head = filter(None, heads)
    assert function == (head[1] or f"{head[2]}_trampoline")


def test_lines_that_gdb_shows_are_those_of_the_source() -> None:
    source = SOURCES["levenshtein.c"].read_text().splitlines()
    shown = re.findall(r"^(\d+)\t(.*)$", DEBUGGING, re.M)
    assert len(shown) == 3
    assert [text for _, text in shown] == [source[int(number) - 1] for number, _ in shown]


def test_ci_runs_the_readmes_test_command() -> None:
    """The last block of the README, of one line, which ends by starting the tests."""
    readme = (TESTS.parent / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", readme, re.M | re.S)
    script = (TESTS.parent / ".ci" / "run").read_text()
    pattern = re.search(r"grep -F \"(.*?)\" README.md", script)
    assert pattern is not None
    (line,) = blocks[-1].splitlines()
    assert pattern[1] in line
    assert line.endswith(" && .venv/bin/pytest")


#: Lines of a page that may be longer: a table's, code's, and those that scripts write.
LONG = re.compile(
    r"^ *```.*?^ *```$|^<!-- run: .*?-->$|^\|.*?$"
    r"|^<!-- made by (?!benchmarks/figures.py: (?:summary|start) ).*?^<!-- end -->$",
    re.M | re.S,
)
PROSE = {**pages.NAMES, "CHANGELOG.md": TESTS.parent / "CHANGELOG.md"}


@pytest.mark.parametrize("page", PROSE)
def test_prose_has_lines_of_100_columns(page: str) -> None:
    """But where a link or a command in one piece is longer."""
    text = PROSE[page].read_text(encoding="utf-8")
    prose = LONG.sub(lambda match: "\n" * match[0].count("\n"), text)
    long = [
        f"{page}:{number}: {len(line)} columns"
        for number, line in enumerate(prose.split("\n"), 1)
        if len(line) > 100 and " " in line.strip(" -*")
    ]
    assert long == []


@pytest.mark.parametrize("page", pages.NAMES)
def test_something_runs_each_block_of_code(page: str) -> None:
    """Or it says why not; excerpts are in the files that they are from."""
    wrong = {str(block): pages.problem(block) for block in pages.blocks(page)}
    assert {where: why for where, why in wrong.items() if why} == {}


@pytest.mark.parametrize("page", [page for page in pages.NAMES if pages.runs_quickly(page)])
def test_blocks_run(page: str, tmp_path: Path) -> None:
    """Those of the other pages run in ``nox -s docs``."""
    pages.run(page, tmp_path)


@pytest.mark.parametrize("page", PROSE)
def test_links_lead_somewhere(page: str) -> None:
    """To a file of the tree, and to a heading in it."""
    broken = [target for target in pages.links(PROSE[page]) if not pages.leads(PROSE[page], target)]
    assert broken == []


#: Files that prose names by their paths in the package or in the tree.
PATHS = re.compile(
    r"`((?:hpybc|toolchain|tests|benchmarks|examples|loader|jit|cache|process)/[\w./-]+\.\w+)`"
)


@pytest.mark.parametrize("page", [page for page in PROSE if page != "CHANGELOG.md"])
def test_files_that_are_named_exist(page: str) -> None:
    missing = [
        name
        for name in PATHS.findall(PROSE[page].read_text(encoding="utf-8"))
        if not any((TESTS.parent / root / name).exists() for root in ("", "hpybc"))
    ]
    assert missing == []
