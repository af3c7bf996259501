"""The judge of tests/packages, and what docs/packages.md says of its runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from packages import report
from packages.pins import PACKAGES, Package
from packages.run import Counts, count, only_so

TESTS = Path(__file__).parent
RUNS = {path.stem: json.loads(path.read_text()) for path in report.RESULTS.glob("*.json")}


def test_recorder(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import unittest, pytest, _json\n"
        "@pytest.fixture\n"
        "def broken():\n    yield\n    raise OSError\n"
        "def test_good(): pass\n"
        "def test_bad(): assert False\n"
        "def test_teardown(broken): pass\n"
        "def test_setup(missing): pass\n"
        "def test_skipped(): pytest.skip('x')\n"
        "@pytest.mark.xfail\n"
        "def test_expected(): assert False\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_number(n): assert n == 2\n"
    )
    (tmp_path / "test_syntax.py").write_text("import nothing_of_that_name\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    record = tmp_path / "record.json"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "packages.recorder", "--record", record,
         "--modules", "_json,_not_there", "--continue-on-collection-errors"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(TESTS)}, capture_output=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    recorded = json.loads(record.read_text())
    name = "test_it.py::test_"
    assert recorded["outcomes"] == {
        "test_syntax.py": "failed",
        f"{name}good": "passed",
        f"{name}bad": "failed",
        f"{name}teardown": "failed",
        f"{name}setup": "failed",
        f"{name}skipped": "skipped",
        f"{name}expected": "skipped",
        f"{name}number[1]": "failed",
        f"{name}number[2]": "passed",
    }
    assert re.match(r"(ExtensionFileLoader|type) ", recorded["origins"]["_json"])  # or built in
    assert recorded["origins"]["_not_there"] == "not imported"
    assert count(recorded["outcomes"]) == Counts(passed=2, failed=5, skipped=2)


def test_tests_that_pass_with_the_shared_object_alone() -> None:
    so = {"a": "passed", "b": "passed", "c": "passed", "d": "failed", "e": "passed"}
    bc = {"a": "passed", "b": "failed", "c": "skipped", "d": "failed"}
    assert only_so(bc, so) == ["b", "c", "e"]
    assert only_so(so, bc) == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_pins(package: Package) -> None:
    hashes = [package.sdist, *package.wheels.values()] if package.version else []
    assert all(re.fullmatch(r"[0-9a-f]{64}", sha256) for sha256 in hashes)
    assert set(package.wheels) <= {"3.11", "3.13"}
    assert package.modules
    if not package.version:
        assert (TESTS / "packages" / "own" / package.name / "pyproject.toml").exists()


def test_three_are_quick() -> None:
    assert sum(package.quick for package in PACKAGES) == 3


def test_the_page_has_the_results() -> None:
    assert f"{report.BEGIN}{report.table()}{report.END}" in report.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("python", RUNS)
def test_no_test_passes_with_the_shared_object_alone(python: str) -> None:
    assert {name: run["only_so"] for name, run in RUNS[python].items() if run["only_so"]} == {}


def test_the_lines_of_the_page() -> None:
    lines = report.PAGE.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 100 and not line.startswith("|")] == []
