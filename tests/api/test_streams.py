"""The streams of C++, and what else of its library needs locales.

Not with both engines, as test_cpp.py: that would compile half a megabyte of bitcode twice.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.long


def test_streams(module: ModuleType) -> None:
    """stringstream, with the classic locale and manipulators."""
    assert module.streams("word 2.5") == "word|2.500000|word 2.5 3.14 ff\n"


def test_paths(module: ModuleType, tmp_path: Path) -> None:
    """filesystem."""
    for name in "bca":
        (tmp_path / name).touch()
    assert module.paths(str(tmp_path)) == "abc"
    with pytest.raises(RuntimeError, match="No such file or directory"):
        module.paths(str(tmp_path / "absent"))
