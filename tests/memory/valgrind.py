"""Tests under valgrind: ``python valgrind.py [--expect KIND]... FOLDER PYTEST_ARGUMENT...``.

Runs them twice, see ``memcheck``, and prints what valgrind reports, see ``report``. FOLDER is made
anew. Exits with 1 unless the errors in our code are those to expect, none by default.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def main() -> int:
    """The command; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--expect", action="append", default=[], metavar="KIND")
    parser.add_argument("folder")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    os.mkdir(options.folder, mode=0o700)
    report = os.path.join(options.folder, "report.xml")
    path = os.pathsep.join((HERE, os.path.dirname(HERE)))
    environment = {**os.environ, "PYTHONPATH": path, "MEMCHECK": options.folder}
    pytest = (sys.executable, "-m", "pytest", "-v", "-p", "memcheck", "--numprocesses=0", "--long",
              "--engine=shared", "--hypothesis-profile=few", *options.arguments)  # fmt: skip
    valgrind = ("valgrind", "--error-limit=no", "--num-callers=40",
                "--child-silent-after-fork=yes", "--leak-check=full", "--show-leak-kinds=definite",
                "--xml=yes", f"--xml-file={report}",
                f"--suppressions={os.path.join(HERE, 'python.supp')}")  # fmt: skip
    try:
        subprocess.run(pytest, env=environment, check=True)
        environment["PYTHONMALLOC"] = "malloc"
        subprocess.run((*valgrind, *pytest), env=environment, check=True)
    except subprocess.CalledProcessError as error:
        return error.returncode
    judge = (sys.executable, os.path.join(HERE, "report.py"), options.folder, report)
    return subprocess.run((*judge, *options.expect)).returncode


if __name__ == "__main__":
    sys.exit(main())
