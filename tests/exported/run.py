"""The examples' own tests, of exported binaries: ``python run.py FOLDER [PYTEST_ARGUMENT...]``.

The binaries go into FOLDER. ``--python`` names another interpreter that runs the tests, without
hpybc.
"""

from __future__ import annotations

import argparse
import glob
import os
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EXAMPLES = os.path.join(os.path.dirname(TESTS), "examples")


def main() -> int:
    """The command; returns the exit status of the tests."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("folder")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    late = os.path.join(TESTS, "exported", "late")
    for source in (*glob.glob(os.path.join(EXAMPLES, "*.c")), f"{late}.c"):
        _export(source, options.folder)
    # Without conftest.py, which needs hpybc; test_out_of_memory loads bitcode in another process.
    pytest = ("-m", "pytest", "-p", "exported.plugin", "--noconftest", "-q", "-k",
              "not out_of_memory", *(options.arguments or [os.path.join(TESTS, "examples")]),
              f"{late}.py")  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": TESTS, "EXPORTED": options.folder}
    return subprocess.run((options.python, *pytest), env=environment).returncode


def _export(source: str, folder: str) -> None:
    """Makes the binary of ``source``, unless it is there."""
    name = os.path.join(folder, os.path.splitext(os.path.basename(source))[0])
    binary = f"{name}.hpy0.so"
    if not os.path.exists(binary):
        hpybc = (sys.executable, "-m", "hpybc")
        subprocess.run((*hpybc, "compile", source, "-o", f"{name}.bc"), check=True)
        export = ("export", f"{name}.bc", "--abi", "universal", "-o", binary)
        subprocess.run((*hpybc, *export), check=True)


if __name__ == "__main__":
    sys.exit(main())
