"""``python -s benchmarks/compile_time.py``: what cold loads cost, and how that grows.

Each load is in a process of its own with an empty cache and is measured from the outside; see
``loads.py``. There is real code: the programs of the benchmarks, several modules in one file, and
packages of others. There is code that is large in one respect, in three sizes; see ``growth.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import growth
import loads
import programs
import report
from build import Unavailable
from hpybc import files
from hpybc.errors import HpybcError
from hpybc.jit.module import parsed
from hpybc.loader.extension import read
from hpybc.toolchain.clang import find
from hpybc.toolchain.compile import Options, compile_extension, stamped
from loads import Load, LoadFailedError

_HERE = os.path.dirname(os.path.abspath(__file__))
_PEER = os.path.join(_HERE, "peers", "hpy.c")
_PROGRAMS = {program.name: program.hpy for program in programs.discover()}

#: The sources of extensions of some 100, 300, 1000 and 3000 lines.
EXTENSIONS = (
    [_PROGRAMS["quickstart"]],
    [_PROGRAMS["csvparse"]],
    [_PROGRAMS[name] for name in ("csvparse", "point", "levenshtein", "wordcount")],
    [*_PROGRAMS.values(), _PEER],
)

#: The smallest of the three sizes of each kind of code, and others that have a target.
SIZES: Mapping[str, tuple[int, ...]] = {
    "formats": (300, 600, 1200, 1500),
    "named_formats": (75, 150, 300),
    "keywords": (75, 150, 300),
    "own_keywords": (75, 150, 300),
    "items": (50, 100, 200, 800),
    "constants": (500, 1000, 2000),
}

#: The packages of tests/packages that have a target.
PACKAGES = ("kiwisolver", "zstandard", "Levenshtein", "ujson")

#: Fifteen lines for pybind11.
_PYBIND11 = """\
#include <pybind11/pybind11.h>
#include <string>

struct Counter {
    long value;
    explicit Counter(long start) : value(start) {}
    long add(long n) { return value += n; }
};

