"""Fixtures of the API tests: each test file has a twin in C or C++, an extension to test with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import hpybc
from hpybc.toolchain.compile import Options

STRICT = ("-Wall", "-Wextra", "-Werror")
STANDARDS = {".c": "-std=c11", ".cpp": "-std=c++20"}


@pytest.fixture
def fresh(
    request: pytest.FixtureRequest, engine: str, compiled: Callable[..., Path]
) -> Callable[..., ModuleType]:
    """fresh(*defines, source=None) -> a new module of the twin, or of another file beside it."""

    def load(*defines: str, source: str | None = None) -> ModuleType:
        if source is not None:
            path = request.path.with_name(source)
        else:
            twins = map(request.path.with_suffix, STANDARDS)
            path = next(twin for twin in twins if twin.exists())
        extra = (STANDARDS[path.suffix], *STRICT)
        return hpybc.load(compiled(path, Options(defines=defines, extra=extra)))

    return load


@pytest.fixture(scope="session")
def loaded() -> dict[tuple[Path, str], ModuleType]:
    """The modules that ``module`` has made so far."""
    return {}


@pytest.fixture
def module(
    request: pytest.FixtureRequest,
    engine: str,
    fresh: Callable[..., ModuleType],
    loaded: dict[tuple[Path, str], ModuleType],
) -> ModuleType:
    """The module of the test file's twin, on each engine in turn."""
    key = (request.path, engine)
    if key not in loaded:
        loaded[key] = fresh()
    return loaded[key]
