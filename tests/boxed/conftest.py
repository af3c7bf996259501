"""What the tests of the boxed context load."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import hpybc
from tools.extensions import STRICT
from tools.support import FREE_THREADED

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


@pytest.fixture(scope="session", autouse=True)
def cffi_is_to_be_had() -> None:
    if FREE_THREADED or sys.version_info >= (3, 15):
        pytest.skip("cffi has no wheel for this Python yet")


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, compiled: Callable[..., Path]) -> Any:
    """load(name) -> the module of an example, with the boxed context."""
    monkeypatch.setenv("HPYBC_CONTEXT", "boxed")
    return lambda name: hpybc.load(compiled(EXAMPLES / f"{name}.c", STRICT))


@pytest.fixture
def values(monkeypatch: pytest.MonkeyPatch, compiled: Callable[..., Path]) -> ModuleType:
    monkeypatch.setenv("HPYBC_CONTEXT", "boxed")
    return hpybc.load(compiled(Path(__file__).with_name("values.c"), STRICT))
