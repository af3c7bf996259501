"""What a cold load is measured by: a process of its own with an empty cache, from the outside."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

#: What loads a bitcode file.
LOAD = "import sys, hpybc; hpybc.load(sys.argv[1])"

#: A stage in the log.
_STAGE = re.compile(r"^hpybc\.build: (\S+) +([\d.]+) ms", re.MULTILINE)

#: The longest that a load may take, in seconds.
LIMIT = 900


class LoadFailedError(Exception):
    """A process that was to load something has failed: what it said."""


@dataclass(frozen=True)
class Load:
    """What a cold load takes, all processes that it starts included.

    Attributes:
        processor: seconds of processor time, user's and system's.
        wall: seconds by the clock. Every processor may help.
        peak: megabytes of resident memory that the largest of the processes had.
        stages: milliseconds by the clock of each stage that hpybc's log names. Stages that run at
            the same time overlap.
    """

    processor: float
    wall: float
    peak: float
    stages: Mapping[str, float]


def load(path: str, loads: int) -> Load:
    """Medians of ``loads`` cold loads of the bitcode file ``path``; raises as ``run`` does."""
    return repeated([sys.executable, "-I", "-c", LOAD, path], loads)


def repeated(command: Sequence[str], loads: int) -> Load:
    """Medians of ``loads`` runs of a command, each with an empty cache; raises as ``run`` does."""
    found = [run(command) for _ in range(loads)]
    stages = {name: median(one.stages.get(name, 0.0) for one in found) for name in found[0].stages}
    return Load(
        median(one.processor for one in found),
        median(one.wall for one in found),
        median(one.peak for one in found),
        stages,
    )


def run(command: Sequence[str]) -> Load:
    """What one run of a command takes that loads something.

    Raises:
        LoadFailedError: it fails, or takes longer than ``LIMIT``.
    """
    with tempfile.TemporaryDirectory(prefix="hpybc-") as cache:
        env = {**os.environ, "HPYBC_CACHE_DIR": cache, "HPYBC_LOG": "debug"}
        with open(os.path.join(cache, "log"), "w+", encoding="utf-8", errors="replace") as log:
            start = time.perf_counter()
            # What a process used is what those have used that it waited for, too.
            timed = ["timeout", str(LIMIT), *command]
            process = subprocess.Popen(timed, env=env, stderr=log, stdout=log)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            log.seek(0)
            text = log.read()
    if process.returncode != 0:
        raise LoadFailedError(f"{' '.join(command)}: status {process.returncode}\n{text[-2000:]}")
    stages: dict[str, float] = {}
    for name, milliseconds in _STAGE.findall(text):
        stages[name] = stages.get(name, 0.0) + float(milliseconds)
    return Load(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, stages)
