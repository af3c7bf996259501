"""Images of several interpreters in one wheel, each made by its interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from hpybc.errors import UsageError
from hpybc.packaging import images
from hpybc.packaging.build import build
from hpybc.packaging.settings import ExtModule

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart.c"
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}{'t' * THREADED}"


@pytest.fixture
def bitcode(tmp_path: Path) -> str:
    path = str(tmp_path / "quickstart.bc")
    build(ExtModule("quickstart", (str(QUICKSTART),)), path)
    return path


def module(root: Path, *interpreters: str) -> ExtModule:
    return ExtModule("quickstart", (str(QUICKSTART),), str(root), prebuild=interpreters)


def another(path: Path, lines: str) -> str:
    """A program that stands in for an interpreter of another version."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)
    return str(path)


def test_by_version_and_by_path(
    bitcode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This one, and others that are on PATH or named; each makes its own."""
    log = tmp_path / "log"
    made = f'echo "$@" >> {log}; echo {bitcode}.$(basename $0).so'
    another(tmp_path / "bin" / "python3.99t", made)
    another(tmp_path / "venv" / "python", made)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin", prepend=os.pathsep)
    found = images.make(module(tmp_path, VERSION, "3.99t", "venv/python"), bitcode)
    assert found == [f"{bitcode}{SUFFIX}", f"{bitcode}.python3.99t.so", f"{bitcode}.python.so"]
    assert log.read_text().splitlines() == [f"-I -m hpybc prebuild {bitcode}"] * 2


def test_an_image_that_another_process_makes(bitcode: str, tmp_path: Path) -> None:
    """It is that of the interpreter, and used."""
    assert images.make(module(tmp_path, sys.executable), bitcode) == [bitcode + SUFFIX]
    code = "import sys, hpybc; m = hpybc.load(sys.argv[1])"
    code += "; print(m.add(1, 2), 'llvmlite' in sys.modules)"
    done = subprocess.run(
        (sys.executable, "-I", "-c", code, bitcode), capture_output=True, text=True,
        env={**os.environ, "HPYBC_CACHE_DIR": "/nonexistent"},
    )  # fmt: skip
    assert done.stdout == "3 False\n", done.stderr


def test_none(bitcode: str, tmp_path: Path) -> None:
    assert images.make(ExtModule("quickstart", (str(QUICKSTART),), prebuild=False), bitcode) == []
    assert images.make(module(tmp_path), bitcode) == []


def test_an_interpreter_that_is_not_there(bitcode: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no Python 3\.98") as caught:
        images.make(module(tmp_path, "3.98"), bitcode)
    assert caught.value.found == "no program python3.98"
    with pytest.raises(UsageError, match="no Python venv/python") as caught:
        images.make(module(tmp_path, "venv/python"), bitcode)
    assert caught.value.found == f"no program {tmp_path}/venv/python"


def test_an_interpreter_without_hpybc(bitcode: str, tmp_path: Path) -> None:
    said = "/x/python: No module named hpybc"
    python = another(tmp_path / "venv" / "python", f"echo {said} >&2; exit 1")
    with pytest.raises(UsageError, match="cannot make its image") as caught:
        images.make(module(tmp_path, "venv/python"), bitcode)
    assert caught.value.found == said
    assert caught.value.remedy.startswith(f"{python} -m pip install hpybc")
