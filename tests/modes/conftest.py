"""Fixtures of the tests of modes: each test file has a C twin, loaded in the mode of its name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import hpybc


@pytest.fixture
def mode(request: pytest.FixtureRequest) -> str:
    """``debug`` for test_debug.py."""
    return request.path.stem.removeprefix("test_")


@pytest.fixture
def twin(request: pytest.FixtureRequest, compiled: Callable[..., Path]) -> Path:
    """The bitcode of the test file's twin."""
    return compiled(request.path.with_suffix(".c"))


@pytest.fixture
def module(engine: str, mode: str, twin: Path) -> ModuleType:
    """A new module of the twin, on each engine in turn."""
    return hpybc.load(twin, mode=mode)


@pytest.fixture
def run(engine: str, mode: str, twin: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """run(code): runs Python code in another process, where ``m`` is a module of the twin."""

    def run_in_child(code: str) -> subprocess.CompletedProcess[str]:
        load = f"import hpybc, hpybc.{mode}; m = hpybc.load({str(twin)!r}, mode={mode!r})\n"
        # The modes need the GIL, as free-threaded CPython remarks.
        quiet = "-Wignore:The global interpreter lock"
        command = [sys.executable, "-I", quiet, "-c", load + code]
        return subprocess.run(command, capture_output=True, text=True)

    return run_in_child
