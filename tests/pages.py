"""Every block of code in the documentation, and what is done with it.

A page's blocks run in order, in one folder in which the examples are. ``sh`` and ``console`` blocks
are commands, ``python`` blocks are programs. In a ``console`` block what follows a command is its
output, in which ``...`` stands for anything. A comment on the line before a block says otherwise:

- ``<!-- file: NAME -->``: the block is the content of that file;
- ``<!-- from: PATH -->``: it is an excerpt of a file of the tree;
- ``<!-- run by: PATH -->``: a test of its own runs it, and that file is the test;
- ``<!-- checked by: PATH -->``: nothing runs it, but a test compares it with the sources;
- ``<!-- numbers vary -->``: numbers in its output stand for any others;
- ``<!-- needs: 3.14 -->``: it is run if Python is of that version or a later one;
- ``<!-- not run: REASON -->``: nothing runs it.

``<!-- run: COMMANDS -->`` has commands that a reader does not see. Of a whole page say
``<!-- slow -->``, and only ``nox -s docs`` runs it, or ``<!-- blocks run by: PATH -->``. Blocks of
the language ``text`` are no code.

``python tests/pages.py`` runs the slow pages, and prints how many blocks and links there are.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]

#: Pages by the name that tests and messages give them.
NAMES = {str(page.relative_to(ROOT)): page for page in PAGES}

#: What runs without a mark.
_RUN = ("sh", "console", "python")

_BLOCK = re.compile(
    r"^<!-- run: (?P<hidden>.*?) -->$"
    r"|(?:^ *<!-- (?P<mark>file|from|run by|checked by|needs|not run|numbers vary)"
    r"(?:: (?P<value>.*?))? -->\n)?"
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$",
    re.M | re.S,
)


@dataclass(frozen=True)
class Block:
    """A block of code, or commands in a comment (of language ``hidden``)."""

    page: str
    line: int
    language: str
    text: str
    mark: str
    value: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def treatment(self) -> str:
        """What is done with it, as the counts call it; empty if nobody has said."""
        if self.language in ("text", "hidden"):
            return self.language
        if self.mark == "needs":
            wanted = tuple(map(int, self.value.split(".")))
            return "run" if sys.version_info >= wanted else f"for {self.value} and later"
        if self.mark not in ("", "numbers vary"):
            return self.mark
        return "run" if self.language in _RUN else ""


def blocks(page: str) -> list[Block]:
    """All blocks of a page, in order."""
    text = NAMES[page].read_text(encoding="utf-8")
    elsewhere = re.search(r"^<!-- blocks run by: (.*) -->$", text, re.M)
    found = []
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        indent = len(match["indent"] or "")
        body = match["hidden"] or re.sub(rf"^ {{{indent}}}", "", match["text"] or "", flags=re.M)
        language = "hidden" if match["hidden"] else match["language"]
        mark, value = match["mark"] or "", match["value"] or ""
        if elsewhere and not mark:
            mark, value = "run by", elsewhere[1]
        found.append(Block(page, line, language, body, mark, value))
    return found


def is_slow(page: str) -> bool:
    """Whether a page runs in ``nox -s docs`` alone."""
    return "\n<!-- slow -->\n" in NAMES[page].read_text(encoding="utf-8")


def runs_quickly(page: str) -> bool:
    """Whether a page runs in the tests that everybody runs: it is quick, and has what can run."""
    return not is_slow(page) and any(block.treatment in ("run", "hidden") for block in blocks(page))


def links(page: Path) -> list[str]:
    """Where the links of a page lead, those to other hosts left out."""
    text = re.sub(
        r"^ *```.*?^ *```$|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.M | re.S
    )
    found = re.findall(r"\]\(([^()\s]+)\)", text)
    return [target for target in found if not re.match(r"https?:", target)]


def leads(page: Path, target: str) -> bool:
    """Whether there is what a link names: a file, and a heading if it names one."""
    name, _, anchor = target.partition("#")
    file = page.parent / name if name else page
    return file.exists() and (not anchor or anchor in _anchors(file))


def _anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def problem(block: Block) -> str | None:
    """What is wrong with a block before anything runs."""
    if not block.language:
        return "a block without a language: `text` if it is no code"
    if not block.treatment:
        return f"nothing runs a block of {block.language}: mark it, see tests/pages.py"
    if block.mark == "not run" and len(block.value) < 10:
        return "say why it is not run"
    if block.mark in ("run by", "checked by") and not _is_of(Path(block.value), Path(block.page)):
        return f"{block.value} does not read this page"
    if block.mark == "file" and f"`{block.value}`" not in _before(block):
        return f"the text before it does not say that it is `{block.value}`"
    if block.mark == "from":
        source = _squeezed((ROOT / block.value).read_text(encoding="utf-8"))
        for part in re.split(r"^\s*(?:\.\.\.|/\* \.\.\. \*/)\n", block.text, flags=re.M):
            if _squeezed(part) not in source:
                return f"not in {block.value}: {part}"
    return None


def _before(block: Block) -> str:
    """The three lines before a block and its mark."""
    lines = NAMES[block.page].read_text(encoding="utf-8").split("\n")
    return "\n".join(lines[max(0, block.line - 4) : block.line - 1])


def _is_of(test: Path, page: Path) -> bool:
    """Whether a test is one of a page: it names the page, or the folders have one name."""
    return page.parent.name in test.parts or page.name in (ROOT / test).read_text(encoding="utf-8")


def _squeezed(text: str) -> str:
    """In one line: how it is indented and broken makes no difference."""
    return " ".join(text.split())


def run(page: str, folder: Path) -> None:
    """Does with the blocks of a page what they are marked for; AssertionError if one fails."""
    for source in (ROOT / "examples").rglob("*.*"):
        if "packaging" not in source.parts:  # projects in folders of their own
            shutil.copy(source, folder)
    for block in blocks(page):
        if block.mark == "file":
            target = folder / block.value
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        elif block.treatment in ("run", "hidden"):
            for command, expected in _commands(block):
                output = _output(command, folder, str(block))
                if expected is not None:
                    pattern = _pattern(expected, numbers_vary=block.mark == "numbers vary")
                    message = f"{block}: {command}\nprinted:\n{output}\nexpected:\n{expected}"
                    assert re.fullmatch(pattern, _squeezed(output)), message


def _commands(block: Block) -> Iterator[tuple[list[str], str | None]]:
    """The commands of a block, each with its output if the page has it."""
    if block.language == "python":
        yield [sys.executable, "-c", block.text], None
    elif block.language == "console":
        for part in re.split(r"^\$ ", block.text, flags=re.M)[1:]:
            command = re.match(r"(?:.*\\\n)*.*\n?", part)
            assert command is not None
            yield ["sh", "-e", "-c", command[0]], part[command.end() :].rstrip()
    else:
        yield ["sh", "-e", "-c", block.text], None


def _output(command: list[str], folder: Path, where: str) -> str:
    """What a command prints, where ``python`` and ``hpybc`` are those of this environment."""
    cache = folder / "cache"
    cache.mkdir(mode=0o700, exist_ok=True)
    path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "HPYBC_CACHE_DIR": str(cache), "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, f"{where}: {command[-1]}\n{done.stdout}"
    return done.stdout


def _pattern(expected: str, *, numbers_vary: bool) -> str:
    """A regular expression for the output that a page shows; see ``_squeezed``."""
    pattern = re.escape(_squeezed(expected)).replace(r"\.\.\.", ".*")
    return re.sub(r"\d+(?:\\\.\d+)?", r"[\\d.]+", pattern) if numbers_vary else pattern


def main() -> int:
    """Runs the pages that are named, or those that are slow, and counts; the number that failed."""
    failed = 0
    for page in sys.argv[1:] or [name for name in NAMES if is_slow(name)]:
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            try:
                run(page, Path(folder))
            except AssertionError as error:
                failed += 1
                print(error, file=sys.stderr)
        print(f"{page}: {time.perf_counter() - start:.0f} s", flush=True)
    counts = Counter(block.treatment or "nothing" for page in NAMES for block in blocks(page))
    counted = ", ".join(f"{name}: {count}" for name, count in counts.most_common())
    print(f"{len(NAMES)} pages with {counts.total()} blocks ({counted})", end=", ")
    print(
        f"{sum(len(links(page)) for page in NAMES.values())} links between pages, {failed} failed"
    )
    return failed


if __name__ == "__main__":
    sys.exit(main())
