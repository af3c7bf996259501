"""``python -s benchmarks/pypy.py PYPY...``: what calls and loads cost on PyPy, in one run.

CPython compiles, and each of the interpreters is measured: hpybc beside the C API that PyPy
emulates (cpyext), the HPy that PyPy 7.3 has itself, cffi that calls plain C, and pure Python. An
interpreter needs hpybc's own requirements, ziglang among them.

Processor time, of many rounds the least: PyPy's compiler and collector run in some of them.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import build
import measure
import peers
import programs
from cases import Case
from hpybc.cli import main as hpybc
from hpybc.toolchain.compile import Options, compile_extension
from report import environment
from rows import ROWS
from variants import Variant

BOXED, CPYEXT, OWN_HPY, CFFI, PURE = "hpybc", "cpyext", "PyPy's HPy", "cffi", "pure Python"
LABELS = (BOXED, CPYEXT, OWN_HPY, CFFI, PURE)

_REPOSITORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

#: Seconds that each statement runs before it is measured.
_WARM_UP = 0.3

#: The most that these rows may take, in nanoseconds.
LIMITS = {
    "two ints": 20.0,
    "sum a list of 1000 floats": 1000.0,
    "construct and free": 60.0,
}

#: The most that hpybc's geometric mean may be of another's, and that a row may be of cpyext's.
MOST_OF_CPYEXT, MOST_OF_OWN_HPY, MOST_OF_A_ROW = 0.35, 0.6, 1.2

#: The most that a warm load may take beyond an import through cpyext, and a cold one: seconds.
MOST_WARM, MOST_COLD = 0.025, 1.5


@dataclass
class Report:
    """What one interpreter takes.

    Attributes:
        version: PyPy's.
        calls: nanoseconds of each call row, by names of row and peer.
        programs: the same of the programs.
        loads: processor seconds of a process that loads quickstart, less those of an empty one.
        differs: where a result is another than in pure Python.
        unavailable: why a peer or a program is not there.
    """

    version: str
    calls: dict[str, dict[str, float]] = field(default_factory=dict)
    programs: dict[str, dict[str, float]] = field(default_factory=dict)
    loads: dict[str, float] = field(default_factory=dict)
    differs: list[str] = field(default_factory=list)
    unavailable: dict[str, str] = field(default_factory=dict)


def main() -> int:
    """Builds, measures and prints; returns the exit status."""
    options = _parser().parse_args()
    os.environ.update(PYTHONPATH=_REPOSITORY)
    os.environ.pop("HPYBC_CONTEXT", None)
    reports: list[Report] = []
    with tempfile.TemporaryDirectory(prefix="hpybc-pypy-") as folder:
        os.environ["HPYBC_CACHE_DIR"] = os.path.join(folder, "cache")
        for python in options.pythons:
            own = os.path.join(folder, str(len(reports)))
            os.makedirs(own)
            reports.append(_report(python, own, options))
            print(markdown(reports[-1]), flush=True)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            data = [dataclasses.asdict(report) for report in reports]
            known = {**environment(), "rounds": "few" if options.quick else "many"}
            json.dump({"environment": known, "reports": data}, file, indent=1)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pythons", nargs="+", metavar="PYPY", help="an interpreter")
    parser.add_argument("--quick", action="store_true", help="few rounds: figures are rough")
    parser.add_argument("--json", metavar="FILE", help="write everything measured")
    return parser


# ---- Building ------------------------------------------------------------------------------------


def _ask(python: str, expression: str) -> str:
    command = [python, "-c", f"import sys, sysconfig; print({expression})"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _boxed(source: str, module: str, folder: str, python: str) -> Variant:
    return dataclasses.replace(build.bitcode(source, module, folder), python=python)


def _own_hpy(source: str, module: str, folder: str, python: str) -> Variant:
    try:
        _ask(python, "__import__('hpy.universal')")
    except subprocess.CalledProcessError:
        raise build.Unavailable("this PyPy has no HPy") from None
    bitcode = os.path.join(folder, f"{module}-own.bc")
    compile_extension([source], bitcode, Options(level="3"))
    path = os.path.join(folder, f"{module}.hpy0.so")
    with contextlib.redirect_stdout(sys.stderr):
        status = hpybc(["export", bitcode, "--abi", "universal", "--cpu", "native", "-o", path])
    if status != 0:
        raise build.Unavailable("hpybc export fails")
    return Variant("upstream", module, path, python=python)


def _cpyext(source: str, module: str, folder: str, python: str) -> Variant:
    include = _ask(python, "sysconfig.get_path('include')")
    path = os.path.join(folder, module + _ask(python, "sysconfig.get_config_var('EXT_SUFFIX')"))
    build.run([*build.gcc(source), f"-I{include}", source, "-o", path, "-lm"])
    return Variant("file", module, path, python=python)


def _cffi(folder: str, python: str) -> Variant:
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
    path = os.path.join(folder, peers.MODULE + ".py")
    shutil.copy(os.path.join(here, "cffi_calls.py"), path)
    library = os.path.join(folder, "plain.so")
    build.run([*build.gcc("x.c"), f"-I{here}", os.path.join(here, "plain.c"), "-o", library])
    header = os.path.join(here, "plain.h")
    with open(os.path.join(folder, "_plain.py"), "w", encoding="utf-8") as file:
        file.write(
            f"from cffi import FFI\nffi = FFI()\nffi.cdef(open({header!r}).read())\n"
            f"lib = ffi.dlopen({library!r})\n"
        )
    return Variant("file", peers.MODULE, path, python=python)


def _built(
    python: str, hpy: str, capi: str, module: str, folder: str, unavailable: dict[str, str]
) -> dict[str, Variant]:
    """hpybc, cpyext and PyPy's HPy, of two sources of the same module."""
    os.makedirs(folder)
    built = {BOXED: _boxed(hpy, module, folder, python)}
    attempts: dict[str, Callable[[], Variant]] = {
        CPYEXT: lambda: _cpyext(capi, module, folder, python),
        OWN_HPY: lambda: _own_hpy(hpy, module, folder, python),
    }
    for label, attempt in attempts.items():
        try:
            built[label] = attempt()
        except build.Unavailable as error:
            unavailable[f"{module}, {label}"] = str(error).partition("\n")[0]
    return built


