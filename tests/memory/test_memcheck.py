"""The plugin that ``nox -s memcheck`` runs the API tests with, without valgrind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.long
def test_what_valgrind_watches_is_compiled_beforehand(tmp_path: Path) -> None:
    """The folder then holds the bitcode, the contexts and the image."""
    tmp_path.chmod(0o700)
    pytest = str(Path(sys.executable).with_name("pytest"))
    options = ("-n0", "-p", "memcheck", "--hypothesis-profile=few", "--engine=shared", "-ksound")
    done = subprocess.run(
        [pytest, *options, str(HERE / "faulty.py")],
        env={**os.environ, "PYTHONPATH": f"{HERE}:{HERE.parent}", "MEMCHECK": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert len(list(tmp_path.glob("*.bc"))) == len(list(tmp_path.glob("cache/*"))) == 1
    assert list(tmp_path.glob("contexts/*.bc"))
