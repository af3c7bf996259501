"""Every command in the README, run in a copy of the tree: ``nox -s readme``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)
INSTALL, COMMANDS, PYTHON, _ = (text for _, text in BLOCKS)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files git tracks, with neither compilers nor hpybc on the PATH."""
    folder = tmp_path_factory.mktemp("clone") / "hpybc"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if os.path.lexists(ROOT / name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder


def run(command: str, folder: Path) -> str:
    """Runs ``command`` where python3 is this interpreter and there is no gcc, clang or make."""
    path = folder.parent / "bin"
    path.mkdir(exist_ok=True)
    for name in ("sh", "env", "uname"):
        found = shutil.which(name)
        assert found is not None
        if not (path / name).exists():
            (path / name).symlink_to(found)
    if not (path / "python3").exists():
        base = Path(getattr(sys, "_base_executable", sys.executable))
        (path / "python3").symlink_to(base.resolve())
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HPYBC_", "PYTHON"))}
    environment |= {"PATH": str(path), "HPYBC_CACHE_DIR": str(folder.parent / "cache")}
    environment["PIP_NO_COMPILE"] = "1"  # most of what pip installs is never imported here
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(clone: Path) -> Path:
    """The clone, with hpybc in its environment."""
    assert run(INSTALL, clone) == ""
    return clone


@pytest.fixture(scope="module")
def said(installed: Path) -> dict[str, str]:
    """What each of the two commands printed, by its name."""
    return {command.split()[1]: run(command, installed) for command in COMMANDS.splitlines()}


def test_compile(said: dict[str, str], clone: Path) -> None:
    assert said["compile"] == ""
    assert (clone / "quickstart.bc").stat().st_size > 1000


def test_bench(said: dict[str, str]) -> None:
    row = next(line for line in said["bench"].splitlines() if "add(1, 2)" in line)
    inlined, _, dlopened, _, ratio = map(float, re.findall(r"\d+\.\d+", row))
    assert inlined > 0
    assert dlopened > 0
    assert ratio > 0


def test_python_block(said: dict[str, str], clone: Path) -> None:
    (clone / "readme.py").write_text(PYTHON)
    assert run(".venv/bin/python readme.py", clone) == "3 Hello, world! 3.5\n"


def test_other_commands(said: dict[str, str], clone: Path) -> None:
    """In an installation as the README makes it, each with what it leaves or prints."""
    run(".venv/bin/hpybc compile examples/point.c -O3 -g -o point.bc", clone)
    assert (clone / "point.bc").stat().st_size > 1000
    suffix = EXTENSION_SUFFIXES[0]
    assert run(".venv/bin/hpybc prebuild point.bc", clone) == f"point.bc{suffix}\n"
    assert run(".venv/bin/hpybc export point.bc --abi cpython", clone) == f"point{suffix}\n"
    for name in ("point.bc", "point"):
        assert (clone / f"{name}{suffix}").stat().st_size > 10_000
    assert "HPyFloat_FromDouble" in run(".venv/bin/hpybc inspect point.bc", clone)
    assert "quickstart release" in run(".venv/bin/hpybc cache list", clone)
    assert "FAIL" not in run(".venv/bin/hpybc doctor", clone)
