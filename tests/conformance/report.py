"""Makes docs/reference/coverage.md, and a table in docs/conformance.md, from conformance runs.

    python tests/conformance/report.py RESULTS.json...

``nox -s conformance`` leaves one file of results per interpreter, and ``nox -s api`` calls this.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from hpybc.inspect import inspect
from hpybc.toolchain.compile import compile_extension
from reference import definitions

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "hpybc" / "include" / "hpy"

#: Where the table of runs begins and ends in docs/conformance.md.
BEGIN, END = "<!-- made by nox -s api -->\n", "<!-- end -->\n"

#: More files than these are not named.
_MANY = 3

HEAD = """# The tests of each name

Made by `nox -s api` from `hpybc/include/hpy/*` and the runs of HPy's own suite in
[conformance.md](../conformance.md) ({pythons}).
All that is listed is implemented. *HPy's tests* is the number of those that use the name and pass;
where some fail, they are named. *Ours* is the number of extensions under `tests/api` and `examples`
that use it.
"""


class Entry(NamedTuple):
    """A function or handle: its name, and its place in the context or None."""

    name: str
    place: int | None


def context() -> list[Entry]:
    """The members of the context, in the order of their indices."""
    functions = [Entry(member.name, member.index) for member in definitions.context_functions()]
    handles = [Entry(member.name, member.index) for member in definitions.handles()]
    entries = functions + handles
    return sorted(entries, key=lambda entry: entry.place or 0)


def helpers() -> list[Entry]:
    """The functions of no index, and the macros that stand for some."""
    names = set()
    for header in ("helpers.h", "buildvalue.h", "inline_helpers.h"):
        text = (INCLUDE / header).read_text(encoding="utf-8")
        text = re.sub(r"/\*.*?\*/|\\\n", " ", text, flags=re.S)
        names.update(re.findall(r"^#define (HPy\w+)", text, re.M))
        names.update(re.findall(r"^[A-Za-z][\w *]*?\b(HPy\w+)\(HPyContext", text, re.M))
    # Some functions of the context are macros besides, which add something to a call.
    return [Entry(name, None) for name in sorted(names - {entry.name for entry in context()})]


def names_used(sources: list[Path], bitcode: Path) -> set[str]:
    """The names of the API in ``sources``, and those behind its macros, in what they became."""
    texts = [path.read_text(encoding="utf-8") for path in sources]
    used = {name for text in texts for name in re.findall(r"\bHPy\w+|\bh_[A-Z]\w+", text)}
    if any('#include "hpy/api.def"' in text for text in texts):
        used.update(entry.name for entry in context() if entry.name.startswith("h_"))
    used.update(inspect(bitcode).api)
    if "_HPy_NewSized" in used:
        used.add("_HPy_New")
    return used


def twins() -> Counter[str]:
    """How many of our test extensions and examples use each name."""
    counts: Counter[str] = Counter()
    sources = [*(ROOT / "tests" / "api").glob("*.c*"), *(ROOT / "examples").glob("*.c")]
    with tempfile.TemporaryDirectory() as folder:
        for source in sources:
            bitcode = Path(folder, source.name + ".bc")
            compile_extension([str(source)], str(bitcode))
            counts.update(names_used([source], bitcode))
    return counts


def _status(name: str, runs: list[dict[str, Any]]) -> str:
    passed, failed = set(), Counter[str]()
    for run in runs:
        for test, result in run["tests"].items():
            if name in result["uses"]:
                if result["outcome"] == "failed":
                    failed[re.sub(r"\[.*", "", test.rpartition("::")[2])] += 1
                else:
                    passed.add(test)
    if failed:
        return f"{len(passed)}; fail: " + ", ".join(f"`{test}`" for test in sorted(failed))
    return str(len(passed)) if passed else "-"


def coverage_page(runs: list[dict[str, Any]]) -> str:
    """The text of docs/reference/coverage.md."""
    ours = twins()
    members = context()
    sections = {
        "Functions of the context": [e for e in members if not e.name.startswith("h_")],
        "Handles of the context": [e for e in members if e.name.startswith("h_")],
        "Helpers": helpers(),
    }
    page = [HEAD.format(pythons=", ".join(run["python"] for run in runs))]
    for title, entries in sections.items():
        page.append(f"\n## {title}: {len(entries)}\n\n| name | index | HPy's tests | ours |\n")
        page.append("|---|---|---|---|\n")
        for name, index in entries:
            place = "" if index is None else str(index)
            page.append(f"| `{name}` | {place} | {_status(name, runs)} | {ours[name] or '-'} |\n")
    return "".join(page)


def runs_table(runs: list[dict[str, Any]]) -> str:
    """The table of runs, and what was deselected and failed in them."""
    page = ["| Python | collected | deselected | passed | failed | different | skipped |\n"]
    page.append("|---|---|---|---|---|---|---|\n")
    for run in runs:
        outcomes = Counter(result["outcome"] for result in run["tests"].values())
        numbers = [len(run["tests"]) + len(run["deselected"]), len(run["deselected"])]
        numbers += [outcomes[name] for name in ("passed", "failed", "different", "skipped")]
        page.append(f"| {run['python']} | " + " | ".join(map(str, numbers)) + " |\n")
    page.append("\nDeselected:\n\n| tests | number | reason |\n|---|---|---|\n")
    files: dict[str, Counter[str]] = {}
    for test, reason in _all(run["deselected"] for run in runs).items():
        files.setdefault(reason, Counter())[test.partition("::")[0]] += 1
    for reason, counts in files.items():
        if len(counts) > _MANY:
            page.append(f"| {len(counts)} files | {counts.total()} | {reason} |\n")
        else:
            page += [f"| `{file}` | {n} | {reason} |\n" for file, n in counts.items()]
    page.append("\nDifferent on purpose:\n\n| test | reason |\n|---|---|\n")
    different = _all(run.get("different", {}) for run in runs)
    page += [f"| `{test}` | {reason} |\n" for test, reason in different.items()]
    failures: dict[str, list[str]] = {}
    for run in runs:
        for test, result in run["tests"].items():
            if result["outcome"] == "failed":
                failures.setdefault(test, []).append(run["python"])
    if failures:
        page.append("\nFailed:\n\n| test | on |\n|---|---|\n")
        page += [f"| `{test}` | {', '.join(on)} |\n" for test, on in failures.items()]
    return "".join(page)


def _all(parts: Iterable[dict[str, str]]) -> dict[str, str]:
    return {name: text for part in parts for name, text in part.items()}


def _order(run: dict[str, Any]) -> tuple[bool, list[int], str]:
    """CPython's versions, each before what it is with another context; then PyPy's."""
    python: str = run["python"]
    return "PyPy" in python, [int(part) for part in re.findall(r"\d+", python)], python


def main() -> None:
    """Rewrites both pages."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("results", nargs="+", type=Path)
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in parser.parse_args().results]
    runs.sort(key=_order)
    page = ROOT / "docs" / "reference" / "coverage.md"
    page.write_text(coverage_page(runs), encoding="utf-8")
    page = ROOT / "docs" / "conformance.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}{runs_table(runs)}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
