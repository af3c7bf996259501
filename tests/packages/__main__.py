"""Judges packages on the running interpreter: ``python -m packages [--quick] [NAME...]``.

``nox -s packages`` calls this. It prints one line for each package, and each test that passes
with the shared object alone: one such test, or a package without a result, is exit status 1.
With ``--record`` the results go to ``results`` and into the table of docs/packages.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from packages import report
from packages.pins import PACKAGES
from packages.run import PYTHON, Judge, PackageError, Result


def main() -> int:
    parser = argparse.ArgumentParser(prog="packages", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    parser.add_argument("--quick", action="store_true", help="the three that CI runs")
    parser.add_argument("--record", action="store_true", help="write docs/packages.md")
    parser.add_argument("--folder", type=Path, required=True, help="for all that is built")
    options = parser.parse_args()
    known = {package.name: package for package in PACKAGES}
    if unknown := set(options.names) - set(known):
        parser.error(f"not in pins.py: {', '.join(sorted(unknown))}")
    every = [package for package in PACKAGES if package.quick or not options.quick]
    chosen = [known[name] for name in options.names] or every
    failures = 0
    chosen = [package for package in chosen if PYTHON in package.pythons]
    for package in chosen:
        try:
            result = Judge(package, options.folder.resolve() / package.name).run()
        except PackageError as error:
            print(f"{package.name} on {PYTHON}: no result: {error}", flush=True)
            failures += 1
            continue
        print(_line(result), flush=True)
        failures += bool(result.only_so)
        if options.record:
            report.record(result, PYTHON)
            report.write()
    print(f"{len(chosen) - failures} packages passed, {failures} failed")
    return failures > 0


def _line(result: Result) -> str:
    bc, so = result.bc, result.so
    lines = [
        f"{result.package} on {PYTHON}: .bc {bc.passed} passed, {bc.failed} failed, "
        f"{bc.skipped} skipped; {result.against} {so.passed}, {so.failed}, {so.skipped}; "
        f"cold {result.cold:.1f} s, speed {result.speed:.2f}"
    ]
    lines += [f"  passes with the {result.against} alone: {test}" for test in result.only_so]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
