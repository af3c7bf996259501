"""Measuring what inlining bought: the same statements against the same code, called two ways.

What is measured is processor time. Every statement runs in rounds, each of which times every
variant once, so that a machine that slows down slows them all down. The number of calls per timing
is calibrated, the slower half of the rounds dropped, the cost of the empty loop subtracted, and
the median taken.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import os
import statistics
import sys
import time
import timeit
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

import hpybc
from hpybc import files, universal
from hpybc.errors import UsageError
from hpybc.loader import contexts

#: Processor time: a machine with other things to do does not lengthen it.
_clock = time.process_time

#: How long one timing should take, in seconds: far above the clock's grain.
_SLICE = 0.002

INLINED = "inlined"
UNIVERSAL = "universal"

#: The loop around a statement, timed like a variant and subtracted from all of them.
_LOOP = ""

#: A function that makes so many calls and returns the seconds they took.
Timer = Callable[[int], float]


@dataclass(frozen=True)
class Timing:
    """The cost of one statement in one variant, in processor time.

    Attributes:
        nanoseconds: the median over the rounds kept, without the loop around the statement.
        spread: half the distance between the first and the third quartile, in nanoseconds.
        ratio: the median over the rounds kept of this variant's time through the reference's,
            in ``measure`` the inlined one's.
        samples: the nanoseconds in each of the rounds kept.
        calls: how many calls each sample is the average of.
    """

    nanoseconds: float
    spread: float
    ratio: float
    samples: tuple[float, ...]
    calls: int


@dataclass(frozen=True)
class Row:
    """One statement and its timing in each variant, ``inlined`` first."""

    statement: str
    timings: Mapping[str, Timing]


def variants(path: str | os.PathLike[str], against: Sequence[str] = ()) -> dict[str, ModuleType]:
    """The modules to compare: ``path`` inlined, ``path`` through the universal ABI, and others.

    With the boxed context there is no host for the universal ABI.

    Args:
        path: a bitcode file.
        against: names of importable modules with the same functions.

    Raises:
        LoadError: ``path`` cannot be loaded.
        UsageError: one of ``against`` cannot be imported.
    """
    modules = {INLINED: hpybc.load(path, mode="release")}
    if not contexts.is_boxed():
        modules[UNIVERSAL] = universal.load(path)
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
        statements: Python statements; one that is given twice is timed once.
        setup: statements that run once before, in the same scope.
        rounds: how often each statement is timed in each variant.

    Raises:
        UsageError: a statement or the setup is no Python, or raises in some variant.
    """
    each = dict.fromkeys(statements)
    return [_measure_one(modules, statement, setup, rounds) for statement in each]


def _measure_one(modules: Mapping[str, ModuleType], statement: str, setup: str, rounds: int) -> Row:
    timers = {name: timer(m, name, statement, setup) for name, m in modules.items()}
    timers[_LOOP] = empty_loop()
    calls = {name: calibrate(timer) for name, timer in timers.items()}
    taken = interleave(timers, calls, rounds)
    kept = quieter_half(taken)
    loop = statistics.median(sample[_LOOP] for sample in kept)
    net = {name: [sample[name] - loop for sample in kept] for name in modules}
    timings = {name: summary(net[name], net[INLINED], calls[name]) for name in modules}
    return Row(statement, timings)


def timer(module: ModuleType, variant: str, statement: str, setup: str) -> Timer:
    """A timer of ``statement``, which sees ``module`` as ``m`` and by its own name.

    Raises:
        UsageError: the statement or the setup is no Python, or raises.
    """
    namespace = {"m": module, module.__name__.rpartition(".")[2]: module}
    try:
        made = timeit.Timer(statement, setup, _clock, globals=namespace)
        made.timeit(1)
    except Exception as error:  # the user's statement: whatever it raises, name it
        raise UsageError(
            f"the statement fails in the variant '{variant}'",
            found=f"{statement!r}: {type(error).__name__}: {error}",
            needed="a statement that runs in every variant; the module is called m",
            remedy="correct -s or --setup",
        ) from None
    return made.timeit


