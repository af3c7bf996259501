"""Many loads in one process keep their images, and nothing else."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reliability.loading import BUILT_HERE, COMMON, LOADS, answers, entries, loads, said, start
from tools.support import MORTAL

#: Loads files in turn, in phases, and says after each what this process has by then.
PHASES = f"""{MORTAL}{COMMON}
import gc
kept = []

def mapped():
    # Bytes of images: of files, and variables that begin as zeros, which follow without a file.
    total, last = 0, None
    with open("/proc/self/maps") as file:
        for line in file:
            addresses, *_, name = line.split(" ", 5)
            first, end = (int(address, 16) for address in addresses.split("-"))
            if "/" in name or (first == last and not name.strip()):
                total, last = total + end - first, end
    return total

def state():
    gc.collect()
    with open("/proc/self/statm") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    return resident, mapped(), len(os.listdir("/proc/self/fd"))

for loads, keep, files in arguments:
    for i in range(loads):
        module = hpybc.load(files[i % len(files)])
        if keep:
            kept.append(module)
    del module
    say(*state())
"""

#: Bytes that a load may keep besides its image. Measured are 2600, and 3300 if the module is kept:
#: what CPython knows of an extension, and the dynamic linker of a library.
ALLOWANCE = 8000


@pytest.mark.long
def test_a_thousand_loads(answering: Callable[[int], Path], cache: Path, tmp_path: Path) -> None:
    """Of one file, of twenty, and of twenty whose modules nobody keeps."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    paths = [answering(number) for number in range(20)]
    files = [str(path) for path in paths]
    assert answers(loads(start(BUILT_HERE + LOADS, files, cache))) == list(range(20))
    size = max(entry.stat().st_size for entry in entries(cache))
    phases = [(40, True, files), (300, True, files[:1]), (350, True, files), (350, False, files)]
    states = said(start(PHASES, phases, cache, TMPDIR=str(temporary)))
    for (count, *_), before, after in zip(phases[1:], states, states[1:], strict=False):
        resident, images, descriptors = (new - old for new, old in zip(after, before, strict=True))
        # Where two of its four segments meet in a page, that is mapped for each.
        assert images <= count * (size + 4 * mmap.PAGESIZE)
        assert resident <= images + count * ALLOWANCE
        assert descriptors == 0
    assert list(temporary.iterdir()) == []
    assert len(entries(cache)) == 20


@pytest.mark.long
@pytest.mark.parametrize("where", [[], ["--here"]], ids=["by another process", "by itself"])
def test_cold_reloads(where: list[str]) -> None:
    """A few of the 5,000 that the session ``reloads`` makes: a leak of 100 kB each would show."""
    script = os.path.join(os.path.dirname(__file__), "reloads.py")
    done = subprocess.run(
        [sys.executable, "-I", script, "--count", "30", *where], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.splitlines()[-1].startswith("each ")
