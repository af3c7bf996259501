"""``python -s benchmarks/figures.py``: the figures of the README and of the pages in docs.

They come from the files in ``results``, which are what full measurements have written
(``nox -s measure``), and go to where the documents say ``made by benchmarks/figures.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import chart
import compile_time
import microbench
import pypy
import report
import results
import startup
from peers import CYTHON, INLINED, UPSTREAM
from results import CALLS, MICROBENCH, PROGRAMS, Row

_HERE = Path(__file__).resolve().parent
RESULTS = _HERE / "results"
ROOT = _HERE.parent

#: The documents that have figures, and the chart.
DOCUMENTS = (
    ROOT / "README.md",
    *(ROOT / "docs" / name for name in ("boxed.md", "load-times.md", "performance.md")),
)
CHART = ROOT / "docs" / "performance.svg"

#: The figures of the tutorial.
LOOP = ROOT / "docs" / "tutorial-loop.svg"
START = ROOT / "docs" / "tutorial-start.svg"

#: The interpreters that are measured; the README is about the last.
PYTHONS = ("3.11", "3.13")

#: Columns of the text between the tables.
_WIDTH = 100

#: Where figures begin, in a document, with their name; and where they end.
_BEGIN, _END = "<!-- made by benchmarks/figures.py: {} -->\n", "<!-- end -->\n"


def read(name: str) -> dict[str, Any] | None:
    """The result of that name, ``bench-3.11``; None if there is none."""
    file = RESULTS / f"{name}.json"
    if not file.exists():
        return None
    data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return data


def _rows(python: str) -> list[Row]:
    data = read(f"bench-{python}")
    assert data is not None, f"no bench-{python}.json"
    return results.rows_of(data)


def _of(rows: Sequence[Row], group: str) -> list[Row]:
    return [row for row in rows if row.group == group]


def summary() -> list[str]:
    """What the README says of the calls."""
    older, newer = (_of(_rows(python), CALLS) for python in PYTHONS)
    ratios = [{row.name: row.cells[INLINED].ratio for row in rows} for rows in (newer, older)]
    ratios.append(results.against(newer, INLINED, UPSTREAM))
    first, second, third = (f"{results.mean(each.values()):.2f}" for each in ratios)
    text = (
        f"A call takes {first} of the time that it takes with the C API, written by hand, on "
        f"CPython {PYTHONS[-1]}, and {second} on {PYTHONS[0]}. It takes {third} of the time of "
        "HPy's universal mode. These are geometric means over the calls that `nox -s bench` "
        "measures."
    )
    for mean, each in zip((first, second, third), ratios, strict=True):
        if (leans := results.leaning(each)) is not None:
            text += f' Without "{leans[0]}", {mean} becomes {leans[1]:.2f}.'
    return textwrap.wrap(text, _WIDTH)


def start() -> list[str]:
    """What the README says of a load."""
    data = read("startup-3.11")
    assert data is not None
    return textwrap.wrap(
        f"A load from the cache takes {data['warm']} ms; the same code as a plain extension module "
        f"takes {data['plain']} ms to import. The import of hpybc itself takes {data['import']} "
        f"ms, once for a process. `import hpybc` and the load together take {data['together']} ms "
        f"(CPython {data['environment']['python']}). The first load, which compiles, takes tenths "
        "of a second and more: [load times](docs/load-times.md).",
        _WIDTH,
    )


def machine() -> list[str]:
    """What the results were measured on."""
    lines = []
    for python in PYTHONS:
        data = read(f"bench-{python}")
        assert data is not None
        known = data["environment"]
        parts = [f"CPython {known['python'].split()[0]}", known.get("cpu_model_name", "")]
        parts += [f"{known['cpu_count']} processors", known.get("platform", "")]
        parts += [known["gcc"], known["clang"], f"hpybc {known['hpybc']}", known["date"]]
        text = "; ".join(part for part in parts if part)
        text = " ".join([f"{text}.", *data.get("notes", [])])
        lines += textwrap.wrap(text, _WIDTH, initial_indent="- ", subsequent_indent="  ")
    return lines


def bench(python: str) -> list[str]:
    """All tables of one interpreter."""
    rows = _rows(python)
    calls, micro = _of(rows, CALLS), _of(rows, MICROBENCH)
    same = microbench.same_convention(row.name for row in micro)
    parts = {
        "calls": report.times(calls),
        "programs": report.times(_of(rows, PROGRAMS)),
        "HPy's own microbenchmarks": report.times(micro),
        "boundary costs": report.boundaries(calls),
        "instructions": report.instructions(calls) if report.has_instructions(calls) else [],
        "targets": report.verdicts(results.targets(rows, same)),
    }
    lines: list[str] = []
    for title, table in parts.items():
        if table:
            lines += [f"### CPython {python}, {title}", "", *table, ""]
    return lines[:-1]


def movement() -> list[str]:
    """hpybc's ratios in two runs."""
    columns: list[dict[str, float]] = []
    for python in PYTHONS:
        data = read(f"bench-{python}")
        assert data is not None
        columns.append(data["before"])
        columns.append({row.name: row.cells[INLINED].ratio for row in results.rows_of(data)
                        if row.group != MICROBENCH})  # fmt: skip
    names = [name for name in columns[1] if all(name in column for column in columns)]
    moved = [
        abs(round(after[name], 2) - round(before[name], 2))
        for before, after in zip(columns[::2], columns[1::2], strict=True)
        for name in names
    ]
    still, much = sum(m < 0.015 for m in moved), sum(m > 0.055 for m in moved)
    heads = " | ".join(f"{python}, first | second" for python in PYTHONS)
    lines = [
        f"Of the {len(moved)} pairs {still} differ by a hundredth at most, {much} by more than "
        "five.",
        "",
        f"| row | {heads} |",
        "|---" * (1 + len(columns)) + "|",
    ]
    lines += [
        f"| {name} | {' | '.join(f'{column[name]:.2f}' for column in columns)} |" for name in names
    ]
    return lines


