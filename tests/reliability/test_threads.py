"""Loads in several threads at once, and in forked processes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reliability.loading import COMMON, answers, entries, load, said, start

AT_ONCE = f"""{COMMON}
import threading
from concurrent.futures import ThreadPoolExecutor
barrier = threading.Barrier(16)

def work(path):
    barrier.wait()
    return hpybc.load(path).answer()

with ThreadPoolExecutor(16) as pool:
    say(*pool.map(work, 2 * arguments))
"""


@pytest.mark.long
def test_sixteen_threads_load_eight_files(answering: Callable[[int], Path], cache: Path) -> None:
    """At first none is in the cache, and then all are."""
    files = [str(answering(number)) for number in range(8)]
    for _ in range(2):
        assert said(start(AT_ONCE, files, cache)) == [[*range(8), *range(8)]]
        assert len(entries(cache)) == 8


FORK = f"""{COMMON}
before, warm, cold = arguments
modules = [hpybc.load(path) for path in before]

def use():
    modules.extend(hpybc.load(path) for path in (*before, warm, cold))
    return [module.answer() for module in modules]

child = os.fork()
if child == 0:
    say(*use())
    os._exit(0)
_, status = os.waitpid(child, 0)
say(*use())
say(status)
"""


@pytest.mark.parametrize("before", [(), (1, 2)], ids=["nothing", "warm and cold"])
def test_forked_process(
    before: tuple[int, ...], answering: Callable[[int], Path], cache: Path
) -> None:
    """It calls what was loaded before, loads the same again, one more from the cache and a new one.

    And so does its parent, whether it had loaded nothing yet, or an image and LLVM.
    """
    assert answers(load([answering(1)], cache)) == [1]
    arguments = [[str(answering(n)) for n in before], str(answering(1)), str(answering(3))]
    used = [*before, *before, 1, 3]
    assert said(start(FORK, arguments, cache)) == [used, used, [0]]
    assert len(entries(cache)) == 2 + (2 in before)
