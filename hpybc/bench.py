"""Measuring what inlining bought: the same statements against the same code, called two ways.

What is measured is processor time. Every statement runs in rounds, each of which times every
variant once, so that a machine that slows down slows them all down. The number of calls per timing
is calibrated, the slower half of the rounds dropped, the cost of the empty loop subtracted, and
the median taken.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import statistics
import sys
import time
import timeit
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

import hpybc
from hpybc.errors import UsageError
from hpybc.loader import universal

#: Processor time: a machine with other things to do does not lengthen it.
_clock = time.process_time

#: How long one timing should take, in seconds: far above the clock's grain.
_SLICE = 0.002

INLINED = "inlined"
UNIVERSAL = "universal"

#: The loop around a statement, timed like a variant and subtracted from all of them.
_LOOP = ""


@dataclass(frozen=True)
class Timing:
    """The cost of one statement in one variant, in processor time.

    Attributes:
        nanoseconds: the median over the rounds kept, without the loop around the statement.
        spread: half the distance between the first and the third quartile, in nanoseconds.
        ratio: the median over the rounds kept of this variant's time through the inlined one's.
    """

    nanoseconds: float
    spread: float
    ratio: float


@dataclass(frozen=True)
class Row:
    """One statement and its timing in each variant, ``inlined`` first."""

    statement: str
    timings: Mapping[str, Timing]


def variants(path: str | os.PathLike[str], against: Sequence[str] = ()) -> dict[str, ModuleType]:
    """The modules to compare: ``path`` inlined, ``path`` through the universal ABI, and others.

    Args:
        path: a bitcode file.
        against: names of importable modules with the same functions.

    Raises:
        LoadError: ``path`` cannot be loaded.
        UsageError: one of ``against`` cannot be imported.
    """
    modules = {INLINED: hpybc.load(path), UNIVERSAL: universal.load(path)}
    for name in against:
        try:
            modules[name] = importlib.import_module(name)
        except ImportError as error:
            raise UsageError(
                f"cannot import '{name}' to measure against",
                found=str(error),
                needed="an importable module",
                remedy="check the name and PYTHONPATH",
            ) from None
    return modules


def measure(
    modules: Mapping[str, ModuleType],
    statements: Sequence[str],
    setup: str = "pass",
    rounds: int = 81,
) -> list[Row]:
    """Times each of ``statements`` against each of ``modules``.

    Args:
        modules: variants by name, ``inlined`` among them. A statement sees its variant as ``m``
            and under the module's own name.
        statements: Python statements.
        setup: statements that run once before, in the same scope.
        rounds: how often each statement is timed in each variant.

    Raises:
        UsageError: a statement or the setup is no Python, or raises in some variant.
    """
    return [_measure_one(modules, statement, setup, rounds) for statement in statements]


def _measure_one(modules: Mapping[str, ModuleType], statement: str, setup: str, rounds: int) -> Row:
    timers = {name: _timer(m, name, statement, setup) for name, m in modules.items()}
    timers[_LOOP] = timeit.Timer("pass", timer=_clock).timeit
    numbers = {name: _calibrate(timer) for name, timer in timers.items()}
    names = list(timers)
    taken: list[dict[str, float]] = []
    for turn in range(rounds):
        # Each comes first, last and in between equally often.
        order = names[turn % len(names) :] + names[: turn % len(names)]
        taken.append({name: timers[name](numbers[name]) / numbers[name] * 1e9 for name in order})
    # In the slower half of the rounds the machine had other things to do.
    taken.sort(key=lambda sample: sum(sample.values()))
    kept = taken[: max(2, (rounds + 1) // 2)]
    loop = statistics.median(sample[_LOOP] for sample in kept)
    net = {name: [sample[name] - loop for sample in kept] for name in modules}
    return Row(statement, {name: _summary(net[name], net[INLINED]) for name in modules})


def _timer(module: ModuleType, variant: str, statement: str, setup: str) -> Callable[[int], float]:
    namespace = {"m": module, module.__name__.rpartition(".")[2]: module}
    try:
        timer = timeit.Timer(statement, setup, _clock, globals=namespace)
        timer.timeit(1)
    except Exception as error:  # the user's statement: whatever it raises, name it
        raise UsageError(
            f"the statement fails in the variant '{variant}'",
            found=f"{statement!r}: {type(error).__name__}: {error}",
            needed="a statement that runs in every variant; the module is called m",
            remedy="correct -s or --setup",
        ) from None
    return timer.timeit


def _calibrate(timer: Callable[[int], float]) -> int:
    """How many calls take about one slice of time."""
    number = 1
    while (elapsed := timer(number)) < _SLICE / 4:
        number *= 4
    return max(1, int(number * _SLICE / elapsed))


def _summary(samples: Sequence[float], reference: Sequence[float]) -> Timing:
    low, median, high = statistics.quantiles(samples, n=4)
    ratios = [sample / base for sample, base in zip(samples, reference, strict=True)]
    return Timing(median, (high - low) / 2, statistics.median(ratios))


def report(path: str | os.PathLike[str], rows: Sequence[Row]) -> dict[str, object]:
    """The measurement as JSON-able data, with what it was measured on."""
    return {
        "hpybc": hpybc.__version__,
        "python": sys.version,
        "file": os.fspath(path),
        "unit": "nanoseconds of processor time per statement, loop subtracted",
        "rows": [
            {
                "statement": row.statement,
                "variants": {name: vars(timing) for name, timing in row.timings.items()},
            }
            for row in rows
        ],
    }


def require_rich() -> None:
    """Raises UsageError unless ``print_table`` has what it prints with."""
    if importlib.util.find_spec("rich") is None:
        raise UsageError(
            "the table needs rich, which is not installed",
            needed="rich, or --json",
            remedy=f"{sys.executable} -m pip install 'hpybc[bench]'",
        )


def print_table(rows: Sequence[Row]) -> None:
    """Prints the measurement as a table on stdout; see ``require_rich``."""
    from rich.console import Console
    from rich.table import Table

    table = Table(
        caption="ns: median processor time per call, loop subtracted; "
        "±: half the interquartile range; x: how many times the inlined time"
    )
    table.add_column("statement")
    names = list(rows[0].timings)
    for name in names:
        table.add_column(f"{name} ns", justify="right")
        table.add_column("±", justify="right")
        if name != INLINED:
            table.add_column("x", justify="right")
    for row in rows:
        cells = [row.statement]
        for name in names:
            timing = row.timings[name]
            cells += [f"{timing.nanoseconds:.1f}", f"{timing.spread:.1f}"]
            if name != INLINED:
                cells.append(f"{timing.ratio:.2f}")
        table.add_row(*cells)
    Console().print(table)
