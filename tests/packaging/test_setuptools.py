"""A project without a setup.py, built by setuptools: its wheel, its sdist, its errors."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

PYPROJECT = """
[build-system]
requires = ["setuptools>=77", "hpybc[compiler]"]
build-backend = "setuptools.build_meta"

[project]
name = "bag"
version = "1.0"

[tool.setuptools]
packages = ["bag"]
include-package-data = false
package-dir = { "" = "src" }

[[tool.hpybc.ext-modules]]
name = "bag._bag"
sources = ["src/bag/_bag.c"]
depends = ["src/bag/own.h"]
prebuild = true
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project" / "src" / "bag"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("from bag._bag import add\n")
    (folder / "own.h").write_text("#define OWN 1\n")
    source = (EXAMPLES / "quickstart.c").read_text()
    source = source.replace("HPy_MODINIT(quickstart", "HPy_MODINIT(_bag")
    (folder / "_bag.c").write_text('#include "own.h"\n' + source)
    (tmp_path / "project" / "pyproject.toml").write_text(PYPROJECT)
    return tmp_path / "project"


def made(project: Path, what: str) -> subprocess.CompletedProcess[str]:
    """As pip calls setuptools, which is to make ``what``."""
    code = f"from setuptools.build_meta import build_{what} as f; print(f('dist'))"
    command = (sys.executable, "-I", "-c", code)
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=300)


def check_wheel(project: Path, site: Path) -> None:
    done = made(project, "wheel")
    assert done.returncode == 0, done.stderr
    name = "bag-1.0-py3-none-manylinux_2_17_x86_64.whl"
    assert done.stdout.splitlines()[-1] == name
    with zipfile.ZipFile(project / "dist" / name) as wheel:
        names = {n for n in wheel.namelist() if n.startswith("bag/")}
        wheel.extractall(site)
    image = next(n for n in names if n.endswith(".so"))
    assert image.startswith("bag/_bag.bc.cpython-")
    assert names == {"bag/__init__.py", "bag/_bag.py", "bag/_bag.pyi", "bag/_bag.bc", image}
    assert "def add(a: int, b: int, /) -> int: ..." in (site / "bag" / "_bag.pyi").read_text()
    code = f"import sys; sys.path.insert(0, {str(site)!r}); import bag; print(bag.add(1, 2))"
    done = subprocess.run((sys.executable, "-I", "-c", code), capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("3\n", "")


def test_wheel(project: Path, tmp_path: Path) -> None:
    check_wheel(project, tmp_path / "site")


def test_a_type_stub_of_the_authors(project: Path) -> None:
    """It stays as it is."""
    (project / "src" / "bag" / "_bag.pyi").write_text("def add(a: int, b: int) -> int: ...\n")
    done = made(project, "wheel")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next((project / "dist").glob("*.whl"))) as wheel:
        assert wheel.read("bag/_bag.pyi") == b"def add(a: int, b: int) -> int: ...\n"


def test_sdist(project: Path, tmp_path: Path) -> None:
    """It has the source and its header, and makes the same wheel."""
    done = made(project, "sdist")
    assert done.returncode == 0, done.stderr
    with tarfile.open(project / "dist" / "bag-1.0.tar.gz") as archive:
        archive.extractall(tmp_path / "sdist", filter="data")
    unpacked = tmp_path / "sdist" / "bag-1.0"
    assert (unpacked / "src" / "bag" / "own.h").exists()
    assert not (unpacked / "src" / "bag" / "_bag.py").exists()
    check_wheel(unpacked, tmp_path / "site")


def test_a_source_with_an_error(project: Path) -> None:
    (project / "src" / "bag" / "_bag.c").write_text("int f(void) { return nothing; }\n")
    done = made(project, "wheel")
    assert done.returncode == 1
    assert "_bag.c:1:22: error: use of undeclared identifier 'nothing'" in done.stderr
    assert "error: bag._bag: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_key(project: Path) -> None:
    with (project / "pyproject.toml").open("a") as file:
        file.write("include_dirs = []\n")
    done = made(project, "wheel")
    assert done.returncode == 1
    assert "remedy:  did you mean include-dirs?" in done.stderr
    assert "Traceback" not in done.stderr


def test_editable(project: Path) -> None:
    """The files are made beside the package's own."""
    done = made(project, "editable")
    assert done.returncode == 0, done.stderr
    package = project / "src" / "bag"
    assert (package / "_bag.bc").exists()
    setup = f"import sys; sys.path.insert(0, {str(package.parent)!r})"
    code = f"{setup}; import bag; print(bag.add(1, 2))"
    done = subprocess.run((sys.executable, "-I", "-c", code), capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("3\n", "")