def loads(python: str) -> list[str]:
    """What cold loads cost."""
    data = read(f"compile-{python}")
    if data is None:
        return [f"CPython {python}: not measured yet."]
    known = data["environment"]
    head = f"CPython {known['python'].split()[0]}, {known['date']}, medians of {data['loads']}:"
    return [head, "", *compile_time.tables(data)]


def starts() -> list[str]:
    """What a start costs."""
    data = read("startup-3.11")
    assert data is not None
    return startup.tables(data)


def others() -> list[str]:
    """What calls and loads cost on PyPy."""
    data = read("pypy")
    assert data is not None
    return pypy.tables(data)


def grid(name: str) -> list[str]:
    """A result that is a table already: of an experiment that nobody repeats each time."""
    data = read(name)
    assert data is not None
    lines = [f"| {' | '.join(line)} |" for line in data["lines"]]
    lines.insert(1, "|---" * len(data["lines"][0]) + "|")
    return lines


#: The figures by their names in the documents.
BLOCKS: Mapping[str, Callable[[], list[str]]] = {
    "summary": summary,
    "start": start,
    "machine": machine,
    "movement": movement,
    "startup": starts,
    "pypy": others,
    "phases": lambda: grid("phases-3.11"),
    "pipelines": lambda: grid("pipelines-3.11"),
    "bench 3.11": lambda: bench("3.11"),
    "bench 3.13": lambda: bench("3.13"),
    "loads 3.11": lambda: loads("3.11"),
    "loads 3.13": lambda: loads("3.13"),
}


def write_charts() -> None:
    """The chart of the README, and those of the tutorial."""
    data = read(f"bench-{PYTHONS[-1]}")
    assert data is not None
    python = data["environment"]["python"].split()[0]
    chart.write(os.fspath(CHART), results.rows_of(data), python)

    (row,) = (row for row in _rows(PYTHONS[-1]) if row.name == "sum a list of 1000 floats")
    names = ("pure Python", UPSTREAM, "C API, naive", CYTHON, INLINED, row.reference)
    cells = sorted(((row.cells[name], name) for name in names), key=lambda c: c[0].nanoseconds)
    times = {name: cell.nanoseconds / 1000 for cell, name in cells}
    below = f"CPython {python}, processor time, in microseconds"
    chart.write_times(os.fspath(LOOP), f"To {row.name}", below, times, "µs", INLINED)

    start = read("startup-3.11")
    assert start is not None
    below = f"CPython {start['environment']['python']}, medians of {start['runs']}, by the clock"
    times = {
        "the import of a plain extension": start["plain"],
        "hpybc: a warm load": start["warm"],
        "hpybc: import hpybc, and a load": start["together"],
    }
    chart.write_times(os.fspath(START), "To load the quickstart when a process starts", below,
                      times, "ms", INLINED)  # fmt: skip


def filled(text: str) -> str:
    """A document with the figures that belong in it, in the place of those that it has."""
    for name, made in BLOCKS.items():
        before, begin, rest = text.partition(_BEGIN.format(name))
        if begin:
            _, end, after = rest.partition(_END)
            assert end, f"{name} does not end"
            text = "".join([before, begin, *(f"{line}\n" for line in made()), end, after])
    return text


def main() -> int:
    """Rewrites the documents, or checks them; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if out of date")
    check = parser.parse_args().check
    status = 0
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        if filled(text) != text and check:
            print(f"{document} is out of date: run nox -s figures", file=sys.stderr)
            status = 1
        elif not check:
            document.write_text(filled(text), encoding="utf-8")
    if not check:
        write_charts()
    return status


if __name__ == "__main__":
    sys.exit(main())
