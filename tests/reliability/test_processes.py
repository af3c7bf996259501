"""Many processes that load one file for the first time, and some that are killed meanwhile."""

from __future__ import annotations

import random
import signal
import subprocess
from pathlib import Path

import pytest

from reliability.loading import (
    COMMON,
    MOMENTS,
    answers,
    built,
    entries,
    hanging,
    has_ended,
    load,
    loads,
    said,
    start,
    start_loads,
)

PROCESSES = 32

#: Loads a file, and is killed at the moment that is its second argument.
MORTAL = f"""{COMMON}{MOMENTS}
path, fatal, folder = arguments
moments = Moments(folder, lambda n: os.kill(os.getpid(), signal.SIGKILL) if n == fatal else None)
answer = hpybc.load(path).answer()
say(answer, moments.passed)
"""


@pytest.mark.long
def test_some_of_many_processes_are_killed(file: Path, cache: Path, tmp_path: Path) -> None:
    """The others get it right, and what is in the cache then is sound."""

    def mortal(fatal: int, folder: Path) -> subprocess.Popen[str]:
        return start(MORTAL, [str(file), fatal, str(tmp_path)], folder, TMPDIR=str(tmp_path))

    ((_, moments),) = said(mortal(0, tmp_path / "trial"))
    chance = random.Random(1)
    # Those that are to die begin, so that whoever builds is likely among them. The first moment is
    # one that every load has.
    fatal = [1, *(chance.randint(1, moments) for _ in range(PROCESSES // 3))]
    fatal += [0] * (PROCESSES - len(fatal))
    processes = [mortal(moment, cache) for moment in fatal]
    killed = 0
    for process, moment in zip(processes, fatal, strict=True):
        if moment and process.wait() == -signal.SIGKILL:
            killed += 1
            process.communicate()
        else:  # none it was to be killed at, or it did not come to that
            ((answer, _),) = said(process)
            assert answer == 42
    assert killed > 0
    assert len(entries(cache)) == 1
    assert built(load([file], cache)) == [False]


@pytest.mark.long
def test_few_of_many_processes_build(file: Path, cache: Path) -> None:
    """The others wait for one that does."""
    processes = [start_loads([file], cache) for _ in range(PROCESSES)]
    done = [each for process in processes for each in loads(process)]
    assert answers(done) == [42] * PROCESSES
    assert 1 <= sum(built(done)) <= 4
    assert len(entries(cache)) == 1


def test_nobody_waits_for_the_dead(raw: Path, cache: Path, tmp_path: Path) -> None:
    """A process is killed while its child builds: the child ends with it, and others build."""
    with hanging(raw, cache, tmp_path) as (process, builder):
        process.kill()
        process.communicate()
        assert has_ended(builder, within=10)
        assert answers(load([raw], cache)) == [42]
