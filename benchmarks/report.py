"""Tables, JSON and the chart."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

import pyperf

import hpybc
from peers import INLINED, PEERS
from results import CALLS, MICROBENCH, PROGRAMS, Cell, Row, Target, mean, slower
from variants import Variant

_TITLES = {
    CALLS: "Calls",
    PROGRAMS: "Programs",
    MICROBENCH: "HPy's own microbenchmarks, the loop around each call included",
}

#: What pyperf knows about the machine and the interpreter that belongs to a result.
_FACTS = ("cpu_model_name", "cpu_count", "cpu_freq", "load_avg_1min", "platform", "hostname_")


def environment() -> dict[str, str]:
    """The machine and the versions: what a figure is worth nothing without."""
    facts = pyperf.Run([1.0], collect_metadata=True).get_metadata()
    return {
        **{name: str(facts[name]) for name in _FACTS if name in facts},
        "python": sys.version,
        "hpybc": hpybc.__version__,
        "gcc": _first_line("gcc", "--version"),
        "clang": _first_line(sys.executable, "-m", "ziglang", "cc", "--version"),
        "machine": platform.machine(),
    }


def _first_line(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return "none"
    return done.stdout.partition("\n")[0]


def as_json(
    rows: Sequence[Row],
    targets: Sequence[Target],
    variants: Mapping[str, Variant],
    unavailable: Mapping[str, str],
    deaths: Mapping[tuple[str, str], str],
) -> dict[str, object]:
    """All of it as JSON-able data; times are nanoseconds of processor time."""
    return {
        "environment": environment(),
        "flags": {name: variant.flags for name, variant in variants.items()},
        "unavailable": dict(unavailable),
        "deaths": [{"row": row, "why": why} for (row, _), why in deaths.items()],
        "rows": [asdict(row) for row in rows],
        "means": means(rows),
        "targets": [{**asdict(target), "met": target.met} for target in targets],
    }


def means(rows: Sequence[Row]) -> dict[str, float]:
    """Each variant's geometric mean over the call rows that it can express."""
    calls = [row for row in rows if row.group == CALLS]
    found = {
        name: mean(row.cells[name].ratio for row in calls if name in row.cells) for name in PEERS
    }
    return {name: value for name, value in found.items() if value is not None}


def show(
    rows: Sequence[Row],
    targets: Sequence[Target],
    unavailable: Mapping[str, str],
    deaths: Mapping[tuple[str, str], str],
) -> None:
    """Prints everything as Markdown on stdout."""
    for name, value in environment().items():
        print(f"- {name}: {value}")
    for name, reason in unavailable.items():
        print(f"- without {name}: {reason}")
    for (row, _), reason in deaths.items():
        print(f"- without a time in '{row}': {reason}")
    for group, title in _TITLES.items():
        chosen = [row for row in rows if row.group == group]
        if chosen:
            print(f"\n## {title}\n\nNanoseconds, and the ratio to the hand-tuned C API.\n")
            _print_table(chosen, _time, lambda cell: cell.ratio)
    calls = [row for row in rows if row.group == CALLS]
    if calls:
        print("\n## Boundary costs\n\nNanoseconds more than the empty call, and their ratio.\n")
        _print_table(calls, _boundary, lambda cell: cell.boundary_ratio)
    if any(cell.instructions is not None for row in calls for cell in row.cells.values()):
        print("\n## Instructions executed per call\n")
        _print_table(calls, _instructions)
    print("\n## Where a peer is quicker\n")
    for row, peers in slower(rows).items():
        by = ", ".join(f"{name} {ratio:.2f}" for name, ratio in peers.items())
        print(f"- {row}: times the time of {by}")
    print("\n## Targets\n\n| what | target | value | |\n|---|---|---|---|")
    for target in targets:
        value = "not measured" if target.value is None else f"{target.value:.2f}"
        verdict = {None: "", True: "met", False: "NOT MET"}[target.met]
        print(f"| {target.what} | {target.limit:.2f} | {value} | {verdict} |")


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
    return f"{value:.1f}" if abs(value) < 1000 else f"{value:.0f}"


def _print_table(
    rows: Sequence[Row],
    text: Callable[[Cell], str],
    averaged: Callable[[Cell], float | None] | None = None,
) -> None:
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
    print("\n".join(lines))


def write_chart(path: str, rows: Sequence[Row]) -> None:
    """An SVG file: the geometric mean of each variant over the call rows it can express."""
    import pygal
    from pygal.style import CleanStyle

    calls = [row for row in rows if row.group == CALLS]
    found = means(rows)
    chart = pygal.HorizontalBar(
        style=CleanStyle(font_family="sans-serif", value_font_size=11),
        js=(),
        show_legend=False,
        logarithmic=True,
        print_values=True,
        formatter=lambda value: f"{value:.2f}",
        title="Time of a call, relative to the hand-tuned C API (lower is better)\n"
        f"CPython {platform.python_version()}, geometric mean over the rows a peer can express",
        width=800,
        height=60 + 28 * len(found),
        margin=10,
    )
    labels = sorted(found, key=found.__getitem__, reverse=True)
    chart.x_labels = [
        f"{name} ({sum(name in row.cells for row in calls)} of {len(calls)} rows)"
        for name in labels
    ]
    colours = {INLINED: "#c0392b"}
    chart.add(
        "", [{"value": found[name], "color": colours.get(name, "#7f8c8d")} for name in labels]
    )
    chart.render_to_file(path)
