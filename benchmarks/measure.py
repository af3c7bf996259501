"""Measuring variants against each other: one process each, all of them in every round."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType

from cases import Case, Statement
from hpybc import bench
from variants import Variant

#: The loop around a statement is timed like a variant.
_LOOP = "the loop"

#: For each round, the nanoseconds of each variant, by label.
Samples = Sequence[Mapping[str, float]]


def empty(label: str) -> str:
    """The label of the empty calls made in the variant ``label``."""
    return f"{label}, empty call"


class WorkerError(Exception):
    """What went wrong in a worker, in one line."""

    def __init__(self, label: str, problem: str) -> None:
        super().__init__(f"{label}: {problem}")
        self.label = label


class WorkerDiedError(WorkerError):
    """The process of a worker is gone."""


class Worker:
    """A process that has loaded one variant; see ``worker.py``. A context manager."""

    def __init__(self, label: str, variant: Variant) -> None:
        self._label = label
        worker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker.py")
        self._command = [variant.python or sys.executable, "-s", worker, variant.dumps()]
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # A hash seed per process would give each its own collisions in the same dicts.
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def restart(self) -> None:
        """Another process instead of one that has died."""
        self._process.communicate()
        self._process = self._start()

    def ask(self, **request: object) -> object:
        """The answer to one request.

        Raises:
            WorkerError: it raised.
            WorkerDiedError: the process has died.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            status = self._process.wait()
            raise WorkerDiedError(self._label, f"the process died with status {status}")
        answer: object = json.loads(line)
        if isinstance(answer, dict):
            raise WorkerError(self._label, f"{answer['error']} on {request}")
        return answer

    def has(self, name: str) -> bool:
        """Whether the module has an attribute of that name."""
        return not name or bool(self.ask(has=name))

    def outcomes(self, case: Case) -> list[str]:
        """What the checks of ``case`` give."""
        statement = [case.statement.code, case.statement.setup]
        answer = self.ask(check=statement, expressions=case.checks)
        assert isinstance(answer, list)
        return answer

    def calls(self, statement: Statement, number: int) -> float:
        """The seconds that so many calls take."""
        answer = self.ask(time=[statement.code, statement.setup], number=number)
        assert isinstance(answer, float | int)
        return answer

    def timer(self, statement: Statement) -> bench.Timer:
        """A timer of ``statement`` in this process."""
        return lambda number: self.calls(statement, number)


@dataclass
class Measurement:
    """What was measured.

    Attributes:
        samples: of each case by its name. A variant is missing in those it cannot express. Those
            named ``empty(label)`` are the case's empty call.
        deaths: why a variant is missing in a case although it can express it, by both names.
    """

    samples: dict[str, list[Mapping[str, float]]] = field(default_factory=dict)
    deaths: dict[tuple[str, str], str] = field(default_factory=dict)


def measure(
    cases: Iterable[Case],
    variants: Mapping[str, Variant],
    rounds: int,
    processes: int,
    with_empty: Sequence[str] = (),
    warm_up: float = 0.0,
) -> Measurement:
    """Times each of ``cases`` in each of ``variants`` that can express it.

    The loop around a statement is subtracted, and the noisier half of the rounds dropped.

    Args:
        cases: names are unique.
        variants: by label.
        rounds: how often each process times each case.
        processes: how many processes each variant gets, one after the other: where the parts of a
            program lie in memory is decided anew for each, and moves the times of short calls.
        with_empty: the variants in which the empty calls are measured too.
        warm_up: seconds that each statement runs in each process before it is measured, for an
            interpreter that compiles what is called often.

    Raises:
        WorkerError: a statement raises in a variant.
    """
    measurement = Measurement()
    numbers: dict[tuple[str, str], int] = {}
    for _ in range(processes):
        with ExitStack() as stack:
            workers = {n: stack.enter_context(Worker(n, v)) for n, v in variants.items()}
            for case in cases:
                able = {
                    name: worker
                    for name, worker in workers.items()
                    if (case.name, name) not in measurement.deaths and worker.has(case.needs)
                }
                samples = measurement.samples.setdefault(case.name, [])
                while True:
                    try:
                        samples += _measure_one(case, able, rounds, numbers, with_empty, warm_up)
                        break
                    except WorkerDiedError as error:
                        measurement.deaths[case.name, error.label] = str(error)
                        able.pop(error.label).restart()
    return measurement


def _measure_one(
    case: Case,
    workers: Mapping[str, Worker],
    rounds: int,
    numbers: dict[tuple[str, str], int],
    with_empty: Sequence[str],
    warm_up: float,
) -> Samples:
    timers = {name: worker.timer(case.statement) for name, worker in workers.items()}
    if case.empty is not None:
        timers |= {
            empty(name): workers[name].timer(case.empty) for name in with_empty if name in workers
        }
    if case.loop:
        timers[_LOOP] = bench.empty_loop()
    for name, timer in timers.items():
        elapsed, number = 0.0, 1
        while elapsed < warm_up:
            elapsed += timer(number)
            number *= 2
        if (case.name, name) not in numbers:
            numbers[case.name, name] = case.number or bench.calibrate(timer)
        timer(min(numbers[case.name, name], 1000))  # a process that has just begun is cold
    chosen = {name: numbers[case.name, name] for name in timers}
    kept = bench.quieter_half(bench.interleave(timers, chosen, rounds))
    loop = statistics.median(sample[_LOOP] for sample in kept) if case.loop else 0.0
    names = [name for name in timers if name != _LOOP]
    return [{name: sample[name] - loop for name in names} for sample in kept]


def disagreements(
    cases: Iterable[Case], variants: Mapping[str, Variant], model: Variant
) -> list[tuple[str, str, str]]:
    """Where the outcomes of checks differ from those of ``model``.

    Returns:
        The variant, the expression, and what it gives instead of what, or that the process died.
    """
    found: list[tuple[str, str, str]] = []
    with Worker("the model", model) as reference:
        for name, variant in variants.items():
            with Worker(name, variant) as worker:
                for case in cases:
                    if not worker.has(case.needs):
                        continue
                    wanted = reference.outcomes(case)
                    try:
                        outcomes = worker.outcomes(case)
                    except WorkerDiedError as error:
                        found.append((name, case.name, str(error)))
                        worker.restart()
                        continue
                    found += [
                        (name, f"{case.needs}: {text}", f"{outcome} instead of {right}")
                        for text, outcome, right in zip(case.checks, outcomes, wanted, strict=True)
                        if outcome != right
                    ]
    return found
