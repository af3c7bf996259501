"""Audit hooks (PEP 578), as sandboxes in Python have them, and hpybc gone: one clear error each."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hpybc
from reliability.loading import COMMON, said, start

#: Loads a file while a hook refuses an operation, and says what comes of it.
REFUSED = f"""{COMMON}
path, refused, error = arguments
hpybc.load  # what is imported by now is not refused
error = {{
    "RuntimeError": RuntimeError("forbidden"),
    "PermissionError": PermissionError(1, "forbidden"),
    "Exception": Exception("forbidden"),
}}[error]

def hook(event, details):
    if event == refused:
        raise error

sys.addaudithook(hook)
try:
    say("answer", hpybc.load(path).answer(), "")
except hpybc.LoadError as error:
    say(type(error).__name__, error.path, error.found)
"""

#: An operation, and whether a load can do without; otherwise what an error names it by.
OPERATIONS = {
    "ctypes.dlopen": "ctypes",
    "subprocess.Popen": "",
    "fcntl.flock": "fcntl.flock(",
    "os.mkdir": "",
    "os.rename": "os.replace(",
    "tempfile.mkdtemp": "",
}


@pytest.mark.parametrize("error", ["RuntimeError", "PermissionError", "Exception"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_refused_operation(operation: str, error: str, file: Path, cache: Path) -> None:
    """It does without, or an error of hpybc's says what was refused and the hook's words."""
    ((kind, where, found),) = said(start(REFUSED, [str(file), operation, error], cache))
    if kind == "answer":
        assert where == 42
        return
    assert kind in ("RefusedError", "LinkError", "BuildProcessError")
    assert where == str(file)
    assert "forbidden" in found
    if kind == "RefusedError":
        assert OPERATIONS[operation] in found


#: A handler of a signal raises what it likes, and that is for the program.
HANDLER = f"""{COMMON}
path, event = arguments

class Timeout(Exception):
    pass

def handler(number, frame):
    raise Timeout("time is up")

signal.signal(signal.SIGALRM, handler)
sys.addaudithook(lambda name, _: name == event and signal.raise_signal(signal.SIGALRM))
try:
    hpybc.load(path)
except Timeout as error:
    say(str(error), error.__cause__ is None)
"""


def test_what_a_handler_raises_is_the_programs(file: Path, cache: Path) -> None:
    ((text, alone),) = said(start(HANDLER, [str(file), "fcntl.flock"], cache))
    assert (text, alone) == ("time is up", True)


def test_hpybc_removed(file: Path, cache: Path, tmp_path: Path) -> None:
    """Under a process that has imported it."""
    own = Path(hpybc.__file__).parent
    shutil.copytree(own, tmp_path / "hpybc", ignore=shutil.ignore_patterns("contexts"))
    (tmp_path / "hpybc" / "contexts").symlink_to(own / "contexts")
    code = f"""
import shutil, sys
sys.path.insert(0, {str(tmp_path)!r})
import hpybc
shutil.rmtree({str(tmp_path / "hpybc")!r})
try:
    hpybc.load({str(file)!r})
except hpybc.LoadError as error:
    print(type(error).__name__, error.remedy)
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code],
        env={"HPYBC_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "InstallationError restart the process\n"
