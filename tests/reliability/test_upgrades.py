"""llvmlite and the linker are upgraded under a process: an image is named for who has built it."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from reliability.loading import COMMON, entries, said, start

#: Loads files, each after a command of the shell, where hpybc, llvmlite and nothing else is found.
LOADS = f"""{COMMON}
site, frozen, *steps = arguments
sys.path[:] = [site, *(entry for entry in sys.path if "site-packages" not in entry)]
sys.frozen = frozen  # an application that is frozen can start no other process to build
for command, file in steps:
    assert os.system(command) == 0
    say(hpybc.load(file).answer())
"""


def package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of packages with hpybc and llvmlite."""
    folder = tmp_path / "site"
    (folder / "llvmlite").mkdir(parents=True)
    (folder / "hpybc").symlink_to(Path(hpybc.__file__).parent)
    for path in package("llvmlite").iterdir():
        (folder / "llvmlite" / path.name).symlink_to(path)
    return folder


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A ``PATH`` with lld."""
    program = tmp_path / "tools" / "ld.lld"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {package("ziglang") / "zig"} ld.lld "$@"\n')
    program.chmod(0o700)
    return f"{program.parent}:{os.environ['PATH']}"


def builders(cache: Path) -> list[str]:
    """Who has built what is in a cache, the first one first."""
    paths = sorted(entries(cache), key=lambda path: path.stat().st_mtime_ns)
    return [path.stem.partition("-")[2] for path in paths]


@pytest.mark.parametrize("frozen", [False, True])
def test_llvmlite(
    frozen: bool, answering: Callable[[int], Path], site: Path, path: str, cache: Path
) -> None:
    """A process that builds by itself goes on with the old one, which it has loaded."""
    files = [str(answering(number)) for number in (41, 42)]
    upgrade = f"sed -i 's/^version_version = ./&9./' {site}/llvmlite/_version.py"
    steps = [(":", files[0]), (upgrade, files[1]), (":", files[1])]
    assert said(start(LOADS, [str(site), frozen, *steps], cache, PATH=path)) == [[41], [42], [42]]
    first, second = builders(cache)
    assert len(first) == len(second) == 16
    assert (first == second) == frozen
    # A new process builds with the new one, and finds what that has built.
    steps = [(":", files[1])]
    assert said(start(LOADS, [str(site), frozen, *steps], cache, PATH=path)) == [[42]]
    assert builders(cache)[2:] == ([builders(cache)[2]] if frozen else [])
    assert first not in builders(cache)[2:]


def test_llvmlite_without_a_file_that_says_its_version(
    answering: Callable[[int], Path], site: Path, path: str, cache: Path
) -> None:
    """In a frozen application packages are no folders: the package says it."""
    steps = [(":", str(answering(42)))]
    assert said(start(LOADS, [str(site), True, *steps], cache, PATH=path)) == [[42]]
    (site / "llvmlite" / "_version.py").unlink()
    (site / "llvmlite" / "__init__.py").unlink()
    package = "__version__ = '9.8'\nir_layer_typed_pointers_enabled = True\n"
    (site / "llvmlite" / "__init__.py").write_text(package)
    assert said(start(LOADS, [str(site), True, *steps], cache, PATH=path)) == [[42]]
    first, second = builders(cache)
    assert len(first) == len(second) == 16
    assert first != second


def test_linker(answering: Callable[[int], Path], site: Path, path: str, cache: Path) -> None:
    """A process goes on with the linker that it has found, and images are named for that."""
    files = [str(answering(number)) for number in (41, 42)]
    upgrade = f"ln -s {package('ziglang')} {site}/ziglang"
    steps = [(":", files[0]), (upgrade, files[1]), (":", files[1])]
    assert said(start(LOADS, [str(site), False, *steps], cache, PATH=path)) == [[41], [42], [42]]
    assert said(start(LOADS, [str(site), False, (":", files[1])], cache, PATH=path)) == [[42]]
    first, second, third = builders(cache)
    assert first == second != third
