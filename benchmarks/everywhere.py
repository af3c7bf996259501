"""The same bitcode files on several interpreters: what they compute, and how long a call takes.

    python benchmarks/everywhere.py FOLDER PYTHON...

Prints a table in Markdown, for docs/interpreters.md. FOLDER has quickstart.bc and point.bc, which
were compiled once from the examples. Each PYTHON is the path of an interpreter with hpybc. PyPy
needs ziglang as well. Exits with status 1 if two interpreters compute different results.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from typing import Any

#: Statements, which see the modules ``q`` and ``p``, and a list and two points.
STATEMENTS = ("q.add(1, 2)", "q.total(floats)", "q.greet('you')", "p.Point(1.5, 2.5)", "a + b")

#: Runs in each interpreter. The time is the processor's, the best of several rounds: PyPy has
#: compiled the loop by then. It includes the loop.
PROBE = """
import json, platform, sys, time
import hpybc
q, p = (hpybc.load(f"{sys.argv[1]}/{name}.bc") for name in ("quickstart", "point"))
floats = [i / 8 for i in range(1000)]
a, b = p.Point(1.5, 2.5), p.Point(0.25, 4.0)

def coordinates(value):
    return [value.x, value.y] if isinstance(value, p.Point) else value

def measured(statement):
    own = dict(q=q, p=p, floats=floats, a=a, b=b)
    exec(f"def run(n):\\n    for _ in range(n):\\n        {statement}", own)
    run, n, best = own["run"], 1000, float("inf")
    for _ in range(40):
        begin = time.process_time()
        run(n)
        spent = time.process_time() - begin
        best = min(best, spent / n)
        if spent < 0.02:
            n *= 2
    return best * 1e9

statements = json.loads(sys.argv[2])
version = platform.python_version()
pypy = getattr(sys, "pypy_version_info", None)
name = "CPython " + version if pypy is None else "PyPy %d.%d.%d (%s)" % (*pypy[:3], version)
if pypy is None and "t" in getattr(sys, "abiflags", ""):
    name += "t"
print(json.dumps({
    "name": name,
    "results": [coordinates(eval(s)) for s in statements],
    "times": [measured(s) for s in statements],
}))
"""


def main() -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("pythons", nargs="+", metavar="PYTHON")
    options = parser.parse_args()
    found = [probed(python, os.path.abspath(options.folder)) for python in options.pythons]
    print("\n".join(table(found)))
    different = [each["name"] for each in found if each["results"] != found[0]["results"]]
    if different:
        print(f"other results than {found[0]['name']}: {', '.join(different)}", file=sys.stderr)
    return bool(different)


def probed(python: str, folder: str) -> dict[str, Any]:
    """What one interpreter says, with its images in the cache."""
    command = [python, "-c", PROBE, folder, json.dumps(STATEMENTS)]
    for _ in range(2):  # the first builds
        # Not where Python would find the sources of hpybc.
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def table(found: list[dict[str, Any]]) -> list[str]:
    """The lines of the table: nanoseconds of each statement."""
    head = ["interpreter", "results", *(f"`{s}`, ns" for s in STATEMENTS)]
    lines = [f"| {' | '.join(head)} |", "|---|---|" + "---:|" * (len(head) - 2)]
    for each in found:
        same = "the same" if each["results"] == found[0]["results"] else repr(each["results"])
        times = [f"{time:.0f}" if time >= 10 else f"{time:.1f}" for time in each["times"]]
        lines.append(f"| {' | '.join([each['name'], same, *times])} |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
