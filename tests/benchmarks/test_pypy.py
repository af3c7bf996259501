"""The benchmarks of PyPy: that what is missed is said, and that what is measured is warm."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import measure
import pypy
from cases import Case, Statement
from pypy import BOXED, CPYEXT, OWN_HPY, Report
from variants import Variant


def report(**times: float) -> str:
    calls = {name: {BOXED: 10.0, CPYEXT: 100.0, OWN_HPY: 40.0} for name in ("one", "other")}
    for name in pypy.LIMITS:
        calls[name] = {BOXED: times.get(name.split()[0], 20.0), CPYEXT: 200.0}
    loads = {"warm": 0.030, "cpyext": 0.010, "cold": times.get("cold", 1.0)}
    return " ".join(pypy.markdown(Report("1.2.3", calls, {}, loads)).split())


def test_what_is_met() -> None:
    text = report()
    assert "NOT MET" not in text
    assert "call rows, hpybc / cpyext: geometric mean 0.10" in text
    assert "| one | 10 | 100 | 40 | 0.10 | 0.25 |" in text


def test_what_is_missed() -> None:
    assert "- two ints: 21 ns, at most 20: NOT MET" in report(two=21.0)
    assert "no row above 1.2 of cpyext: NOT MET: sum a list of 1000 floats 2.00" in report(
        sum=400.0
    )
    assert "a cold load 1.60 s: NOT MET" in report(cold=1.6)
    text = report(two=8000.0, sum=900.0, construct=50.0)
    assert "geometric mean 0.85 (0.33 without 'two ints'), at most 0.35: NOT MET" in text


def test_the_row_that_is_farthest_from_the_mean() -> None:
    assert pypy.outlier({"a": 1.0, "b": 1.1, "c": 0.2, "d": 3.0}) == "c"
    assert pypy.mean([0.5, 2.0]) == pytest.approx(1.0)


def test_statements_are_warm_when_they_are_measured(tmp_path: Path) -> None:
    path = tmp_path / "cold.py"
    path.write_text(
        "import time\ncalls = 0\n"
        "def wait():\n"
        "    global calls\n"
        "    calls += 1\n"
        "    end = time.process_time() + (0.02 if calls < 6 else 0.0001)\n"
        "    while time.process_time() < end: pass\n"
    )
    case = Case("wait", Statement("m.wait()"), number=1, loop=False)
    variant = Variant("file", "cold", str(path), python=sys.executable)
    measured = measure.measure([case], {"it": variant}, 3, 1, warm_up=0.1)
    assert max(sample["it"] for sample in measured.samples["wait"]) < 1e7
