"""Loads one file again and again, cold each time, and counts what the process has by then.

    python tests/reliability/reloads.py --count 5000
    python tests/reliability/reloads.py --count 5000 --here

The cache is emptied after each load, so that each load compiles: in another process, as usual, or
with ``--here`` in this one, as a frozen application does.

Exit status 1 if more grows than images do, see ``LIMITS``. Images are never unmapped.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import hpybc

ANSWER = Path(__file__).parent.parent / "loader" / "answer.c"

#: How many loads come before the first row: what is imported and kept once, and the parts of memory
#: that the allocator takes for the first compilations of each thread.
FIRST = 10

#: How many rows there are after the first.
ROWS = 10


class State(NamedTuple):
    """What a process has.

    Attributes:
        memory: kilobytes of the machine's memory, without images.
        images: kilobytes of that in images.
        mappings: parts of the address space.
        files: that it has open.
        left: in the cache and the folder for temporary files.
    """

    memory: float
    images: float
    mappings: float
    files: float
    left: float


#: What a load may add to each. Of memory CPython keeps some for each extension module that a
#: process has imported, and the dynamic linker for each library: 3 kB together.
LIMITS = State(memory=8, images=200, mappings=5, files=0, left=0)

#: What may come once, and not with each load: allocators take memory in large parts.
ONCE = State(memory=2048, images=0, mappings=5, files=0, left=0)


def state(folder: Path) -> State:
    """That of this process, which keeps temporary files and its cache in ``folder``."""
    memory, count, files = {True: 0, False: 0}, 0, len(os.listdir("/proc/self/fd"))
    is_image, last = False, ""
    with open("/proc/self/smaps") as file:
        for line in file:
            name, value, *_ = line.split(None, 5)
            if name == "Rss:":
                memory[is_image] += int(value)
            elif not name.endswith(":"):
                count += 1
                first, end = name.split("-")
                named = line.split(None, 5)[5:]
                # Variables that begin as zeros follow without a name.
                is_image = "hpybc" in named[0] if named else is_image and first == last
                last = end
    left = sum(len(names) for _, _, names in os.walk(folder))
    return State(memory[False], memory[True], count, files, left)


def reloads(path: Path, folder: Path, count: int) -> Iterator[tuple[int, State]]:
    """Loads ``path`` ``count`` times after the first loads; how often by then, and the state.

    That is told after the first loads, and after every tenth part.
    """
    cache = folder / "hpybc"  # which is part of the name of every image then
    os.environ["HPYBC_CACHE_DIR"] = str(cache)
    for number in range(1 - FIRST, count + 1):
        assert hpybc.load(path).answer() == 42
        (image,) = cache.iterdir()
        image.unlink()
        if number >= 0 and number % max(1, count // ROWS) == 0:
            gc.collect()
            yield number, state(folder)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--here", action="store_true", help="compile in this process")
    options = parser.parse_args()
    if options.here:
        sys.frozen = True  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory(prefix="reloads-") as name:
        folder, source = Path(name, "temporary"), Path(name, "answer.bc")
        folder.mkdir()
        tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
        compiling = ["-m", "hpybc", "compile", str(ANSWER), "-o", str(source)]
        subprocess.run([sys.executable, "-I", *compiling], check=True)
        print("loads", *(f"{name:>10}" for name in State._fields))
        rows = []
        for number, found in reloads(source, folder, options.count):
            rows.append((number, found))
            print(f"{number:5}", *(f"{value:10.0f}" for value in found), flush=True)
    (first, before), (last, after) = rows[0], rows[-1]
    loads, grown = last - first, [new - old for old, new in zip(before, after, strict=True)]
    print("each ", *(f"{more / loads:10.2f}" for more in grown))
    allowed = [loads * each + once for each, once in zip(LIMITS, ONCE, strict=True)]
    return int(any(more > most for more, most in zip(grown, allowed, strict=True)))


if __name__ == "__main__":
    sys.exit(main())
