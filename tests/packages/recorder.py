"""A pytest plugin that leaves what became of each test, and where extension modules came from.

Load it with ``-p packages.recorder``; ``run.py`` does, for the tests of a package.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

_outcomes: dict[str, str] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", required=True, metavar="FILE", help="JSON")
    parser.addoption("--modules", default="", metavar="A,B", help="extension modules to look at")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if not report.passed:
        _outcomes[report.nodeid] = report.outcome


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A test failed if any part of it did, its teardown or a subtest; xfail counts as skipped."""
    if report.failed:
        _outcomes[report.nodeid] = "failed"
    elif report.skipped:
        _outcomes.setdefault(report.nodeid, "skipped")
    elif report.when == "call":
        _outcomes.setdefault(report.nodeid, "passed")


def pytest_sessionfinish(session: pytest.Session) -> None:
    record = Path(session.config.getoption("--record"))
    names = session.config.getoption("--modules").split(",")
    origins = {name: origin(name) for name in names if name}
    record.write_text(json.dumps({"outcomes": _outcomes, "origins": origins}), encoding="utf-8")


def origin(name: str) -> str:
    """The loader and the file of an imported module, ``BitcodeLoader ext.bc``."""
    module = sys.modules.get(name)
    if module is None:
        return "not imported"
    spec = module.__spec__
    return f"{type(spec.loader).__name__} {spec.origin}" if spec else "no spec"
