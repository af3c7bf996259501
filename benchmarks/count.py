"""Counting instructions with valgrind's callgrind: they do not wobble as times do.

One process of each variant makes a number of calls of each case, and then twice as many. A call
of ``getppid`` before, between and after has callgrind write what was executed since the last; the
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
from cases import Case, Statement
from hpybc.loader import prebuilt
from variants import Variant


def count(
    cases: Sequence[Case],
    chosen: Mapping[str, Variant],
    calls: tuple[int, int] = (100, 50),
    processes: int = 1,
) -> dict[tuple[str, str], float]:
    """The instructions that one call of each case executes, by names of case and variant.

    The interpreter's part of the call is in it, and so is the loop around it.

    Args:
        cases: what is counted.
        chosen: the variants, by label.
        calls: how many are made before, which is what adapts itself to a statement, and how many
            in the shorter of both runs.
        processes: how many processes of each variant count, of which the least count is taken.

    Raises:
        Unavailable: valgrind is not installed, or does not work here.
    """
    if shutil.which("valgrind") is None:
        raise Unavailable("valgrind is not installed")
    for variant in chosen.values():
        if variant.kind == "inlined":
            prebuilt.make(variant.path)  # so that valgrind does not watch LLVM
    statements = [case.statement for case in cases]
    jobs = [(label, number) for label in chosen for number in range(processes)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        columns = pool.map(lambda job: _count(statements, chosen[job[0]], calls, job[1]), jobs)
        found: dict[tuple[str, str], float] = {}
        for (label, _), column in zip(jobs, columns, strict=True):
            for case, value in zip(cases, column, strict=True):
                found[case.name, label] = min(value, found.get((case.name, label), value))
        return found


def _count(
    statements: Sequence[Statement], variant: Variant, calls: tuple[int, int], number: int
) -> list[float]:
    with tempfile.TemporaryDirectory(prefix="hpybc-") as folder:
        out = os.path.join(folder, "out")
        callgrind = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={out}")
        here = os.path.dirname(os.path.abspath(__file__))
        todo = {
            "statements": [astuple(statement) for statement in statements],
            "calls": calls,
            "number": number,
        }
        done = subprocess.run(
            [*callgrind, "--dump-before=getppid", sys.executable, "-s", here,
             "--count", variant.dumps(), json.dumps(todo)],
            capture_output=True,
            text=True,
            # Where strings lie in a dict is the same in every run.
            env={**os.environ, "PYTHONHASHSEED": str(number), "HPYBC_CACHE_DIR": folder},
        )  # fmt: skip
        if done.returncode != 0:
            raise Unavailable(f"{variant.path} fails under callgrind:\n{done.stderr}")
        totals = [_total(f"{out}.{number + 1}") for number in range(len(glob.glob(f"{out}.*")))]
    if len(totals) != 3 * len(statements):
        raise Unavailable(f"callgrind left {len(totals)} counts of {len(statements)} statements")
    return [
        (twice - once) / calls[1] for once, twice in zip(totals[1::3], totals[2::3], strict=True)
    ]


def _total(path: str) -> int:
    with open(path, encoding="utf-8") as file:
        found = re.search(r"^(?:totals|summary): (\d+)", file.read(), re.MULTILINE)
    assert found is not None, path
    return int(found[1])


def main(description: str, todo: str) -> None:
    """What runs under valgrind."""
    given = json.loads(todo)
    moved = [bytes(size) for size in range(0, 512 * given["number"], 8)]  # others lie elsewhere
    module = variants.loads(description).load()
    before, calls = given["calls"]
    for code, setup in given["statements"]:
        run = timeit.Timer(code, setup, globals={"m": module}).timeit
        run(before)
        os.getppid()
        run(calls)
        os.getppid()
        run(2 * calls)
        os.getppid()
    del moved
