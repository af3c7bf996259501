"""Files to load, and an empty cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hpybc.toolchain.compile import Options
from reliability import fuzz

pytest.register_assert_rewrite("reliability.loading")

ANSWER = Path(__file__).parent.parent / "loader" / "answer.c"


@pytest.fixture(scope="session")
def answering(compiled: Callable[..., Path]) -> Callable[[int], Path]:
    """answering(n) -> a bitcode file whose module answers n."""
    return lambda number: compiled(ANSWER, Options(defines=(f"ANSWER={number}",)))


@pytest.fixture(scope="session")
def file(answering: Callable[[int], Path]) -> Path:
    """The bitcode file of a module that answers 42."""
    return answering(42)


@pytest.fixture
def raw(file: Path, tmp_path: Path) -> Path:
    """The same without manifest and checksum: it is built in a process of its own."""
    path = tmp_path / "raw.bc"
    path.write_bytes(fuzz.payload(file.read_bytes()))
    return path


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """An empty cache."""
    path = tmp_path / "cache"
    path.mkdir(mode=0o700)
    return path
