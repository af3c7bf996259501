"""Exceptions of C++ that one extension throws and another catches: each has its own library."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest

import hpybc
from hpybc.loader import export
from hpybc.toolchain.compile import Options, compile_extension

HERE = Path(__file__).parent

#: What is caught of each kind that throwing.cpp throws, by another module.
CAUGHT = {
    0: "int 42",
    1: "out_of_range far",
    2: "Derived 7",
    3: "text",
    6: "outer inner",
    7: "pointer 5",
}

#: Of types in anonymous namespaces, which are the own module's alone.
PRIVATE = {4: "Private", 8: "Counted"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two files of throwing.cpp and throwing.c."""
    folder = tmp_path_factory.mktemp("throwing")
    sources = [str(HERE / "throwing.cpp"), str(HERE / "throwing.c")]
    found = []
    for number in (1, 2):
        found.append(folder / f"throwing{number}.bc")
        compile_extension(sources, str(found[-1]), Options(defines=(f"FILE_NUMBER={number}",)))
    return found


@pytest.fixture
def pair(engine: str, files: list[Path]) -> list[ModuleType]:
    """Their modules."""
    return [hpybc.load(file) for file in files]


@pytest.mark.parametrize("kind", CAUGHT)
def test_another_catches(pair: list[ModuleType], kind: int) -> None:
    """By the type's name, or that of a base; and nothing is left in flight on either side."""
    for thrower, catcher in (pair, pair[::-1], (pair[0], pair[0])):
        function = thrower.give()
        for _ in range(3):
            assert catcher.take(function, kind) == CAUGHT[kind]
        assert thrower.counts()[0] == catcher.counts()[0] == 0


@pytest.mark.parametrize("kind", PRIVATE)
def test_types_that_only_share_a_name(pair: list[ModuleType], kind: int) -> None:
    """An anonymous namespace belongs to one file."""
    one, two = pair
    assert one.take(one.give(), kind) == PRIVATE[kind]
    assert one.take(two.give(), kind) == "something"
    assert one.name() != two.name()
    # What demanglers call anonymous.
    assert one.name().startswith("N") and "_GLOBAL__N_" in one.name()


def test_objects_are_destroyed(pair: list[ModuleType]) -> None:
    """By whoever catches, with the destructor of the file that threw."""
    one, two = pair
    before = two.counts()[1]
    one.take(two.give(), 8)
    assert two.counts()[1] == before + 1


def test_frames_of_c_between(pair: list[ModuleType]) -> None:
    """The extension's, and the C library's."""
    one, two = pair
    for kind, caught in CAUGHT.items():
        assert one.take_through_c(two.give(), kind) == caught


def test_another_throws_again(pair: list[ModuleType]) -> None:
    """What is handled is known to all."""
    one, two = pair
    assert one.take_again(two.give(), 0) == two.take_again(one.give(), 0) == "mine"


def test_exception_that_is_kept(pair: list[ModuleType]) -> None:
    """It can be thrown again by the module that did not make it."""
    one, two = pair
    assert one.keep(two.give(), 1) == two.keep(one.give(), 1) == "twice"


def test_threads(pair: list[ModuleType]) -> None:
    """Each has its own exceptions; a new one has none."""
    one, two = pair
    code = "found.append((one.take(two.give(), 1), one.counts()[0]))"
    found: list[tuple[str, int]] = []
    scope = {"one": one, "two": two, "found": found}
    threads = [Thread(target=exec, args=(code, scope)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(CAUGHT[1], 0)] * 4


def test_exported_modules(files: list[Path], tmp_path: Path) -> None:
    """Without hpybc in the process."""
    for file in files:
        suffix = export.SUFFIXES["cpython"][0]
        export.export(str(file), "cpython", str(tmp_path / (file.stem + suffix)))
    code = f"""
import sys, json
sys.path.insert(0, {str(tmp_path)!r})
import throwing1 as one, throwing2 as two
print(json.dumps([*(one.take(two.give(), kind) for kind in {list(CAUGHT)!r}),
    one.take_again(two.give(), 0), one.keep(two.give(), 1), one.counts(), "hpybc" in sys.modules]))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    assert json.loads(done.stdout) == [*CAUGHT.values(), "mine", "twice", [0, 0], False]


def test_nobody_catches(engine: str, files: list[Path]) -> None:
    """The process ends, and says why."""
    code = f"""
import hpybc
one, two = map(hpybc.load, {[str(file) for file in files]!r})
two.take_again(one.give(), 0)
one.take(two.give(), 5)
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert done.returncode < 0
    assert "terminating" in done.stderr
