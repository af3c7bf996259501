"""What the samples say: times, ratios to the hand-tuned C API, boundary costs, targets."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cases import Case
from hpybc import bench
from measure import Measurement, Samples, empty
from peers import CYTHON, DLOPENED, INLINED, PEERS, REFERENCE, UPSTREAM

CALLS = "call"
PROGRAMS = "program"
MICROBENCH = "microbench"

#: A geometric mean leans on a row if it differs by more than this share without it.
LEANING = 0.03

#: Boundary costs below this many nanoseconds are nothing but noise and count as this much. Where
#: the reference's is less than twice as much, the row has no ratio of them.
RESOLUTION = 0.5


@dataclass(frozen=True)
class Cell:
    """One variant in one row.

    Attributes:
        nanoseconds: the median processor time of a call, the loop around it subtracted.
        spread: half the interquartile range, in nanoseconds.
        ratio: the median over the rounds of this time through the reference's.
        boundary: the time minus that of the empty call; None where the row has none. The empty
            call is the same for all variants: the reference's function or slot of the same shape,
            which does nothing. So what remains is all that the variant adds to the
            interpreter's own part of the call.
        boundary_ratio: through the reference's boundary cost; None if that is next to nothing.
        instructions: how many a call executes; None if they were not counted.
    """

    nanoseconds: float
    spread: float
    ratio: float
    boundary: float | None = None
    boundary_ratio: float | None = None
    instructions: float | None = None


@dataclass
class Row:
    """One row: ``reference`` is the label of the quicker hand-tuned C API build in it."""

    name: str
    group: str
    reference: str
    cells: dict[str, Cell] = field(default_factory=dict)


def rows(
    group: str,
    cases: Iterable[Case],
    measured: Measurement,
    counts: Mapping[tuple[str, str], float] | None = None,
) -> list[Row]:
    """The rows of ``cases``.

    Args:
        group: ``CALLS``, ``PROGRAMS`` or ``MICROBENCH``.
        cases: what was measured.
        measured: the measurement.
        counts: instructions of a call by names of case and variant.
    """
    return [_row(group, case.name, measured.samples[case.name], counts or {}) for case in cases]


def _row(group: str, case: str, samples: Samples, counts: Mapping[tuple[str, str], float]) -> Row:
    medians = _medians(samples)
    floor = min((medians.pop(empty(name)) for name in REFERENCE if empty(name) in medians),
                default=None)  # fmt: skip
    reference = quicker(samples[::2])
    row = Row(case, group, reference)
    for name in medians:
        # A process that died is missing in what was measured after.
        kept = [sample for sample in samples if name in sample]
        times = [sample[name] for sample in kept]
        timing = bench.summary(times, times)
        others = kept[1::2]
        boundary = ratio = None
        if floor is not None:
            boundary = timing.nanoseconds - floor
            if medians[reference] - floor >= 2 * RESOLUTION:
                ratio = statistics.median(
                    boundary_ratio(sample[name], sample[reference], floor) for sample in others
                )
        row.cells[name] = Cell(
            timing.nanoseconds,
            timing.spread,
            statistics.median(sample[name] / sample[reference] for sample in others),
            boundary,
            ratio,
            counts.get((case, name)),
        )
    return row


def quicker(samples: Samples) -> str:
    """The quicker build of the hand-tuned C API in half of the rounds.

    Ratios come from the other half: the quicker one of two that are the same is the one with the
    luckier rounds, and everything would seem slower than it.
    """
    medians = _medians(samples)
    return min((name for name in REFERENCE if name in medians), key=medians.__getitem__)


def _medians(samples: Samples) -> dict[str, float]:
    names = dict.fromkeys(name for sample in samples for name in sample)
    return {
        name: statistics.median(sample[name] for sample in samples if name in sample)
        for name in names
    }


def boundary_ratio(time: float, reference: float, floor: float) -> float:
    """The ratio of two boundary costs, ``floor`` being the empty call's time; see ``Cell``."""
    return max(time - floor, RESOLUTION) / max(reference - floor, RESOLUTION)


def mean(values: Iterable[float | None]) -> float | None:
    """The geometric mean of those that there are; None if there is none."""
    present = [value for value in values if value is not None]
    return statistics.geometric_mean(present) if present else None


