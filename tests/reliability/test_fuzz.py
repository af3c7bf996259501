"""Spoilt files are errors, whatever was done to them, and so is what LLVM does not survive.

See fuzz.py and attributes.py for ten thousand of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from reliability import attributes, fuzz


@pytest.fixture(scope="session")
def sound(compiled: Callable[..., Path]) -> fuzz.Originals:
    """What mutants are made of."""
    return fuzz.originals([compiled(source) for source in fuzz.SOURCES])


@pytest.mark.long
def test_spoilt_files(
    sound: fuzz.Originals, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of forty none ends a process, and no stamped one loads."""
    keep = tmp_path / "failures"
    status = fuzz.report(fuzz.run(2, 40, 2, sound, keep), keep)
    said = capsys.readouterr().out
    assert status == 0, said
    assert "dead processes: 0\n" in said
    assert not keep.exists()


def test_a_seed_spoils_in_one_way(sound: fuzz.Originals) -> None:
    """Every mutant can be made again, and each is another file than there was."""
    mutants = [fuzz.mutant(1, number, sound) for number in range(400)]
    assert mutants == [fuzz.mutant(1, number, sound) for number in range(400)]
    assert mutants != [fuzz.mutant(2, number, sound) for number in range(400)]
    assert not {mutant.data for mutant in mutants} & {*sound.stamped, *sound.raw}
    made = {(mutant.kind, mutant.change) for mutant in mutants}
    changes = ("flip", "truncate", "splice", "zero")
    assert made == {(kind, change) for kind in fuzz.KINDS for change in changes}


@pytest.fixture
def lethal(compiled: Callable[..., Path]) -> Path:
    """A sound file whose module ends the process."""
    return compiled(fuzz.TESTS / "loader" / "lethal.c")


def test_a_process_that_dies_is_seen_and_replaced(lethal: Path, file: Path, tmp_path: Path) -> None:
    """The file that it died of is known, and the next one is loaded."""
    worker = fuzz.Worker(tmp_path)
    outcomes = [worker.load(path) for path in (file, lethal, file)]
    worker.close()
    assert outcomes == [("loaded", True), ("SIGABRT", False), ("loaded", True)]


@pytest.mark.parametrize("field", ["dead", "escaped", "silent"])
def test_what_may_not_happen_is_reported(
    field: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the exit status, and by name."""
    result = fuzz.Result(Counter({("stamped", "loaded"): 1}), [], [], [])
    assert fuzz.report(result, tmp_path) == 0
    getattr(result, field).append("stamped0.bc (flip): loaded")
    assert fuzz.report(result, tmp_path) == 1
    assert capsys.readouterr().out.endswith(f"kept in {tmp_path}:\n  stamped0.bc (flip): loaded\n")


@pytest.mark.long
def test_random_attributes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of four sources none ends a process, and what is compiled is right."""
    keep = tmp_path / "failures"
    status = attributes.main(["--seed=3", "--count=4", "--jobs=2", f"--keep={keep}"])
    said = capsys.readouterr().out
    assert status == 0, said
    assert " 0 dead hosts, 0 faults\n" in said
    assert "loaded, exported" in said
