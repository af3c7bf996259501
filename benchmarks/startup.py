"""``python -s benchmarks/startup.py``: what an extension costs at start, next to a plain one.

The plain extension is the same code: what ``hpybc export`` makes of the same file for this CPU. All
times are of one load in a process of its own, by the clock; processes of both kinds take turns.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from statistics import median
from typing import Any

import programs
import report
from hpybc.loader import export
from hpybc.toolchain.compile import compile_extension

_SOURCE = {program.name: program.hpy for program in programs.discover()}["quickstart"]

#: Processes of each kind.
RUNS = 31

#: How many different extensions are loaded one after the other.
MANY = 100

#: What a process does: it prints milliseconds, and the kilobytes that it occupies then.
_BEGIN = """
import sys, time
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4
start = time.perf_counter()
"""
_END = """
end = time.perf_counter()
print([(end - start) * 1e3, resident()])
"""
_PROGRAMS = {
    "nothing": "",
    "import hpybc": "import hpybc",
    "load": "import hpybc; start = time.perf_counter(); m = hpybc.load(sys.argv[1])",
    "plain": "import hpybc; sys.path.insert(0, sys.argv[2]); start = time.perf_counter()\n"
    "import quickstart as m",
    "import hpybc, load": "import hpybc; m = hpybc.load(sys.argv[1])",
    "plain alone": "sys.path.insert(0, sys.argv[2]); import quickstart as m",
}

#: The steps of a warm load: functions, and what they do.
_STEPS = {
    "importer.contents": "read the file",
    "Extension.name": "find the module's name",
    "prebuilt.lookup": "look for a shipped image",
    "Recipe.key": "hash the file: the key",
    "store.lookup": "check folder and image",
    "loading.dlopen": "dlopen, PyInit",
}

#: A warm load with a clock at each step; prints microseconds of each, and of the whole.
_STEPPED = """
import sys, time, hpybc
from hpybc.cache import store
from hpybc.loader import importer, loading, prebuilt
from hpybc.loader.extension import Extension
from hpybc.loader.recipe import Recipe
times = {}
def clocked(step, function):
    def call(*arguments):
        start = time.perf_counter()
        result = function(*arguments)
        times[step] = (time.perf_counter() - start) * 1e6
        return result
    return call
for step in sys.argv[2:]:
    owner, _, name = step.partition(".")
    own = getattr(globals()[owner], name)
    timed = property(clocked(step, own.fget)) if isinstance(own, property) else clocked(step, own)
    setattr(globals()[owner], name, timed)
whole = time.perf_counter()
hpybc.load(sys.argv[1])
whole = (time.perf_counter() - whole) * 1e6
print([*(times[step] for step in sys.argv[2:]), whole])
"""

#: Loads every file of a folder, after all were loaded once; prints milliseconds of each.
_MANY = """
import glob, sys, time, hpybc
times = []
for path in sorted(glob.glob(sys.argv[1] + "/*.bc")):
    start = time.perf_counter()
    hpybc.load(path)
    times.append((time.perf_counter() - start) * 1e3)
