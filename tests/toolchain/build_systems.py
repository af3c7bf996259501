"""Meson and CMake with hpybc for their compiler, as docs/building.md says: ``nox -s building``."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

import building

SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


@pytest.mark.parametrize("system", ["meson", "cmake"])
def test_build(system: str, tmp_path: Path) -> None:
    """An extension module that Python imports, and the bitcode beside it."""
    building.build(system, tmp_path)
    folder = tmp_path / "build"
    assert building.imported(folder, bitcode=False) == str(folder / f"quickstart{SUFFIX}")
    (folder / f"quickstart{SUFFIX}").unlink()
    assert building.imported(folder, bitcode=True) == str(folder / "quickstart.bc")
