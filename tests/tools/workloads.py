"""The programs of the benchmarks, for the tests that compile and run them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

PROGRAMS = Path(__file__).parents[2] / "benchmarks" / "programs"
NAMES = sorted(path.parent.name for path in PROGRAMS.glob("*/workload.py"))


def workload_of(name: str) -> ModuleType:
    """What a program is to do, and how to see that it was done."""
    return loaded(f"workload_{name}", PROGRAMS / name / "workload.py")


def source_of(name: str, version: str = "hpy") -> Path:
    """The program in C for HPy, or for the C API if ``version`` is "capi"."""
    source = getattr(workload_of(name), "SOURCE", "hpy.c") if version == "hpy" else "capi.c"
    return (PROGRAMS / name / source).resolve()


def loaded(name: str, path: Path) -> ModuleType:
    """The module of a file, under a name of its own."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
