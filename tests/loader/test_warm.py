"""A load from the cache costs no more than it must: what it imports, maps and leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import hops
import pytest

import hpybc

#: All that a process imports for loads from the cache, and that Python has not by itself.
WARM = {
    "__future__",
    "_blake2",
    "hpybc",
    "hpybc.cache",
    "hpybc.cache.sealed",
    "hpybc.cache.store",
    "hpybc.errors",
    "hpybc.jit",
    "hpybc.jit.identity",
    "hpybc.loader",
    "hpybc.loader.contexts",
    "hpybc.loader.extension",
    "hpybc.loader.importer",
    "hpybc.loader.loading",
    "hpybc.loader.prebuilt",
    "hpybc.loader.recipe",
    "hpybc.version",
}

LOAD = """
import sys
known = set(sys.modules)
import hpybc
module = hpybc.load({path!r})
answer = module.answer()
imported = sorted(set(sys.modules) - known)
import json
with open("/proc/self/maps") as file:
    maps = sorted({{line.split(None, 5)[5].strip() for line in file if "/" in line}})
print(json.dumps([answer, imported, maps]))
"""


def run(code: str, folder: Path, **variables: str) -> list[object]:
    """The JSON that ``code`` prints in a new process whose cache is ``folder``."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code],
        env={**os.environ, "HPYBC_CACHE_DIR": str(folder), **variables},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    result: list[object] = json.loads(done.stdout)
    return result


@pytest.fixture
def warm(folder: Path, answer: Callable[..., Path]) -> Path:
    """A cache in which answer.bc is."""
    hpybc.load(answer())
    return folder


def test_a_warm_load_imports_what_hpybc_does(warm: Path, answer: Callable[..., Path]) -> None:
    """And nothing else: not even json or re."""
    value, imported, _ = run(LOAD.format(path=str(answer())), warm)
    assert value == 42
    assert isinstance(imported, list)
    assert WARM - set(imported) <= {"__future__", "_blake2"}  # others may need these before
    assert set(imported) <= WARM


@pytest.mark.parametrize("state", ["warm", "cold"])
def test_each_step_of_a_load_is_taken_once(
    state: str, warm: Path, answer: Callable[..., Path]
) -> None:
    """Where an image is built, others may have stored it meanwhile: it is looked for again then."""
    if state == "cold":
        for image in warm.iterdir():
            image.unlink()
    code = f"import sys, json; sys.path.insert(0, {str(Path(hops.__file__).parent)!r})\n"
    code += "from hops import hops\n"
    code += f"print(json.dumps(['.'.join(hop[1:]) for hop in hops({str(answer())!r})]))"
    found = run(code, warm, HPYBC_ENGINE="shared")
    for step in (
        "loader.extension.contents",
        "loader.extension.entry_point",
        "loader.recipe.engines",
        "loader.prebuilt.lookup",
        "loader.loading.dlopen",
    ):
        assert found.count(step) == 1, step
    assert found.count("cache.store.lookup") == (1 if state == "warm" else 2)
    assert found.count("loader.manifest.parsed") == (0 if state == "warm" else 1)
    assert found.count("loader.build.binary") == (0 if state == "warm" else 1)


def test_warm_load_maps_the_file_in_the_cache(warm: Path, answer: Callable[..., Path]) -> None:
    """What profilers show is the cached file; LLVM is not in the process."""
    (image,) = warm.iterdir()
    _, _, maps = run(LOAD.format(path=str(answer())), warm)
    assert isinstance(maps, list)
    assert str(image) in maps
    assert not [path for path in maps if "llvm" in path]


def test_warm_load_writes_nothing(warm: Path, answer: Callable[..., Path]) -> None:
    """The cache has the same file before and after."""
    (image,) = warm.iterdir()
    before = (image.name, image.stat().st_ino, image.stat().st_mtime_ns)
    run(LOAD.format(path=str(answer())), warm)
    (image,) = warm.iterdir()
    assert (image.name, image.stat().st_ino, image.stat().st_mtime_ns) == before


def test_cold_load_leaves_one_file(folder: Path, answer: Callable[..., Path]) -> None:
    """No temporary file, no index."""
    value, imported, _ = run(LOAD.format(path=str(answer())), folder)
    assert value == 42
    assert isinstance(imported, list)
    assert "hpybc.process.child" in imported and "llvmlite" not in imported
    (image,) = folder.iterdir()
    assert image.suffix == ".so"
    assert image.stat().st_mode & 0o777 == 0o600


def test_load_with_a_cold_and_with_a_warm_cache_is_the_same(
    folder: Path, answer: Callable[..., Path]
) -> None:
    """Two processes that build on their own make the same image."""
    contents = []
    for _ in range(2):
        run(LOAD.format(path=str(answer())), folder)
        (image,) = folder.iterdir()
        contents.append((image.name, image.read_bytes()))
        image.unlink()
    assert contents[0] == contents[1]


def test_warm_load_without_llvmlite(warm: Path, answer: Callable[..., Path]) -> None:
    """A machine that has the image needs no compiler: importing llvmlite would fail here."""
    code = "import sys; sys.modules['llvmlite'] = None\n" + LOAD
    value, _, _ = run(code.format(path=str(answer())), warm)
    assert value == 42


def test_warm_load_where_llvmlite_is_not_installed(
    warm: Path, answer: Callable[..., Path], tmp_path: Path
) -> None:
    """A virtual environment with hpybc alone, which finds what another has built."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "hpybc").symlink_to(Path(hpybc.__file__).parent)
    code = "import sys; sys.path = [p for p in sys.path if 'site-packages' not in p]\n"
    code += f"sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
    code += "from importlib.util import find_spec; assert find_spec('llvmlite') is None\n"
    value, _, maps = run(code + LOAD.format(path=str(answer())), warm)
    (image,) = warm.iterdir()
    assert value == 42
    assert isinstance(maps, list)
    assert str(image) in maps


def test_cold_load_without_llvmlite(
    folder: Path, answer: Callable[..., Path], tmp_path: Path
) -> None:
    """A machine that has to build says what it misses."""
    (tmp_path / "llvmlite.py").write_text("raise ModuleNotFoundError")
    code = """
import sys, json
sys.path.insert(0, {without!r})
import hpybc
from hpybc.errors import LLVMMissingError
try:
    hpybc.load({path!r})
except LLVMMissingError as error:
    print(json.dumps([error.path, error.name, error.found, error.remedy]))
"""
    without = code.format(path=str(answer()), without=str(tmp_path))
    path, name, found, remedy = run(without, folder)
    assert (path, name) == (str(answer()), "answer")
    assert "ModuleNotFoundError" in str(found)
    assert "pip install llvmlite" in str(remedy)


def test_engine_memory_is_warm_as_well(folder: Path, answer: Callable[..., Path]) -> None:
    """It needs llvmlite to link, and compiles nothing."""
    code = LOAD.format(path=str(answer()))
    run(code, folder, HPYBC_ENGINE="memory")
    value, imported, _ = run(code, folder, HPYBC_ENGINE="memory")
    assert value == 42
    assert isinstance(imported, list)
    assert "llvmlite" in imported
    assert "hpybc.jit.build" not in imported
