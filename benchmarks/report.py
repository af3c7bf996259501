"""Tables and JSON."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import hpybc
from peers import INLINED, PEERS
from results import (
    CALLS,
    LEANING,
    MICROBENCH,
    PROGRAMS,
    Cell,
    Row,
    Target,
    leaning,
    mean,
    means,
    slower,
)
from variants import Variant

_TITLES = {
    CALLS: "Calls",
    PROGRAMS: "Programs",
    MICROBENCH: "HPy's own microbenchmarks, the loop around each call included",
}

#: What pyperf knows about the machine and the interpreter that belongs to a result.
_FACTS = ("cpu_model_name", "cpu_count", "cpu_freq", "load_avg_1min", "platform")


def environment() -> dict[str, str]:
    """The machine, the versions and the day: what a figure is worth nothing without.

    Without pyperf the machine is only named roughly.
    """
    try:
        import pyperf
    except ImportError:
        facts = {"platform": platform.platform(), "cpu_count": os.cpu_count()}
    else:
        facts = pyperf.Run([1.0], collect_metadata=True).get_metadata()
    return {
        "date": datetime.date.today().isoformat(),
        **{name: str(facts[name]) for name in _FACTS if name in facts},
        "python": sys.version,
        "hpybc": hpybc.__version__,
        "gcc": first_line("gcc", "--version"),
        "clang": clang(),
    }


def clang() -> str:
    """The version of the clang that everything is compiled with but for gcc's variants."""
    return first_line(sys.executable, "-m", "ziglang", "cc", "--version")


