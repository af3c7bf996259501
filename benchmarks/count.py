"""Counting instructions with valgrind's callgrind: they do not wobble as times do.

A process makes a number of calls of each case, and then twice as many. A call of
``getppid`` before, between and after has callgrind write what was executed since the last; the
difference of both counts is what that number of calls executes, whatever is done around them.
Bitcode has an image for the same generic processor as the other modules: valgrind does not know
every instruction of this one.

Where objects lie decides what collides in the interpreter's caches, which can be a hundredth of a
count. Several processes with different addresses, of which the least count stands, have none of it.
"""

from __future__ import annotations

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import timeit
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple

import variants
from build import Unavailable
from cases import Case
from hpybc.loader import prebuilt
from variants import Variant


def count(cases: Sequence[Case], chosen: Mapping[str, Variant]) -> dict[tuple[str, str], float]:
    """The instructions that one call of each case executes, by names of case and variant.

    Raises:
        Unavailable: as ``each`` does.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        columns = pool.map(lambda one: each([(case, one) for case in cases]), chosen.values())
        return {
            (case.name, label): number
            for label, column in zip(chosen, columns, strict=True)
            for case, number in zip(cases, column, strict=True)
        }


def each(
    pairs: Sequence[tuple[Case, Variant]], calls: tuple[int, int] = (100, 50), processes: int = 1
) -> list[float]:
    """The instructions that one call of a case executes in a variant.

    The interpreter's part of the call is in it, and so is the loop around it.

    Args:
        pairs: what is counted, all in one process.
        calls: how many are made before, which is what adapts itself to a statement, and how many
            in the shorter of both runs.
        processes: how many processes count, of which the least counts are taken.

    Raises:
        Unavailable: valgrind is not installed, or does not work here.
    """
    if shutil.which("valgrind") is None:
        raise Unavailable("valgrind is not installed")
    for variant in {variant for _, variant in pairs if variant.kind == "inlined"}:
        prebuilt.make(variant.path)  # so that valgrind does not watch LLVM
    statements = [(variant.dumps(), *astuple(case.statement)) for case, variant in pairs]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        columns = pool.map(lambda number: _count(statements, calls, number), range(processes))
        return [min(counts) for counts in zip(*columns, strict=True)]


def _count(
    statements: Sequence[tuple[object, ...]], calls: tuple[int, int], number: int
) -> list[float]:
    """The counts of one process, the one of that number."""
    with tempfile.TemporaryDirectory(prefix="hpybc-") as folder:
        out = os.path.join(folder, "out")
        callgrind = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={out}")
        here = os.path.dirname(os.path.abspath(__file__))
        todo = json.dumps({"statements": statements, "calls": calls, "number": number})
        done = subprocess.run(
            [*callgrind, "--dump-before=getppid", sys.executable, "-s", here, "--count", todo],
            capture_output=True,
            text=True,
            # Where strings lie in a dict is the same in every run.
            env={**os.environ, "PYTHONHASHSEED": str(number), "HPYBC_CACHE_DIR": folder},
        )
        if done.returncode != 0:
            raise Unavailable(f"a count fails under callgrind:\n{done.stderr}")
        totals = [_total(f"{out}.{number + 1}") for number in range(len(glob.glob(f"{out}.*")))]
    if len(totals) != 3 * len(statements):
        raise Unavailable(f"callgrind left {len(totals)} counts of {len(statements)} statements")
    runs = zip(totals[1::3], totals[2::3], strict=True)
    return [(twice - once) / calls[1] for once, twice in runs]


def _total(path: str) -> int:
    with open(path, encoding="utf-8") as file:
        found = re.search(r"^(?:totals|summary): (\d+)", file.read(), re.MULTILINE)
    assert found is not None, path
    return int(found[1])


def main(todo: str) -> None:
    """What runs under valgrind."""
    given = json.loads(todo)
    moved = [bytes(size) for size in range(0, 512 * given["number"], 8)]  # others lie elsewhere
    descriptions = dict.fromkeys(description for description, _, _ in given["statements"])
    modules = {description: variants.loads(description).load() for description in descriptions}
    before, calls = given["calls"]
    for description, code, setup in given["statements"]:
        run = timeit.Timer(code, setup, globals={"m": modules[description]}).timeit
        run(before)
        os.getppid()
        run(calls)
        os.getppid()
        run(2 * calls)
        os.getppid()
    del moved