def leaning(values: Mapping[str, float]) -> tuple[str, float] | None:
    """The one value that a geometric mean leans on, by its name, and the mean without it.

    That is the value farthest from the mean, as a factor, if the mean without it differs by more
    than ``LEANING``. None if it does not.
    """
    if len(values) < 3:
        return None
    whole = statistics.geometric_mean(values.values())
    extreme = max(values, key=lambda name: abs(math.log(values[name] / whole)))
    rest = statistics.geometric_mean(v for name, v in values.items() if name != extreme)
    return (extreme, rest) if abs(rest / whole - 1) > LEANING else None


def means(rows: Sequence[Row]) -> dict[str, float]:
    """Each variant's geometric mean over the call rows that it can express."""
    calls = [row for row in rows if row.group == CALLS]
    found = {
        name: mean(row.cells[name].ratio for row in calls if name in row.cells) for name in PEERS
    }
    return {name: value for name, value in found.items() if value is not None}


def against(rows: Iterable[Row], label: str, other: str) -> dict[str, float]:
    """In each row that has both, the time of ``label`` through that of ``other``."""
    return {
        row.name: row.cells[label].nanoseconds / row.cells[other].nanoseconds
        for row in rows
        if label in row.cells and other in row.cells
    }


def rows_of(data: Mapping[str, Any]) -> list[Row]:
    """The rows of a result as JSON; see ``report.as_json``."""
    return [
        Row(row["name"], row["group"], row["reference"],
            {label: Cell(**cell) for label, cell in row["cells"].items()})
        for row in data["rows"]
    ]  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A figure that is to be reached.

    Attributes:
        what: what the figure is.
        limit: the most it may be.
        value: what it is; None if it was not measured.
        leans: the row that the figure leans on, and what it is without; see ``leaning``.
    """

    what: str
    limit: float
    value: float | None
    leans: tuple[str, float] | None = None

    @property
    def met(self) -> bool | None:
        """Whether it is reached; None if it was not measured."""
        return None if self.value is None else self.value <= self.limit


def targets(rows: Sequence[Row], same_convention: Sequence[str] = ()) -> list[Target]:
    """The project's targets for hpybc's inlined calls; lower is better in all of them.

    Args:
        rows: of all groups.
        same_convention: names of the microbenchmarks with the same calling convention in both.
    """
    calls = [row for row in rows if row.group == CALLS]
    programs = [row for row in rows if row.group == PROGRAMS]
    micro = [row for row in rows if row.group == MICROBENCH]
    same = [row for row in micro if row.name in same_convention]

    def ratios(chosen: Sequence[Row]) -> dict[str, float]:
        return {row.name: row.cells[INLINED].ratio for row in chosen if INLINED in row.cells}

    def average(what: str, limit: float, values: Mapping[str, float]) -> Target:
        return Target(what, limit, mean(values.values()), leaning(values))

    def worst(what: str, limit: float, chosen: Sequence[Row]) -> Target:
        return Target(what, limit, max(ratios(chosen).values(), default=None))

    cells = {row.name: row.cells[INLINED].boundary_ratio for row in calls if INLINED in row.cells}
    boundary = {name: ratio for name, ratio in cells.items() if ratio is not None}
    floats = [row for row in calls if row.name.startswith("sum a list")]
    return [
        average("call rows, geometric mean", 0.90, ratios(calls)),
        average("call rows, geometric mean of the boundary cost", 0.50, boundary),
        worst("call rows, worst", 1.03, calls),
        average("call rows against HPy universal", 0.60, against(calls, INLINED, UPSTREAM)),
        average("call rows against our own dlopened build", 0.60,
                against(calls, INLINED, DLOPENED)),
        average("HPy's microbenchmarks, geometric mean", 0.80, ratios(micro)),
        average("the same, with the same calling convention", 0.95, ratios(same)),
        worst("HPy's microbenchmarks, worst", 1.02, micro),
        average("sum of floats against Cython", 1.10, against(floats, INLINED, CYTHON)),
        average("real programs, geometric mean", 0.95, ratios(programs)),
        worst("real programs, worst", 1.05, programs),
    ]  # fmt: skip


def slower(rows: Iterable[Row], label: str = INLINED) -> dict[str, dict[str, float]]:
    """By row, the peers that are quicker than ``label``, and by how many times it is slower.

    Less than a hundredth is noise.
    """
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        if label not in row.cells:
            continue
        own = row.cells[label].nanoseconds
        ratios = {name: own / cell.nanoseconds for name, cell in row.cells.items()}
        better = {name: ratio for name, ratio in ratios.items() if ratio > 1.01}
        if better:
            found[row.name] = better
    return found