def empty_loop() -> Timer:
    """A timer of the loop that ``timer`` puts around a statement."""
    return timeit.Timer("pass", timer=_clock).timeit


def calibrate(timer: Timer) -> int:
    """How many calls take about one slice of time."""
    number = 1
    while (elapsed := timer(number)) < _SLICE / 4:
        number *= 4
    return max(1, int(number * _SLICE / elapsed))


def interleave(
    timers: Mapping[str, Timer], numbers: Mapping[str, int], rounds: int
) -> list[dict[str, float]]:
    """The nanoseconds per call of each of ``timers``, in each of so many rounds."""
    names = list(timers)
    taken: list[dict[str, float]] = []
    for turn in range(rounds):
        # Each comes first, last and in between equally often.
        order = names[turn % len(names) :] + names[: turn % len(names)]
        taken.append({name: timers[name](numbers[name]) / numbers[name] * 1e9 for name in order})
    return taken


def quieter_half(rounds: Sequence[Mapping[str, float]]) -> list[Mapping[str, float]]:
    """The quicker half of ``rounds``: in the others the machine had other things to do.

    A timer's time counts by how many times its median it is, so that no slow one decides alone.
    """
    usual = {name: statistics.median(sample[name] for sample in rounds) for name in rounds[0]}
    ordered = sorted(rounds, key=lambda sample: sum(sample[name] / usual[name] for name in usual))
    return ordered[: max(2, (len(rounds) + 1) // 2)]


def summary(samples: Sequence[float], reference: Sequence[float], calls: int = 1) -> Timing:
    """The Timing of a variant from its samples and, round for round, those of the reference.

    Each sample is the average of so many ``calls``.
    """
    low, median, high = statistics.quantiles(samples, n=4)
    ratios = [sample / base for sample, base in zip(samples, reference, strict=True)]
    ratio = statistics.median(ratios)
    return Timing(median, (high - low) / 2, ratio, tuple(samples), calls)


def require(package: str) -> None:
    """Raises UsageError unless ``package`` is installed, one of those in ``hpybc[bench]``."""
    if importlib.util.find_spec(package) is None:
        raise UsageError(
            f"the result needs {package}, which is not installed",
            needed=package,
            remedy=f"{sys.executable} -m pip install 'hpybc[bench]'",
        )


def write_json(
    output: str | os.PathLike[str], path: str | os.PathLike[str], rows: Sequence[Row]
) -> None:
    """Writes the measurement into the file ``output``, as ``pyperf compare_to`` and others read it.

    Each statement in each variant is a benchmark: ``add(1, 2) [inlined]``. Its values are the
    samples, in seconds.

    Args:
        output: the file; it is replaced.
        path: the bitcode file that was measured.
        rows: what was measured.

    Raises:
        UsageError: a statement takes no longer than the loop around it, which pyperf cannot tell.
        OSError: the file cannot be written.
    """
    import pyperf

    benchmarks = []
    for row in rows:
        for variant, timing in row.timings.items():
            if min(timing.samples) <= 0:
                raise UsageError(
                    f"the statement takes no time in the variant '{variant}'",
                    found=f"{row.statement!r}: as long as the loop around it",
                    needed="a statement that takes longer, for pyperf",
                    remedy="correct -s",
                )
            metadata = {
                "name": f"{row.statement} [{variant}]",
                "unit": "second",
                "loops": timing.calls,
                "timer": "time.process_time(), without the loop around the statement",
                "hpybc_version": hpybc.__version__,
                "hpybc_file": os.fspath(path),
            }
            values = [nanoseconds / 1e9 for nanoseconds in timing.samples]
            benchmarks.append(pyperf.Benchmark([pyperf.Run(values, metadata=metadata)]))
    text = io.StringIO()
    pyperf.BenchmarkSuite(benchmarks).dump(text)
    files.replace(os.fspath(output), text.getvalue().encode())


def print_table(rows: Sequence[Row]) -> None:
    """Prints the measurement as a table on stdout, with rich."""
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