print(times)
"""


def run(program: str, *arguments: str, cache: str) -> list[float]:
    """What a new process prints that runs ``program``."""
    # Not the current folder, nor the user's packages: what Python starts with is the same for all.
    command = [sys.executable, "-I", "-c", program, *arguments]
    env = {**os.environ, "HPYBC_CACHE_DIR": cache}
    result: list[float] = json.loads(subprocess.check_output(command, env=env))
    return result


def single(folder: str) -> dict[str, tuple[float, float]]:
    """Milliseconds and kilobytes of each of ``_PROGRAMS``, and of a cold load; medians."""
    file, cache = os.path.join(folder, "quickstart.bc"), os.path.join(folder, "cache")
    compile_extension([_SOURCE], file)
    plain = os.path.join(folder, "plain")
    os.mkdir(plain)
    export.export(file, "cpython", os.path.join(plain, f"quickstart{_suffix()}"), "native")
    found: dict[str, list[list[float]]] = {name: [] for name in ("cold load", *_PROGRAMS)}
    for number in range(RUNS):
        if number % 3 == 0:
            shutil.rmtree(cache, ignore_errors=True)
            cold = _BEGIN + _PROGRAMS["load"] + _END
            found["cold load"].append(run(cold, file, plain, cache=cache))
        for name, program in _PROGRAMS.items():
            found[name].append(run(_BEGIN + program + _END, file, plain, cache=cache))
    return {
        name: (median(time for time, _ in values), median(size for _, size in values))
        for name, values in found.items()
    }


def steps(folder: str) -> dict[str, float]:
    """Microseconds that the steps of a warm load take, and the rest of it; medians."""
    file, cache = os.path.join(folder, "quickstart.bc"), os.path.join(folder, "cache")
    rows = [run(_STEPPED, file, *_STEPS, cache=cache) for _ in range(RUNS)]
    *found, whole = (median(times) for times in zip(*rows, strict=True))
    return {**dict(zip(_STEPS.values(), found, strict=True)), "the rest": whole - sum(found)}


def many(folder: str) -> list[float]:
    """Milliseconds that each of ``MANY`` different extensions takes, in turn, from the cache."""
    files, cache = os.path.join(folder, "many"), os.path.join(folder, "cache")
    os.mkdir(files)
    with open(os.path.join(folder, "quickstart.bc"), "rb") as file:
        data = file.read()
    from hpybc.jit import identity
    from hpybc.loader.extension import Extension
    from hpybc.loader.manifest import wrap

    source = Extension(data, "quickstart.bc")
    for number in range(MANY):
        # The same code each time, of which hpybc knows nothing.
        manifest = {**(source.manifest or {}), "number": number}
        with open(os.path.join(files, f"{number:03}.bc"), "wb") as output:
            output.write(wrap(source.payload, manifest, identity.architecture()))
    run(_MANY, files, cache=cache)
    rows = [run(_MANY, files, cache=cache) for _ in range(5)]
    return [median(times) for times in zip(*rows, strict=True)]


def _suffix() -> str:
    return export.SUFFIXES["cpython"][0]


def measured() -> dict[str, Any]:
    """Milliseconds and megabytes; those of the steps are microseconds."""
    with tempfile.TemporaryDirectory(prefix="hpybc-") as folder:
        found = single(folder)
        parts = steps(folder)
        times = many(folder)
    return {
        "environment": report.environment(),
        "runs": RUNS,
        "warm": found["load"][0],
        "plain": found["plain"][0],
        "import": found["import hpybc"][0] - found["nothing"][0],
        "together": found["import hpybc, load"][0],
        "warm memory": found["load"][1] / 1e3,
        "plain memory": found["plain alone"][1] / 1e3,
        "cold": found["cold load"][0],
        "extensions": len(times),
        "first": times[0],
        "last third": median(times[-(len(times) // 3) :]),
        "steps": parts,
    }


def tables(data: Mapping[str, Any]) -> list[str]:
    """What ``measured`` returned, as Markdown."""
    warm, plain = data["warm"], data["plain"]
    more = data["warm memory"] - data["plain memory"]
    known = data["environment"]
    rows = [
        (
            "warm load; the same as a plain extension",
            f"{warm:.2f} ms; {plain:.2f} ms: {warm / plain:.2f} x, {warm - plain:+.2f} ms",
            "1.5 x, and +1 ms",
        ),
        ("`import hpybc`", f"{data['import']:.1f} ms", "10 ms"),
        ("`import hpybc` and a warm load, together", f"{data['together']:.1f} ms", ""),
        (
            "resident memory after a warm load; after a plain one without hpybc",
            f"{data['warm memory']:.2f} MB; {data['plain memory']:.2f} MB: {more:+.2f} MB",
            "+2 MB",
        ),
        ("cold load, with the import of llvmlite", f"{data['cold']:.0f} ms", "300 ms"),
        (
            f"{data['extensions']} extensions, warm: the first; one of the last third",
            f"{data['first']:.2f} ms; {data['last third']:.2f} ms",
            "not above the first",
        ),
    ]
    return [
        f"CPython {known['python'].split()[0]}, {known['date']}, medians of {data['runs']}:",
        "",
        "| what | measured | aim |",
        "|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        "| step of a warm load | µs |",
        "|---|---|",
        *(f"| {step} | {time:.0f} |" for step, time in data["steps"].items()),
    ]


def main() -> None:
    """Prints two tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", metavar="FILE", help="write everything measured")
    options = parser.parse_args()
    data = measured()
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(data, file, indent=1)
            file.write("\n")
    print("\n".join(tables(data)))


if __name__ == "__main__":
    main()