PYBIND11_MODULE(small, m) {
    m.def("greet", [](const std::string &name) { return "Hello, " + name; });
    pybind11::class_<Counter>(m, "Counter")
        .def(pybind11::init<long>())
        .def("add", &Counter::add);
}
"""

#: The most seconds of processor time that each may take: by its name.
TARGETS: Mapping[str, float] = {
    "123 lines": 0.20,
    "1029 lines": 0.40,
    "formats 300": 0.8,
    "formats 1500": 4.0,
    "keywords 300": 4.0,
    "items 50": 0.5,
    "items 200": 1.0,
    "items 800": 3.0,
    "constants 2000": 0.8,
    "pybind11": 2.0,
    "kiwisolver": 2.0,
    "zstandard": 4.5,
    "Levenshtein": 2.5,
    "ujson": 1.8,
}


@dataclass(frozen=True)
class Case:
    """Something to load.

    Attributes:
        name: its label; ``kind n`` for what is of that kind and size.
        command: makes what is loaded in a folder, and returns the command that loads it.
    """

    name: str
    command: Callable[[str], Sequence[str]]


def make(sources: Sequence[str], path: str) -> None:
    """Compiles modules into the bitcode file ``path``: the first of them, with all others in it."""
    parts, kept = [], []
    for source in reversed(sources):
        name = compile_extension([source], path)["module"]
        with parsed(read(path).payload) as module:
            module.internalize([f"HPyInit_{name}", f"PyInit_{name}"])  # several have a Point
            parts.append(module.bitcode)
        kept.append(f"ptr @HPyInit_{name}")
    used = f"@llvm.used = appending global [{len(kept)} x ptr] [{', '.join(kept)}]"
    declared = "".join(f"declare {entry}()\n" for entry in kept)
    with parsed(parts.pop()) as module:
        module.link_all(parts)
        module.add(f'{declared}{used}, section "llvm.metadata"')
        data, _ = stamped(module, find(), {"module": name, "entry": f"PyInit_{name}"})
    files.replace(path, data)


def cases(packages: Path | None) -> list[Case]:
    """Everything that is measured, the quick ones first.

    Args:
        packages: the folder of ``nox -s packages``; None for what is built for this.
    """
    real = [_real(sources) for sources in EXTENSIONS]
    grown = [_grown(kind, n) for kind, sizes in SIZES.items() for n in sizes]
    theirs = [Case(name, partial(_package, name, packages)) for name in PACKAGES]
    return [*real, Case("pybind11", _pybind11), *grown, *theirs]


def _loads(path: str) -> list[str]:
    return [sys.executable, "-I", "-c", loads.LOAD, path]


def _real(sources: Sequence[str]) -> Case:
    lines = sum(Path(source).read_text(encoding="utf-8").count("\n") for source in sources)

    def command(folder: str) -> list[str]:
        path = os.path.join(folder, "extension.bc")
        make(sources, path)
        return _loads(path)

    return Case(f"{lines} lines", command)


def _compiled(folder: str, file: str, text: str, options: Options) -> list[str]:
    source = os.path.join(folder, file)
    Path(source).write_text(text, encoding="utf-8")
    path = os.path.join(folder, "extension.bc")
    compile_extension([source], path, options)
    return _loads(path)


def _grown(kind: str, n: int) -> Case:
    text = growth.CASES[kind](n)
    return Case(f"{kind} {n}", lambda folder: _compiled(folder, "growth.c", text, Options()))


def _pybind11(folder: str) -> list[str]:
    try:
        import pybind11
    except ImportError as error:
        raise Unavailable(f"pybind11 is not installed: {error}") from error
    flags = (f"-I{pybind11.get_include()}", "-std=c++17", "-fvisibility=hidden")
    return _compiled(folder, "small.cpp", _PYBIND11, Options(extra=flags))


def _package(name: str, built: Path | None, folder: str) -> list[str]:
    """The import of a package, which is built in ``folder`` unless ``built`` has it."""
    sys.path.append(os.path.join(os.path.dirname(_HERE), "tests"))
    from packages.pins import PACKAGES as pins
    from packages.run import Judge, PackageError

    (package,) = (package for package in pins if package.name == name)
    judge = Judge(package, (built or Path(folder)) / name)
    if not os.path.exists(judge.python("bc")):
        try:
            judge.build()
        except PackageError as error:
            raise Unavailable(str(error)) from error
    return [judge.python("bc"), "-I", "-c", f"import {', '.join(package.modules)}"]


def measure(chosen: Sequence[Case], number: int) -> dict[str, Load | str]:
    """Medians of ``number`` loads of each of ``chosen``, or why there are none, by name."""
    found: dict[str, Load | str] = {}
    for case in chosen:
        print(f"{case.name} ...", end=" ", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="hpybc-") as folder:
            try:
                found[case.name] = loads.repeated(case.command(folder), number)
            except (Unavailable, LoadFailedError, HpybcError) as error:
                found[case.name] = str(error)
        print(_line(found[case.name]), file=sys.stderr, flush=True)
    return found


def _line(result: Load | str) -> str:
    if isinstance(result, str):
        return result.splitlines()[0]
    return f"{result.processor:.2f} s, {result.wall:.2f} s by the clock, {result.peak:.0f} MB"


def factors(found: Mapping[str, Load], kind: str) -> list[float]:
    """By how much the processor time of a kind grows each time that its size doubles.

    What a load costs in any case, that of the shortest extension, is not part of it: 2 is linear.
    """
    floor = min((load.processor for load in found.values()), default=0.0)
    sizes = SIZES[kind][:3]
    times = [found[f"{kind} {n}"].processor - floor for n in sizes if f"{kind} {n}" in found]
    return [after / before for before, after in pairwise(times) if before > 0]


def as_json(
    found: Mapping[str, Load | str], number: int, environment: Mapping[str, str]
) -> dict[str, Any]:
    """What was measured, and on what."""
    good = {name: load for name, load in found.items() if isinstance(load, Load)}
    return {
        "environment": dict(environment),
        "loads": number,
        "loaded": {name: asdict(load) for name, load in good.items()},
        "missing": {name: why for name, why in found.items() if isinstance(why, str)},
    }


def tables(data: Mapping[str, Any]) -> list[str]:
    """What ``as_json`` made, as Markdown."""
    found = {name: Load(**fields) for name, fields in data["loaded"].items()}
    lines = ["| | processor, s | wall, s | peak, MB | target, s | |", "|---|---|---|---|---|---|"]
    for name, one in found.items():
        target = TARGETS.get(name)
        limit = "" if target is None else f"{target:.1f}"
        verdict = "" if target is None else "met" if one.processor <= target else "NOT MET"
        times = f"{one.processor:.2f} | {one.wall:.2f} | {one.peak:.0f}"
        lines.append(f"| {name} | {times} | {limit} | {verdict} |")
    grown = {kind: factors(found, kind) for kind in SIZES}
    if any(grown.values()):
        lines += ["", "| growth | sizes | factors |", "|---|---|---|"]
    for kind, steps in grown.items():
        if steps:
            sizes = ", ".join(map(str, SIZES[kind][: len(steps) + 1]))
            lines.append(f"| {kind} | {sizes} | {', '.join(f'{step:.1f}' for step in steps)} |")
    return lines


def main() -> None:
    """Measures and prints tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--loads", type=int, default=5, metavar="N", help="medians of N (5)")
    parser.add_argument("--only", action="append", metavar="NAME", help="cases that begin so")
    parser.add_argument(
        "--packages", type=Path, metavar="DIR", help="what nox -s packages has built there"
    )
    parser.add_argument("--json", metavar="FILE", help="write everything measured")
    options = parser.parse_args()
    names = tuple(options.only or [""])
    chosen = [case for case in cases(options.packages) if case.name.startswith(names)]
    environment = report.environment()
    found: dict[str, Load | str] = {}
    data = as_json(found, options.loads, environment)
    for case in chosen:
        found |= measure([case], options.loads)
        data = as_json(found, options.loads, environment)
        if options.json:  # each time: the next may take minutes
            with open(options.json, "w", encoding="utf-8") as file:
                json.dump(data, file, indent=1)
                file.write("\n")
    print("\n".join(tables(data)))
    for name, why in data["missing"].items():
        print(f"- without {name}: {why}")


if __name__ == "__main__":
    main()
