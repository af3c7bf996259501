"""Extensions as wheels, in environments with nothing else, on a disk that is read-only."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

import hpybc
from hpybc import cli
from reliability.loading import read_only

ROOT = Path(__file__).parent.parent.parent
POINT = ROOT / "examples" / "point.c"
DOCUMENTATION = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")

USE = """
import sys
import {module} as module
assert "llvmlite" not in sys.modules
print(module.Point(3, 4).norm(), module.__file__)
with open("/proc/self/maps") as file:
    print(*sorted({{line.split(None, 5)[5].strip() for line in file if "point" in line}}))
"""


#: A project whose extension is a file like any other.
EXPORTED = """
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "shapes"
version = "1.0"

[tool.setuptools]
packages = ["shapes"]
package-data = { shapes = ["*.so"] }
"""


def project(folder: Path, settings: str) -> Path:
    """A project with a package ``shapes``, without the extension."""
    (folder / "shapes").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(settings)
    (folder / "shapes" / "__init__.py").write_text("")
    return folder


def installed(project: Path, folder: Path, *more: str) -> Path:
    """The interpreter of a new environment in which a project's wheel is, and nothing else."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    options = ["--no-build-isolation", "--no-deps", "--quiet", "--wheel-dir", str(folder)]
    subprocess.run([*pip, "wheel", *options, *more, str(project)], check=True, cwd=folder)
    (wheel,) = folder.glob("shapes-1.0-py3-none-manylinux_*.whl")
    environment = folder / "environment"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True, cwd=folder
    )
    python = environment / "bin" / "python"
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.check_output([python, "-I", "-c", where], text=True).strip()
    options = ["--no-deps", "--no-index", "--quiet", "--target", site]
    subprocess.run([*pip, "install", *options, str(wheel)], check=True, cwd=folder)
    return python


def use(python: Path, module: str) -> list[str]:
    """What ``USE`` prints where nothing can be written to and there is no home."""
    program = USE.format(module=module)
    done = subprocess.run(
        [*read_only(python.parent.parent), python, "-I", "-c", program],
        env={"PATH": os.environ["PATH"], "TMPDIR": "/proc/nonexistent"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.long
def test_an_exported_extension_needs_nothing(tmp_path: Path) -> None:
    """A wheel like any other."""
    source = project(tmp_path / "project", EXPORTED)
    file = tmp_path / "point.bc"
    assert cli.main(["compile", str(POINT), "-o", str(file)]) == 0
    name = f"point{EXTENSION_SUFFIXES[0]}"
    output = source / "shapes" / name
    assert cli.main(["export", str(file), "--abi", "cpython", "-o", str(output)]) == 0
    platform = "--config-settings=--build-option=--plat-name=manylinux_2_17_x86_64"
    python = installed(source, tmp_path, platform)
    norm, path, image = use(python, "shapes.point")
    assert norm == "5.0"
    assert path == image
    assert Path(path).name == name


@pytest.mark.long
def test_a_shipped_image_needs_hpybc_alone(tmp_path: Path) -> None:
    """Not llvmlite, and no cache: the project of docs/deploying.md, with an image in its wheel."""
    settings, *_ = re.findall(r"^```toml\n(.*?)^```$", DOCUMENTATION, re.M | re.S)
    source = project(tmp_path / "project", settings)
    shutil.copy(POINT, source / "shapes")
    python = installed(source, tmp_path)
    (site,) = (python.parent.parent / "lib").glob("*/site-packages")
    shutil.copytree(os.path.dirname(hpybc.__file__), site / "hpybc")
    norm, path, image = use(python, "shapes.point")
    assert norm == "5.0"
    assert path == str(site / "shapes" / "point.bc")
    assert image == path + EXTENSION_SUFFIXES[0]
