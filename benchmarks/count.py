"""Counting instructions with valgrind's callgrind: they do not wobble as times do.

One process of each variant makes a number of calls of each case, and then twice as many. A call
of ``getppid`` before, between and after has callgrind write what was executed since the last; the
difference of both counts is what that number of calls executes, whatever is done around them.
Bitcode is compiled for the same generic processor as the other modules: valgrind does not know
every instruction of this one.
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
from hpybc.jit import child, identity, target
from variants import Variant

#: Calls in the shorter of both runs.
_CALLS = 200


def count(cases: Sequence[Case], chosen: Mapping[str, Variant]) -> dict[tuple[str, str], float]:
    """The instructions that one call of each case executes, by names of case and variant.

    The interpreter's part of the call is in it, and so is the loop around it.

    Raises:
        Unavailable: valgrind is not installed, or does not work here.
    """
    if shutil.which("valgrind") is None:
        raise Unavailable("valgrind is not installed")
    statements = [case.statement for case in cases]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = pool.map(lambda variant: _count(statements, variant), chosen.values())
        return {
            (case.name, label): found
            for label, column in zip(chosen, counts, strict=True)
            for case, found in zip(cases, column, strict=True)
        }


def _count(statements: Sequence[Statement], variant: Variant) -> list[float]:
    with tempfile.TemporaryDirectory(prefix="hpybc-") as folder:
        _run([], [], variant, folder)  # fills the cache, so that valgrind does not watch LLVM
        out = os.path.join(folder, "out")
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        _run([*command, "--dump-before=getppid"], statements, variant, folder)
        totals = [_total(f"{out}.{number + 1}") for number in range(len(glob.glob(f"{out}.*")))]
    if len(totals) != 3 * len(statements):
        raise Unavailable(f"callgrind left {len(totals)} counts of {len(statements)} statements")
    return [(twice - once) / _CALLS for once, twice in zip(totals[1::3], totals[2::3], strict=True)]


def _total(path: str) -> int:
    with open(path, encoding="utf-8") as file:
        found = re.search(r"^(?:totals|summary): (\d+)", file.read(), re.MULTILINE)
    assert found is not None, path
    return int(found[1])


def _run(
    command: Sequence[str], statements: Sequence[Statement], variant: Variant, folder: str
) -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    texts = json.dumps([astuple(statement) for statement in statements])
    done = subprocess.run(
        [*command, sys.executable, "-s", here, "--count", variant.dumps(), texts],
        capture_output=True,
        text=True,
        # Where strings lie in a dict is the same in every process.
        env={**os.environ, "PYTHONHASHSEED": "0", "HPYBC_CACHE_DIR": folder},
    )
    if done.returncode != 0:
        raise Unavailable(f"{variant.path} fails under callgrind:\n{done.stderr}")


def main(description: str, statements: str) -> None:
    """What runs under valgrind."""
    # In this process, which is told here what processor to compile for.
    child.call = lambda function, *arguments, **_: function(*arguments)
    target.host = lambda: target.Target(identity.triple(), "generic", "")
    module = variants.loads(description).load()
    for code, setup in json.loads(statements):
        run = timeit.Timer(code, setup, globals={"m": module}).timeit
        run(100)  # what adapts itself to a statement has done so then
        os.getppid()
        run(_CALLS)
        os.getppid()
        run(2 * _CALLS)
        os.getppid()
