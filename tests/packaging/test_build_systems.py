"""CMake's ``find_package(hpybc)`` and Meson's custom targets, up to a wheel that is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import hpybc

PROJECTS = Path(__file__).parents[2] / "examples" / "packaging"
TAGS = ("--python-tag", "py3", "--abi-tag", "none", "--platform-tag", "manylinux_2_17_x86_64")


def run(*command: str | Path, folder: Path, python_path: str | None = None) -> str:
    """What a command prints."""
    scripts = os.path.dirname(sys.executable)
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    if python_path is not None:
        environment["PYTHONPATH"] = python_path
    done = subprocess.run(
        command, cwd=folder, env=environment, text=True, timeout=300,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.long
@pytest.mark.parametrize(
    ("project", "tag"),
    [
        ("setuptools", "py3-none-many"),
        ("scikit-build-core", "py3-none-linux"),
        ("meson-python", "cp"),
    ],
)
def test_a_wheel_is_built_and_used(project: str, tag: str, tmp_path: Path) -> None:
    """In a folder that has the wheel's content and what it depends on."""
    source = tmp_path / project
    shutil.copytree(PROJECTS / project, source)
    pip = ["-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", "dist", "."]
    run(sys.executable, *pip, folder=source)
    (wheel,) = (source / "dist").iterdir()
    assert wheel.name.startswith(f"bag-1.0-{tag}")
    run(sys.executable, "-m", "wheel", "tags", "--remove", *TAGS, wheel, folder=source)
    wheel = source / "dist" / "bag-1.0-py3-none-manylinux_2_17_x86_64.whl"
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    names = {path.name for path in (site / "bag").iterdir()}
    types = {"_bag.pyi"} if project == "setuptools" else set()
    assert names == {"__init__.py", "_bag.py", "_bag.bc"} | types
    shutil.rmtree(source / "src")
    tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    assert "2 passed" in run(sys.executable, *tests, folder=source, python_path=str(site))


CMAKE = """
cmake_minimum_required(VERSION 3.21...3.31)
project(bag LANGUAGES NONE)
find_package(hpybc 0.1 REQUIRED)
hpybc_add_module(bag._bag src/bag/_bag.c
  INCLUDE_DIRS include more DEFINITIONS ONE=1 -DTWO=2 OPTIONS -Wall -Wextra)
target_compile_definitions(bag._bag INTERFACE THREE=3)
"""

HEADER = """
#if ONE + TWO + THREE != 6
#error a definition is missing
#endif
#include "more.h"
"""


@pytest.mark.long
@pytest.mark.parametrize("generator", ["Ninja", "Unix Makefiles"])
def test_options_reach_the_compiler_and_headers_are_dependencies(
    generator: str, tmp_path: Path
) -> None:
    shutil.copytree(PROJECTS / "scikit-build-core" / "src", tmp_path / "src")
    (tmp_path / "CMakeLists.txt").write_text(CMAKE)
    for name, text in (("include/_bag.h", HEADER), ("more/more.h", "#define BAG_STEP 3\n")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    (tmp_path / "src" / "bag" / "_bag.h").unlink()
    found = run(sys.executable, "-m", "hpybc", "--cmake-dir", folder=tmp_path).strip()
    options = [f"-Dhpybc_DIR={found}", f"-DPython_EXECUTABLE={sys.executable}"]
    run("cmake", "-S", ".", "-B", "build", "-G", generator, *options, folder=tmp_path)
    made = tmp_path / "build" / "bag" / "_bag.bc"

    run("cmake", "--build", "build", folder=tmp_path)
    assert hpybc.load(made).after(1) == 4
    before = made.stat().st_mtime_ns
    run("cmake", "--build", "build", folder=tmp_path)
    assert made.stat().st_mtime_ns == before

    header = tmp_path / "more" / "more.h"
    header.write_text("#define BAG_STEP 5\n")
    os.utime(header, ns=(before + 10**9, before + 10**9))
    run("cmake", "--build", "build", folder=tmp_path)
    assert hpybc.load(made).after(1) == 6

    run("cmake", "--install", "build", "--prefix", "installed", folder=tmp_path)
    installed = sorted(path.name for path in (tmp_path / "installed" / "bag").iterdir())
    assert installed == ["_bag.bc", "_bag.py"]


def test_a_stub_replaces_no_module_of_the_author(tmp_path: Path) -> None:
    from hpybc.errors import UsageError
    from hpybc.packaging import stub

    bitcode = str(tmp_path / "_bag.bc")
    assert Path(stub.write(bitcode)).read_text() == stub.TEXT
    stub.write(bitcode, stub.TEXT + "# another\n")
    own = tmp_path / "bag.py"
    own.write_text("import sys\n")
    with pytest.raises(UsageError, match="replace a module of yours"):
        stub.write(str(tmp_path / "bag.bc"))
    assert own.read_text() == "import sys\n"
