"""The programs of the benchmarks: both versions of each do what a Python oracle says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from tools.extensions import STRICT
from tools.workloads import NAMES, PROGRAMS, source_of, workload_of


@pytest.mark.parametrize("version", ["hpy", "capi"])
@pytest.mark.parametrize("name", NAMES)
def test_program(name: str, version: str, compiled: Callable[..., Path]) -> None:
    workload = workload_of(name)
    module = hpybc.load(compiled(source_of(name, version), STRICT))
    assert module.__name__ == name
    workload.check(module)
    workload.run(module, workload.setup(module))


def test_programs_are_there() -> None:
    examples = [path.stem for path in PROGRAMS.parent.parent.glob("examples/*.c")]
    assert sorted([*examples, "jsondecode", "jsonencode", "nbody", "tokenizer"]) == NAMES
