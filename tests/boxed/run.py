"""The tests of the API and of the examples with the boxed context.

    python run.py FOLDER [--python PYPY] [PYTEST_ARGUMENT...]

This interpreter compiles, into FOLDER, and has hpybc; another may run the tests. What it has not is
in ``differences``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

import hpybc

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

#: Files that say most in the time that CI has, where a JIT warms up for each.
SHARE = ("attribute", "bytes", "call", "format", "handle", "helpers", "import", "item", "iter",
         "list", "long", "member", "object", "shape", "slice", "slot", "tuple")  # fmt: skip


def main() -> int:
    """The command; returns the exit status of the tests."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--share", action="store_true", help="run a share of the tests of the API")
    parser.add_argument("folder")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    api = os.path.join(TESTS, "api")
    tools = [os.path.join(TESTS, "boxed", "test_import.py")]
    tools += [os.path.join(TESTS, "modes", "test_trace.py")]
    files = [api, os.path.join(TESTS, "examples"), *tools]
    if options.share:
        files = [*tools, *(os.path.join(api, f"test_{name}.py") for name in SHARE)]
        files += [
            os.path.join(TESTS, "examples", f"test_{name}.py") for name in ("point", "csvparse")
        ]
    # Without conftest.py, which needs llvmlite. The other is for the engines, which are CPython's.
    pytest = ("-m", "pytest", "-p", "boxed.plugin", "--noconftest", "-q", "-p", "no:cacheprovider",
              f"--ignore={os.path.join(api, 'test_cpp.py')}")  # fmt: skip
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([_package(options.folder), TESTS]),
        "HPYBC_COMPILER": os.path.join(os.path.dirname(sys.executable), "hpybc"),
        "HPYBC_TESTS_COMPILED": os.path.join(options.folder, "compiled"),
        "HPYBC_CACHE_DIR": os.path.join(options.folder, "cache"),
    }
    os.makedirs(environment["HPYBC_CACHE_DIR"], mode=0o700, exist_ok=True)
    command = [options.python, *pytest, *files, *options.arguments]
    return subprocess.run(command, env=environment).returncode


def _package(folder: str) -> str:
    """A folder with the hpybc of this interpreter alone, for another one to import."""
    place = os.path.join(folder, "package")
    os.makedirs(place, exist_ok=True)
    link = os.path.join(place, "hpybc")
    if not os.path.lexists(link):
        os.symlink(os.path.dirname(hpybc.__file__), link)
    return place


if __name__ == "__main__":
    sys.exit(main())
