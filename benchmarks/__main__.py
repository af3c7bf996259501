"""``python -I benchmarks``: measures hpybc against the other ways to write an extension."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile

import count
import measure
import microbench
import peers
import programs
import report
import results
import worker
from rows import ROWS
from variants import Variant


def main() -> int:
    """Builds, checks, measures and reports; returns the exit status."""
    options = _parser().parse_args()
    groups = options.only or [results.CALLS, results.PROGRAMS, results.MICROBENCH]
    rounds, processes = (5, 1) if options.quick else (31, 5)
    with tempfile.TemporaryDirectory(prefix="hpybc-bench-") as folder:
        os.environ.setdefault("HPYBC_CACHE_DIR", folder)
        return _run(options, groups, rounds, processes, folder)


def _run(
    options: argparse.Namespace, groups: list[str], rounds: int, processes: int, folder: str
) -> int:
    rows: list[results.Row] = []
    taken: list[measure.Measurement] = []
    chosen = [*peers.REFERENCE, peers.INLINED, *options.peers] if options.peers else peers.PEERS
    built, unavailable = peers.build_all(folder, dict.fromkeys(chosen))
    if results.CALLS in groups:
        if not _agree(built):
            return 1
        measured = measure.measure(ROWS, built, rounds, processes, peers.REFERENCE)
        counts = {}
        if options.count:
            counts = count.count(ROWS, {n: built[n] for n in (*peers.REFERENCE, peers.INLINED)})
        rows += results.rows(results.CALLS, ROWS, measured, counts)
        taken.append(measured)
    if results.PROGRAMS in groups:
        for program in programs.discover():
            sources = ((program.capi, program.name), (program.hpy, program.name))
            found = peers.twins(*sources, os.path.join(folder, program.name))
            measured = measure.measure([program.case], found, rounds, processes)
            rows += results.rows(results.PROGRAMS, [program.case], measured)
            taken.append(measured)
    same: list[str] = []
    if results.MICROBENCH in groups and options.microbench:
        theirs = os.path.abspath(options.microbench)
        cases = microbench.cases(theirs)
        same = microbench.same_convention(case.name for case in cases)
        found = microbench.variants(theirs, os.path.join(folder, "microbench"))
        measured = measure.measure(cases, found, 5 if options.quick else 9, processes)
        rows += results.rows(results.MICROBENCH, cases, measured)
        taken.append(measured)
    targets = results.targets(rows, same)
    deaths = {key: why for measured in taken for key, why in measured.deaths.items()}
    report.show(rows, targets, unavailable, deaths)
    if options.json:
        data = report.as_json(rows, targets, built, unavailable, deaths)
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(data, file, indent=1)
    if options.svg:
        report.write_chart(options.svg, rows)
    return 0


def _agree(built: dict[str, Variant]) -> bool:
    """Whether all peers compute the same, apart from what is known; prints where they do not."""
    agreed = True
    for label, check, problem in measure.disagreements(ROWS, built, peers.MODEL):
        reason = peers.difference(label, check)
        agreed = agreed and reason is not None
        print(f"{label}: {check} gives {problem}: {reason or 'this must not be'}")
    return agreed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -I benchmarks", description=__doc__)
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
    parser.add_argument("--svg", metavar="FILE", help="write a chart")
    return parser


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker.main(sys.argv[2])
    elif sys.argv[1:2] == ["--count"] and len(sys.argv) == 4:
        count.main(*sys.argv[2:])
    else:
        sys.exit(main())
