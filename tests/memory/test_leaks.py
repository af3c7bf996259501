"""The plugin that ``nox -s leaks`` runs the API tests with sees each kind of leak."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

#: What it says of each test of faulty.py that leaks.
REPORTS = {
    "test_keep_input": r"references of <object .*> by \+100$",
    "test_keep_example": r"references of \[0\] by \+100$",
    "test_close_input": r"references of <object .*> by -100$",
    # The list holds None, which is immortal from 3.12 on.
    "test_keep_new_object": r"blocks of memory by \+20\d, objects of the collector by \+10\d"
    r"(, references of None by \+10\d)?$",
}
SOUND = ("test_sound", "test_lose_block", "test_read_after_free", "test_read_uninitialised")


@pytest.mark.long
def test_each_leak_is_reported() -> None:
    pytest = str(Path(sys.executable).with_name("pytest"))
    options = ("-n0", "-p", "leaks", "--hypothesis-profile=few", "--engine=shared", "-rA")
    done = subprocess.run(
        [pytest, *options, str(HERE / "faulty.py")],
        env={**os.environ, "PYTHONPATH": f"{HERE}:{HERE.parent}", "COLUMNS": "1000"},
        capture_output=True,
        text=True,
    )
    for name, report in REPORTS.items():
        (line,) = re.findall(rf"^FAILED .*::{name}\[shared\] - (.*)$", done.stdout, re.M)
        assert re.search(rf"^Failed: 100 calls change, every time: {report}", line), line
    passed = re.findall(r"^PASSED .*::(\w+)\[", done.stdout, re.M)
    assert sorted(passed) == sorted(SOUND), done.stdout
