"""Measuring variants against each other: one process each, all of them in every round."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType

from cases import Case, Statement
from hpybc import bench
from variants import Variant

#: The loop around a statement is timed like a variant.
_LOOP = "the loop"

#: Samples of one case: for each round kept, the nanoseconds of each variant.
Samples = Sequence[Mapping[str, float]]


class WorkerError(Exception):
    """What went wrong in a worker."""


class Worker:
    """A process that has loaded one variant; see ``worker.py``. A context manager."""

    def __init__(self, variant: Variant) -> None:
        self.variant = variant
        here = os.path.dirname(os.path.abspath(__file__))
        self._process = subprocess.Popen(
            [sys.executable, "-I", here, "--worker", variant.dumps()],
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

    def ask(self, **request: object) -> object:
        """The answer to one request.

        Raises:
            WorkerError: it raised, or the process has died.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise WorkerError(f"{self.variant.path}: the process died on {request}")
        answer: object = json.loads(line)
        if isinstance(answer, dict):
            raise WorkerError(f"{self.variant.path}: {answer['error']} on {request}")
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
        """The seconds that so many calls take, or for 0 the number that fills a slice of time."""
        answer = self.ask(time=[statement.code, statement.setup], number=number)
        assert isinstance(answer, float | int)
        return answer

    def timer(self, statement: Statement) -> bench.Timer:
        """A timer of ``statement`` in this process."""
        return lambda number: self.calls(statement, number)


def measure(
    cases: Iterable[Case], variants: Mapping[str, Variant], rounds: int, processes: int
) -> dict[str, Samples]:
    """Times each of ``cases`` in each of ``variants`` that can express it.

    Args:
        cases: names are unique.
        variants: by label.
        rounds: how often each process times each case.
        processes: how many processes each variant gets, one after the other: where the parts of a
            program lie in memory is decided anew for each, and moves the times of short calls.

    Returns:
        For each case its samples, loop subtracted, the noisier half of each process's dropped.

    Raises:
        WorkerError: a variant does not do what it should.
    """
    taken: dict[str, list[Mapping[str, float]]] = defaultdict(list)
    numbers: dict[tuple[str, str], int] = {}
    for _ in range(processes):
        with ExitStack() as stack:
            workers = {n: stack.enter_context(Worker(v)) for n, v in variants.items()}
            for case in cases:
                able = {name: worker for name, worker in workers.items() if worker.has(case.needs)}
                taken[case.name] += _measure_one(case, able, rounds, numbers)
    return dict(taken)


def _measure_one(
    case: Case, workers: Mapping[str, Worker], rounds: int, numbers: dict[tuple[str, str], int]
) -> Samples:
    timers = {name: worker.timer(case.statement) for name, worker in workers.items()}
    for name, worker in workers.items():
        if (case.name, name) in numbers:
            timers[name](numbers[case.name, name])  # warms up what calibration did before
        else:
            numbers[case.name, name] = int(worker.calls(case.statement, 0))
    chosen = {name: numbers[case.name, name] for name in workers}
    if case.loop:
        timers[_LOOP] = bench.empty_loop()
        chosen[_LOOP] = bench.calibrate(timers[_LOOP])
    kept = bench.quieter_half(bench.interleave(timers, chosen, rounds))
    loop = statistics.median(sample[_LOOP] for sample in kept) if case.loop else 0.0
    return [{name: sample[name] - loop for name in workers} for sample in kept]


def disagreements(
    cases: Iterable[Case], variants: Mapping[str, Variant], model: Variant
) -> list[str]:
    """Where the outcomes of a check differ from those of ``model``, one line each."""
    found: list[str] = []
    with Worker(model) as reference:
        for name, variant in variants.items():
            with Worker(variant) as worker:
                for case in cases:
                    if not worker.has(case.needs):
                        continue
                    pairs = zip(worker.outcomes(case), reference.outcomes(case), strict=True)
                    found += [
                        f"{name}: {case.name}: {text} gives {got} and not {wanted}"
                        for text, (got, wanted) in zip(case.checks, pairs, strict=True)
                        if got != wanted
                    ]
    return found