def first_line(*command: str) -> str:
    """The first line that a command prints, or ``none``."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return "none"
    return done.stdout.partition("\n")[0]


def as_json(
    rows: Sequence[Row],
    targets: Sequence[Target],
    environment: Mapping[str, str],
    variants: Mapping[str, Variant],
    unavailable: Mapping[str, str],
    deaths: Mapping[tuple[str, str], str],
) -> dict[str, object]:
    """All of it as JSON-able data; times are nanoseconds of processor time."""
    return {
        "environment": dict(environment),
        "flags": {name: variant.flags for name, variant in variants.items()},
        "unavailable": dict(unavailable),
        "deaths": [{"row": row, "why": why} for (row, _), why in deaths.items()],
        "rows": [asdict(row) for row in rows],
        "means": means(rows),
        "targets": [{**asdict(target), "met": target.met} for target in targets],
    }


def markdown(
    rows: Sequence[Row],
    targets: Sequence[Target],
    environment: Mapping[str, str],
    unavailable: Mapping[str, str],
    deaths: Mapping[tuple[str, str], str],
) -> str:
    """Everything, as tables for people."""
    lines = [f"- {name}: {value}" for name, value in environment.items()]
    lines += [f"- without {name}: {reason}" for name, reason in unavailable.items()]
    lines += [f"- without a time in '{row}': {reason}" for (row, _), reason in deaths.items()]
    for group, title in _TITLES.items():
        chosen = [row for row in rows if row.group == group]
        if chosen:
            lines += ["", f"## {title}", "", *times(chosen)]
    calls = [row for row in rows if row.group == CALLS]
    if calls:
        lines += ["", "## Boundary costs", "", *boundaries(calls)]
    if has_instructions(calls):
        lines += ["", "## Instructions executed per call", "", *instructions(calls)]
    lines += ["", "## Where a peer is quicker", ""]
    for name, peers in slower(rows).items():
        by = ", ".join(f"{peer} {ratio:.2f}" for peer, ratio in peers.items())
        lines.append(f"- {name}: times the time of {by}")
    lines += ["", "## Targets", "", *verdicts(targets)]
    return "\n".join(lines)


def times(rows: Sequence[Row]) -> list[str]:
    """The table of the times of rows."""
    title = ["Nanoseconds (ratio to the hand-tuned C API)", ""]
    return [*title, *_table(rows, _time, lambda cell: cell.ratio)]


def boundaries(rows: Sequence[Row]) -> list[str]:
    """The table of the boundary costs of rows."""
    title = ["Nanoseconds more than the empty call (ratio)", ""]
    return [*title, *_table(rows, _boundary, lambda cell: cell.boundary_ratio)]


def has_instructions(rows: Sequence[Row]) -> bool:
    """Whether instructions were counted in any of the rows."""
    return any(cell.instructions is not None for row in rows for cell in row.cells.values())


def instructions(rows: Sequence[Row]) -> list[str]:
    """The table of the instructions of rows."""
    return _table(rows, _instructions)


def verdicts(targets: Sequence[Target]) -> list[str]:
    """The table of targets."""
    lines = ["| what | target | value | |", "|---|---|---|---|"]
    for target in targets:
        value = "not measured" if target.value is None else f"{target.value:.2f}"
        if target.leans is not None:
            value += ", {1:.2f} without '{0}'".format(*target.leans)
        verdict = {None: "", True: "met", False: "NOT MET"}[target.met]
        lines.append(f"| {target.what} | {target.limit:.2f} | {value} | {verdict} |")
    return lines


def ratios(data: Mapping[str, Any], label: str = INLINED) -> dict[str, float]:
    """The ratios of ``label`` in a result of ``as_json``, by row."""
    return {row["name"]: row["cells"][label]["ratio"] for row in data["rows"]}


def movement(old: Mapping[str, Any], new: Mapping[str, Any], label: str = INLINED) -> str:
    """How the ratios of ``label`` moved between two results of ``as_json``, as a table."""
    before = ratios(old, label)
    lines = ["| row | before | after | moved by |", "|---|---|---|---|"]
    for row in new["rows"]:
        first, second = before.get(row["name"]), row["cells"][label]["ratio"]
        if first is not None:
            change = f"{second / first - 1:+.1%}"
            lines.append(f"| {row['name']} | {first:.2f} | {second:.2f} | {change} |")
    return "\n".join(lines)


def _time(cell: Cell) -> str:
    return f"{_number(cell.nanoseconds)} ({cell.ratio:.2f})"


def _boundary(cell: Cell) -> str:
    if cell.boundary is None:
        return "-"
    ratio = "" if cell.boundary_ratio is None else f" ({cell.boundary_ratio:.2f})"
    return _number(cell.boundary) + ratio


def _instructions(cell: Cell) -> str:
    return "-" if cell.instructions is None else f"{cell.instructions:.0f}"


def _number(value: float) -> str:
    if abs(value) >= 100_000:
        return f"{value / 1000:.0f} µs"
    return f"{value:.1f}" if abs(value) < 1000 else f"{value:.0f}"


def _table(
    rows: Sequence[Row],
    text: Callable[[Cell], str],
    averaged: Callable[[Cell], float | None] | None = None,
) -> list[str]:
    """A table with a column for each variant that has any cell with a text but ``-``."""
    texts = {
        name: [text(row.cells[name]) if name in row.cells else "-" for row in rows]
        for name in PEERS
    }
    texts = {name: column for name, column in texts.items() if set(column) != {"-"}}
    names = [row.name for row in rows]
    if averaged is not None:
        names.append("geometric mean")
        for name, column in texts.items():
            value = mean(averaged(row.cells[name]) for row in rows if name in row.cells)
            column.append("-" if value is None else f"{value:.2f}")
    columns = [["", *names], *([name, *column] for name, column in texts.items())]
    widths = [max(map(len, column)) for column in columns]
    lines = [
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |"
        for line in zip(*columns, strict=True)
    ]
    lines.insert(1, f"|{'|'.join('-' * (width + 2) for width in widths)}|")
    return lines if averaged is None else [*lines, *_leaning(rows, texts, averaged)]


def _leaning(
    rows: Sequence[Row], labels: Iterable[str], averaged: Callable[[Cell], float | None]
) -> list[str]:
    """Below a table, the means in it that lean on one row."""
    notes = []
    for label in labels:
        values = {row.name: averaged(row.cells[label]) for row in rows if label in row.cells}
        present = {name: value for name, value in values.items() if value is not None}
        found = leaning(present)
        if found is not None:
            name, rest = found
            notes.append(f"{label} {rest:.2f} without '{name}'")
    if not notes:
        return []
    text = f"Means that lean on one row, by more than {LEANING:.0%}: {'; '.join(notes)}."
    return ["", *textwrap.wrap(text, 100)]
