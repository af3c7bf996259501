"""Fixtures of the API tests: each test file has a twin in C or C++, an extension to test with."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import hpybc
from hpybc.toolchain.compile import Options

STRICT = ("-Wall", "-Wextra", "-Werror")
STANDARDS = {".c": "-std=c11", ".cpp": "-std=c++20"}


#: Budgets for inlining with which the API is to give the same: everything inlined; nothing, but
#: calls share what is made for their format; nothing.
BUDGETS = (
    "all",
    pytest.param("0,1000000", marks=pytest.mark.long),
    pytest.param("none", marks=pytest.mark.long),
)


@pytest.fixture
def budget(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What decides over inlining: the usual, or each in turn where a file is marked ``budgets``."""
    if hasattr(request, "param"):
        monkeypatch.setenv("HPYBC_INLINE", request.param)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A file marked ``budgets`` has its extension with each of them."""
    if metafunc.definition.get_closest_marker("budgets") and "budget" in metafunc.fixturenames:
        metafunc.parametrize("budget", BUDGETS, indirect=True)


@pytest.fixture
def fresh(
    request: pytest.FixtureRequest, engine: str, budget: None, compiled: Callable[..., Path]
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
def loaded() -> dict[tuple[Path, str, str], ModuleType]:
    """The modules that ``module`` has made so far."""
    return {}


@pytest.fixture
def module(
    request: pytest.FixtureRequest,
    engine: str,
    fresh: Callable[..., ModuleType],
    loaded: dict[tuple[Path, str, str], ModuleType],
) -> ModuleType:
    """The module of the test file's twin, on each engine in turn."""
    key = (request.path, engine, os.environ.get("HPYBC_INLINE", ""))
    if key not in loaded:
        loaded[key] = fresh()
    return loaded[key]
