"""A pytest plugin: extensions are loaded with the boxed context, on any interpreter with cffi.

It stands for the project's own conftest.py, which needs llvmlite. ``$HPYBC_COMPILER`` is the
``hpybc`` of a CPython that compiles, into the folder ``$HPYBC_TESTS_COMPILED``.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import pytest

import hpybc
from boxed.differences import reason
from hpybc.toolchain.compile import Options
from tools import support

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
STANDARDS = {".c": "-std=c11", ".cpp": "-std=c++20"}
STRICT = ("-Wall", "-Wextra", "-Werror")

hypothesis.settings.register_profile(
    "boxed",
    max_examples=30,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
hypothesis.settings.load_profile("boxed")


def run_often(call: Callable[[], object], *inputs: object, **how: int) -> None:
    """``support.assert_stable`` where there are no reference counts to watch."""
    for _ in range(20):
        call()


if not hasattr(sys, "getrefcount"):
    support.assert_stable = run_often


def pytest_configure(config: pytest.Config) -> None:
    os.environ["HPYBC_CONTEXT"] = "boxed"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What ``differences`` names may fail: of a test with parameters, not each does."""
    for item in items:
        why = reason(f"{item.path.name}::{item.name}")
        if why is not None:
            item.add_marker(pytest.mark.xfail(strict=False, run=why.runs, reason=why.text))


@pytest.fixture(scope="session")
def compiled() -> Callable[..., Path]:
    """compiled(source, options) -> the bitcode file of a source."""
    folder = Path(os.environ["HPYBC_TESTS_COMPILED"])
    folder.mkdir(exist_ok=True)

    def compile_once(source: Path, options: Options = Options()) -> Path:  # noqa: B008
        named = hashlib.sha256(repr((str(source), options)).encode()).hexdigest()[:16]
        path = folder / f"{source.stem}-{named}.bc"
        if not path.exists():
            command = [os.environ["HPYBC_COMPILER"], "compile", str(source)]
            command += [f"-D{define}" for define in options.defines]
            made = folder / f"{path.name}.{os.getpid()}"
            subprocess.run([*command, "-o", str(made), "--", *options.extra], check=True)
            os.replace(made, path)
        return path

    return compile_once


@pytest.fixture
def engine() -> str:
    return "shared"


@pytest.fixture
def fresh(request: pytest.FixtureRequest, compiled: Any) -> Callable[..., ModuleType]:
    """As in tests/api/conftest.py."""

    def load(*defines: str, source: str | None = None) -> ModuleType:
        if source is not None:
            path = request.path.with_name(source)
        else:
            twins = map(request.path.with_suffix, STANDARDS)
            path = next(twin for twin in twins if twin.exists())
        extra = (STANDARDS[path.suffix], *STRICT)
        mode = "trace" if request.path.parent.name == "modes" else "release"
        return hpybc.load(compiled(path, Options(defines=defines, extra=extra)), mode=mode)

    return load


@pytest.fixture(scope="session")
def loaded() -> dict[Path, ModuleType]:
    return {}


@pytest.fixture
def module(
    request: pytest.FixtureRequest,
    fresh: Callable[..., ModuleType],
    loaded: dict[Path, ModuleType],
) -> ModuleType:
    if request.path not in loaded:
        loaded[request.path] = fresh()
    return loaded[request.path]


@pytest.fixture
def twin(request: pytest.FixtureRequest, compiled: Callable[..., Path]) -> Path:
    """As in tests/modes/conftest.py."""
    return compiled(request.path.with_suffix(".c"))


@pytest.fixture
def load_example(compiled: Callable[..., Path]) -> Callable[[str], ModuleType]:
    return lambda name: hpybc.load(
        compiled(EXAMPLES / f"{name}.c", Options(extra=("-std=c11", *STRICT)))
    )
