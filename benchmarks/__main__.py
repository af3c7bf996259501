"""``python -s benchmarks``: measures hpybc against the other ways to write an extension."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Mapping, Sequence

import build
import chart
import count
import measure
import microbench
import peers
import programs
import report
import results
from results import Row
from rows import ROWS
from variants import Variant

#: Why a variant has no time in a case, by the names of both.
Deaths = dict[tuple[str, str], str]


def main() -> int:
    """Builds, checks, measures and reports; returns the exit status."""
    options = _parser().parse_args()
    groups = options.only or [results.CALLS, results.PROGRAMS, results.MICROBENCH]
    with tempfile.TemporaryDirectory(prefix="hpybc-bench-") as folder:
        os.environ.setdefault("HPYBC_CACHE_DIR", folder)
        chosen = [*peers.REFERENCE, peers.INLINED, *options.peers] if options.peers else peers.PEERS
        built, unavailable = peers.build_all(folder, dict.fromkeys(chosen))
        rows: list[Row] = []
        deaths: Deaths = {}
        same: list[str] = []
        try:
            if results.CALLS in groups:
                rows += _calls(options, built, deaths)
            if results.PROGRAMS in groups:
                rows += _programs(options, folder, deaths)
            if results.MICROBENCH in groups and options.microbench:
                found = _microbench(options, folder, deaths)
                same = microbench.same_convention(row.name for row in found)
                rows += found
        except (build.Unavailable, measure.WorkerError, WrongResultError) as error:
            print(f"benchmarks: error: {error}", file=sys.stderr)
            return 1
    _report(options, rows, results.targets(rows, same), built, unavailable, deaths)
    return 0


class WrongResultError(Exception):
    """A variant does not compute what it should."""


def _extent(options: argparse.Namespace) -> tuple[int, int]:
    """Rounds in each process, and processes."""
    return (9, 1) if options.quick else (31, 5)


def _calls(options: argparse.Namespace, built: Mapping[str, Variant], deaths: Deaths) -> list[Row]:
    _require_agreement(built)
    measured = measure.measure(ROWS, built, *_extent(options), peers.REFERENCE)
    deaths |= measured.deaths
    counted = [label for label in (*peers.REFERENCE, peers.INLINED) if label in built]
    counts = count.count(ROWS, {label: built[label] for label in counted}) if options.count else {}
    return results.rows(results.CALLS, ROWS, measured, counts)


def _programs(options: argparse.Namespace, folder: str, deaths: Deaths) -> list[Row]:
    rows: list[Row] = []
    for program in programs.discover():
        sources = ((program.capi, program.name), (program.hpy, program.name))
        found = peers.twins(*sources, os.path.join(folder, program.name))
        for label, variant in found.items():
            with measure.Worker(label, variant) as worker:
                if (outcomes := worker.outcomes(program.case)) != ["None"]:
                    raise WrongResultError(f"{label}: check of {program.name}: {outcomes}")
        measured = measure.measure([program.case], found, *_extent(options))
        deaths |= measured.deaths
        rows += results.rows(results.PROGRAMS, [program.case], measured)
    return rows


def _microbench(options: argparse.Namespace, folder: str, deaths: Deaths) -> list[Row]:
    theirs = os.path.abspath(options.microbench)
    cases = microbench.cases(theirs)
    found = microbench.variants(theirs, os.path.join(folder, "microbench"))
    rounds, processes = _extent(options)
    measured = measure.measure(cases, found, min(rounds, 9), processes)  # they repeat enough
    deaths |= measured.deaths
    return results.rows(results.MICROBENCH, cases, measured)


def _report(
    options: argparse.Namespace,
    rows: Sequence[Row],
    targets: Sequence[results.Target],
    built: Mapping[str, Variant],
    unavailable: Mapping[str, str],
    deaths: Deaths,
) -> None:
    environment = report.environment()
    print(report.markdown(rows, targets, environment, unavailable, deaths))
    data = report.as_json(rows, targets, environment, built, unavailable, deaths)
    if options.compare:
        with open(options.compare, encoding="utf-8") as file:
            before = json.load(file)
        data["before"] = report.ratios(before)
        print("", "## Movement", "", report.movement(before, data), sep="\n")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(data, file, indent=1)
    if options.svg:
        chart.write(options.svg, rows, platform.python_version())


def _require_agreement(built: Mapping[str, Variant]) -> None:
    """Raises WrongResultError unless all peers compute the same, apart from what is known."""
    wrong = []
    for label, check, problem in measure.disagreements(ROWS, built, peers.MODEL):
        reason = peers.difference(label, check)
        if reason is None:
            wrong.append(f"{label}: {check} gives {problem}")
        else:
            print(f"- {label}: {check} gives {problem}: {reason}")
    if wrong:
        raise WrongResultError("\n".join(wrong))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -s benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds: figures are rough")
    parser.add_argument(
        "--only",
        action="append",
        metavar="GROUP",
        choices=[results.CALLS, results.PROGRAMS, results.MICROBENCH],
    )
    parser.add_argument(
        "--peer",
        dest="peers",
        action="append",
        choices=list(peers.PEERS),
        metavar="LABEL",
        help="measure only this one, hpybc and the hand-tuned C API",
    )
    parser.add_argument(
        "--microbench", metavar="DIR", help="the folder of that name in HPy's sources"
    )
    parser.add_argument(
        "--count", action="store_true", help="count instructions too; needs valgrind"
    )
    parser.add_argument("--json", metavar="FILE", help="write everything measured")
    parser.add_argument("--compare", metavar="FILE", help="show what moved since that --json")
    parser.add_argument("--svg", metavar="FILE", help="write a chart")
    return parser


if __name__ == "__main__":
    if sys.argv[1:2] == ["--count"] and len(sys.argv) == 3:
        count.main(sys.argv[2])
    else:
        sys.exit(main())
