"""The programs of the benchmarks: both versions of each do what a Python oracle says."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import hpybc
from hpybc.toolchain.compile import Options

PROGRAMS = Path(__file__).parent.parent.parent / "benchmarks" / "programs"
NAMES = sorted(path.parent.name for path in PROGRAMS.glob("*/workload.py"))
# As strict for the C of the benchmarks as for ours.
STRICT = Options(extra=("-std=c11", "-Wall", "-Wextra", "-Werror"))


def workload_of(name: str) -> ModuleType:
    path = PROGRAMS / name / "workload.py"
    spec = importlib.util.spec_from_file_location(f"workload_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("version", ["hpy", "capi"])
@pytest.mark.parametrize("name", NAMES)
def test_program(name: str, version: str, compiled: Callable[..., Path]) -> None:
    workload = workload_of(name)
    source = getattr(workload, "SOURCE", "hpy.c") if version == "hpy" else "capi.c"
    module = hpybc.load(compiled((PROGRAMS / name / source).resolve(), STRICT))
    assert module.__name__ == name
    workload.check(module)
    workload.run(module, workload.setup(module))


def test_programs_are_there() -> None:
    examples = [path.stem for path in PROGRAMS.parent.parent.glob("examples/*.c")]
    assert sorted([*examples, "jsondecode", "jsonencode", "nbody", "tokenizer"]) == NAMES
