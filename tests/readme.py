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
TRY_IT, PYTHON, COMMANDS, _ = (text for _, text in BLOCKS)


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
def tried(clone: Path) -> str:
    """What the command under "Try it" printed."""
    return run(TRY_IT, clone)


def test_try_it(tried: str) -> None:
    result, *table = tried.splitlines()
    assert result == "3"
    row = next(line for line in table if "add(1, 2)" in line)
    inlined, _, dlopened, _, ratio = map(float, re.findall(r"\d+\.\d+", row))
    assert inlined > 0
    assert dlopened > 0
    assert ratio > 0


def test_python_block(tried: str, clone: Path) -> None:
    (clone / "readme.py").write_text(PYTHON)
    assert run(".venv/bin/python readme.py", clone) == "3 Hello, world! 3.5\n"


def test_commands(tried: str, clone: Path) -> None:
    """In their order, each with what it leaves or prints."""
    said = {}
    for command in COMMANDS.splitlines():
        said[command.split()[1]] = run(command, clone)
    assert (clone / "point.bc").stat().st_size > 1000
    suffix = EXTENSION_SUFFIXES[0]
    assert said["prebuild"] == f"point.bc{suffix}\n"
    assert said["export"] == f"point{suffix}\n"
    for name in ("prebuild", "export"):
        assert (clone / said[name].strip()).stat().st_size > 10_000
    assert "HPyFloat_FromDouble" in said["inspect"]
    assert "quickstart release" in said["cache"]
    assert "FAIL" not in said["doctor"]