# ---- Measuring -----------------------------------------------------------------------------------


def _report(python: str, folder: str, options: argparse.Namespace) -> Report:
    version = _ask(python, "'.'.join(map(str, sys.pypy_version_info[:3]))")
    report = Report(version)
    extent = (15, 1) if options.quick else (41, 3)
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
    hpy, capi = os.path.join(here, "hpy.c"), os.path.join(here, "capi_tuned.c")
    calls = os.path.join(folder, "calls")
    built = _built(python, hpy, capi, peers.MODULE, calls, report.unavailable)
    cffi = os.path.join(folder, "cffi")
    os.makedirs(cffi)
    built[CFFI] = _cffi(cffi, python)
    built[PURE] = dataclasses.replace(peers.MODEL, python=python)
    report.differs = [
        f"{label}: {check} gives {problem}"
        for label, check, problem in measure.disagreements(ROWS, built, built[PURE])
    ]
    report.calls = _least(ROWS, built, extent)
    for program in programs.discover():
        own = os.path.join(folder, "program-" + program.name)
        found = _built(
            python, program.hpy, program.capi, program.name, own, report.unavailable
        )  # fmt: skip
        _require_right(program.case, found, report.unavailable)
        report.programs |= _least([program.case], found, (extent[0] // 3, 1))
    report.loads = _loads(python, folder, 5 if options.quick else 15)
    return report


def _require_right(case: Case, built: dict[str, Variant], unavailable: dict[str, str]) -> None:
    """Takes out what does not compute what it should; raises WorkerError if that is hpybc."""
    for label, variant in list(built.items()):
        with measure.Worker(label, variant) as worker:
            try:
                outcomes = worker.outcomes(case)
            except measure.WorkerError as error:
                outcomes = [str(error).partition(" on {")[0]]
        if outcomes != ["None"]:
            if label == BOXED:
                raise measure.WorkerError(label, f"{case.name}: {outcomes}")
            unavailable[f"{case.name}, {label}"] = f"its check gives {outcomes[0]}"
            del built[label]


def _least(
    cases: Sequence[Case], built: Mapping[str, Variant], extent: tuple[int, int]
) -> dict[str, dict[str, float]]:
    """Nanoseconds by case and label. The loop around a statement is next to nothing on PyPy."""
    bare = [dataclasses.replace(case, empty=None, loop=False) for case in cases]
    measured = measure.measure(bare, built, *extent, warm_up=_WARM_UP)
    return {
        name: {label: min(s[label] for s in samples) for label in samples[0]}
        for name, samples in measured.samples.items()
    }


def _loads(python: str, folder: str, number: int) -> dict[str, float]:
    """Processor seconds: warm, cold, and an import through cpyext."""
    program = next(p for p in programs.discover() if p.name == "quickstart")
    own = os.path.join(folder, "loads")
    os.makedirs(own)
    path = _boxed(program.hpy, program.name, own, python).path
    native = _cpyext(program.capi, program.name, own, python)
    load = f"import hpybc; hpybc.load({path!r})"
    place = os.path.dirname(native.path)
    through_cpyext = f"import sys; sys.path.insert(0, {place!r}); import {program.name}"
    _seconds(python, load)
    rounds = [
        (_seconds(python, "pass"), _seconds(python, load), _seconds(python, through_cpyext))
        for _ in range(number)
    ]
    empty, warm, cpyext = map(min, zip(*rounds, strict=True))
    cold = []
    for i in range(3):
        env = {"HPYBC_CACHE_DIR": os.path.join(own, f"cold{i}")}
        cold.append(_seconds(python, load, env))
    return {
        "warm": warm - empty,
        "cpyext": cpyext - empty,
        "cold": min(cold) - empty,
    }


def _seconds(python: str, code: str, environment: Mapping[str, str] | None = None) -> float:
    """Processor seconds of a process and of those it starts."""
    process = subprocess.Popen([python, "-c", code], env={**os.environ, **(environment or {})})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise build.Unavailable(f"{python} -c {code!r}: status {process.returncode}")
    return usage.ru_utime + usage.ru_stime


# ---- Reporting -----------------------------------------------------------------------------------


def mean(ratios: Sequence[float]) -> float:
    """The geometric mean."""
    return statistics.geometric_mean(ratios)


def ratios(rows: Mapping[str, Mapping[str, float]], peer: str) -> dict[str, float]:
    """Of each row that both have: hpybc's time through the peer's."""
    return {
        name: cells[BOXED] / cells[peer]
        for name, cells in rows.items()
        if peer in cells and BOXED in cells
    }


def outlier(of_rows: Mapping[str, float]) -> str:
    """The row that is farthest from the mean."""
    import math

    middle = math.log(mean(list(of_rows.values())))
    return max(of_rows, key=lambda name: abs(math.log(of_rows[name]) - middle))


def _verdict(value: float, most: float) -> str:
    return "met" if value <= most else "NOT MET"


def markdown(report: Report) -> str:
    """The tables of one interpreter."""
    lines = [f"**PyPy {report.version}**", ""]
    for rows, unit, scale in ((report.calls, "ns", 1.0), (report.programs, "ms", 1e6)):
        lines += [*_table(rows, unit, scale), ""]
    lines += _means("call rows", report.calls, True) + _means("programs", report.programs, False)
    for name, limit in LIMITS.items():
        value = report.calls[name][BOXED]
        lines.append(f"- {name}: {value:.4g} ns, at most {limit:.4g}: {_verdict(value, limit)}")
    extra = report.loads["warm"] - report.loads["cpyext"]
    lines.append(
        f"- a warm load of quickstart takes {1000 * report.loads['warm']:.0f} ms, an import through"
        f" cpyext {1000 * report.loads['cpyext']:.0f} ms: {_verdict(extra, MOST_WARM)};"
        f" a cold load {report.loads['cold']:.2f} s: {_verdict(report.loads['cold'], MOST_COLD)}"
    )
    reasons: dict[str, list[str]] = {}
    for name, why in report.unavailable.items():
        reasons.setdefault(why, []).append(name)
    lines += [f"- not measured: {'; '.join(names)}: {why}" for why, names in reasons.items()]
    lines += [f"- differs from pure Python: {text}" for text in report.differs]
    return "\n".join([line for long in lines for line in _wrapped(long)] + [""])


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, 100, subsequent_indent="  ") if line.startswith("- ") else [line]


def tables(data: Mapping[str, Any]) -> list[str]:
    """The tables of all interpreters, from what ``--json`` wrote."""
    text = "\n".join(markdown(Report(**each)) for each in data["reports"])
    known = data["environment"]
    facts = [known.get("cpu_model_name", ""), f"{known.get('cpu_count')} processors", known["gcc"],
             f"hpybc {known['hpybc']}", known["date"], f"{known['rounds']} rounds"]  # fmt: skip
    return [*textwrap.wrap("; ".join(filter(None, facts)) + ".", 100), "", *text.splitlines()]


def _table(rows: Mapping[str, Mapping[str, float]], unit: str, scale: float) -> list[str]:
    labels = [label for label in LABELS if any(label in cells for cells in rows.values())]
    to = [label for label in (CPYEXT, OWN_HPY) if label in labels]
    head = [unit, *labels, *(f"hpybc / {label}" for label in to)]
    lines = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    for name, cells in rows.items():
        shown = [_figure(cells.get(label), scale) for label in labels]
        shown += [f"{cells[BOXED] / cells[label]:.2f}" if label in cells else "" for label in to]
        lines.append("| " + " | ".join([name, *shown]) + " |")
    return lines


def _figure(value: float | None, scale: float) -> str:
    if value is None:
        return ""
    value /= scale
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _means(what: str, rows: Mapping[str, Mapping[str, float]], has_targets: bool) -> list[str]:
    lines = []
    for peer, most in ((CPYEXT, MOST_OF_CPYEXT), (OWN_HPY, MOST_OF_OWN_HPY)):
        found = ratios(rows, peer)
        if len(found) < 3:
            continue
        far = outlier(found)
        without = mean([ratio for name, ratio in found.items() if name != far])
        verdict = f", at most {most}: {_verdict(mean(list(found.values())), most)}"
        lines.append(
            f"- {what}, hpybc / {peer}: geometric mean {mean(list(found.values())):.2f}"
            f" ({without:.2f} without {far!r}){verdict if has_targets else ''}"
        )
        slow = {name: ratio for name, ratio in found.items() if ratio > MOST_OF_A_ROW}
        if peer == CPYEXT and has_targets:
            named = ", ".join(f"{name} {ratio:.2f}" for name, ratio in slow.items())
            lines.append(f"- no row above {MOST_OF_A_ROW} of {peer}: "
                         + (f"NOT MET: {named}" if slow else "met"))  # fmt: skip
    return lines


if __name__ == "__main__":
    sys.exit(main())
