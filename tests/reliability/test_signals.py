"""Signals that arrive during a load."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from reliability.loading import (
    COMMON,
    MOMENTS,
    answers,
    entries,
    hanging,
    has_ended,
    load,
    said,
    start,
)

#: Loads a file with one empty cache after the other, and once more with each. During each first
#: load comes a signal, four moments later each time.
RAISING = f"""{COMMON}{MOMENTS}
path, folder, number, first = arguments
at = 0

class Stop(Exception):
    pass

def stop(number, frame):
    raise Stop

def answer(cache):
    os.environ["HPYBC_CACHE_DIR"] = os.path.join(folder, cache)
    moments.passed = 0
    try:
        return hpybc.load(path).answer()
    except (KeyboardInterrupt, Stop) as error:
        return type(error).__name__

signal.signal(signal.SIGUSR1, stop)
moments = Moments(folder, lambda n: os.kill(os.getpid(), number) if n == at else None)
answer("first")  # imports what a build needs
answer("second")
for moment in range(first, moments.passed + 1, 4):
    at = moment
    raised = answer(str(moment))
    at = 0
    say(moment, raised, answer(str(moment)))
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("number", "first", "error"),
    [(signal.SIGINT, 1, "KeyboardInterrupt"), (signal.SIGUSR1, 3, "Stop")],
)
def test_what_a_handler_raises(
    number: signal.Signals, first: int, error: str, file: Path, tmp_path: Path
) -> None:
    """A load raises it, at whichever moment; the next one is as if nothing had been."""
    arguments = [str(file), str(tmp_path), number, first]
    loads = said(start(RAISING, arguments, None, TMPDIR=str(tmp_path)))
    assert len(loads) >= 4
    assert loads == [[moment, error, 42] for moment in range(first, first + 4 * len(loads), 4)]
    for moment, *_ in loads:
        assert len(entries(tmp_path / str(moment))) == 1


RETURNING = f"""{COMMON}
times = 0

def count(number, frame):
    global times
    times += 1

signal.signal(signal.SIGALRM, count)
signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
answers = [hpybc.load(path).answer() for path in arguments]
signal.setitimer(signal.ITIMER_REAL, 0)
say(answers, times)
"""


def test_a_handler_that_returns(file: Path, raw: Path, cache: Path) -> None:
    """A load does not notice that it is called every other millisecond, wherever the load waits."""
    ((values, times),) = said(start(RETURNING, [str(file), str(raw), str(file)], cache))
    assert values == [42, 42, 42]
    assert times > 10
    assert len(entries(cache)) == 2


def test_interrupt_of_a_build_in_another_process(raw: Path, cache: Path, tmp_path: Path) -> None:
    """That process is ended."""
    with hanging(raw, cache, tmp_path) as (process, builder):
        process.send_signal(signal.SIGINT)
        assert said(process) == [["interrupted"]]
        assert has_ended(builder, within=60)
    assert entries(cache) == []
    assert answers(load([raw], cache)) == [42]
