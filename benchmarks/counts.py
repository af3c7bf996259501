"""``python -s benchmarks/counts.py``: whether calls and programs execute more than they did.

Instructions do not depend on what else the machine does, so that a hundredth is no accident. What
they are compared with is in ``results``, one file for each version of CPython. The interpreter's
part is in the counts: they are only comparable on the very build of Python that they were made on.
On another one, run this with ``--record`` first, in an environment in which the commit to compare
with is installed.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
import tempfile

import build
import count
import hpybc
import peers
import programs
import report
from results import CALLS, PROGRAMS, mean
from rows import ROWS

#: The most that a row may execute, relative to what it did.
ROW = 1.02

#: The most that the geometric mean may be. Below, it rounds to 1.00.
MEAN = 1.005

#: How many processes count; see ``count.py``.
PROCESSES = 3

#: How many calls of a program are enough, before and while they are counted: each is long.
_CALLS = (2, 3)

#: By group and name.
Counts = dict[str, dict[str, float]]


def path() -> str:
    """Where the counts for the running interpreter are."""
    version = "{}.{}".format(*sys.version_info)
    here = os.path.dirname(os.path.abspath(__file__))
    return os.path.join(here, "results", f"counts-{version}.json")


def environment() -> dict[str, str]:
    """What counts depend on."""
    return {"python": sys.version, "machine": platform.machine(), "clang": report.clang()}


def counted() -> Counts:
    """The instructions of every row and program.

    Raises:
        Unavailable: there is no valgrind, or no compiler.
    """
    with tempfile.TemporaryDirectory(prefix="hpybc-") as folder:
        module = peers.PEERS[peers.INLINED](folder)
        calls = count.each([(case, module) for case in ROWS], processes=PROCESSES)
        chosen = programs.discover()
        built = [(one.case, build.bitcode(one.hpy, one.name, folder)) for one in chosen]
        found = count.each(built, _CALLS, PROCESSES)
    return {
        CALLS: {case.name: round(n) for case, n in zip(ROWS, calls, strict=True)},
        PROGRAMS: {one.name: round(n) for one, n in zip(chosen, found, strict=True)},
    }


def compared(before: Counts, after: Counts) -> tuple[list[str], bool]:
    """A table in Markdown, and whether all is within the limits.

    Rows that only one of the two has are left out.
    """
    lines = ["| | before | after | ratio | |", "|---|---|---|---|---|"]
    good = True
    for group, rows in after.items():
        ratios = {}
        for name, number in rows.items():
            if name not in before.get(group, {}):
                continue
            ratios[name] = number / before[group][name]
            verdict = "" if ratios[name] <= ROW else "MORE"
            good = good and not verdict
            was = before[group][name]
            lines.append(f"| {name} | {was:.0f} | {number:.0f} | {ratios[name]:.3f} | {verdict} |")
        average = mean(ratios.values())
        if average is not None:
            verdict = "" if average < MEAN else "MORE"
            good = good and not verdict
            lines.append(f"| {group}s, geometric mean | | | {average:.3f} | {verdict} |")
    return lines, good


def record(counts: Counts) -> None:
    """Writes the counts that later ones are compared with."""
    data = {
        "environment": environment(),
        "hpybc": hpybc.__version__,
        "date": datetime.date.today().isoformat(),
        "processes": PROCESSES,
        "counts": counts,
    }
    with open(path(), "w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)
        file.write("\n")


def recorded() -> tuple[dict[str, str], Counts]:
    """The environment and the counts that ``record`` has written; raises FileNotFoundError."""
    with open(path(), encoding="utf-8") as file:
        data = json.load(file)
    return data["environment"], data["counts"]


def main() -> int:
    """Counts and compares, or records; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--record", action="store_true", help="what later runs compare with")
    if parser.parse_args().record:
        record(counted())
        print(f"wrote {path()}")
        return 0
    try:
        made_on, before = recorded()
    except FileNotFoundError:
        print(f"no {path()}: --record what to compare with first", file=sys.stderr)
        return 2
    differing = [name for name, value in environment().items() if made_on.get(name) != value]
    if differing:
        names = ", ".join(differing)
        print(f"{path()} is of another {names}: --record what to compare with first",
              file=sys.stderr)  # fmt: skip
        return 2
    lines, good = compared(before, counted())
    print("\n".join(lines))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
