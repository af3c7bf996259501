"""What the example of a setuptools project says to cibuildwheel and to GitHub."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2] / "examples" / "packaging" / "setuptools"
WORKFLOW = PROJECT / ".github" / "workflows" / "wheels.yml"
SCRIPTS = Path(sys.executable).parent

needs_cibuildwheel = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="cibuildwheel runs on CPython 3.11 and later"
)


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CIBW_")}
    return subprocess.run(
        (sys.executable, "-I", "-m", *command), cwd=folder, env=environment, capture_output=True,
        text=True, timeout=120,
    )  # fmt: skip


def identifiers(folder: Path) -> subprocess.CompletedProcess[str]:
    """What cibuildwheel would build there on Linux; it reads all settings for that."""
    options = ("--platform", "linux", "--archs", "x86_64", "--print-build-identifiers", ".")
    return run("cibuildwheel", *options, folder=folder)


@needs_cibuildwheel
def test_cibuildwheel_tests_on_every_python() -> None:
    done = identifiers(PROJECT)
    assert done.returncode == 0, done.stderr
    pythons = {name.removesuffix("-manylinux_x86_64") for name in done.stdout.split()}
    assert pythons >= {"cp310", "cp311", "cp312", "cp313", "cp314"}


@needs_cibuildwheel
def test_cibuildwheel_knows_every_setting(tmp_path: Path) -> None:
    """The test above fails if a setting is none of cibuildwheel's."""
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    with open(tmp_path / "pyproject.toml", "a", encoding="utf-8") as file:
        file.write('repair-command = ""\n')
    done = identifiers(tmp_path)
    assert done.returncode != 0
    assert "repair-command" in done.stderr


@pytest.mark.parametrize(("old", "new", "status"), [("", "", 0), ("runs-on", "run-on", 1)])
def test_the_workflow_is_one_of_github(old: str, new: str, status: int, tmp_path: Path) -> None:
    """By the schema that check-jsonschema has of them; a misspelt key is found."""
    file = tmp_path / "wheels.yml"
    file.write_text(WORKFLOW.read_text().replace(old, new) if old else WORKFLOW.read_text())
    schema = ("--builtin-schema", "vendor.github-workflows")
    done = run("check_jsonschema", *schema, file, folder=tmp_path)
    assert done.returncode == status, done.stdout
