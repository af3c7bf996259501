"""The upkeep of the cache: its limit, what goes first, and what is none of its business."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from hpybc.cache import store, upkeep
from hpybc.errors import UsageError

HOUR = 3600


def name(number: int, suffix: str = "so") -> str:
    return f"{number:064x}.{suffix}"


def put(folder: Path, file: str, size: int, hours: float) -> Path:
    """A file of some size that was used so many hours ago."""
    path = folder / file
    path.write_bytes(bytes(size))
    used = time.time() - hours * HOUR
    os.utime(path, (used, used))
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_entries(folder: Path) -> None:
    """Files by the names that the cache gives, the most recently used first, and no others."""
    put(folder, name(1), 10, 3)
    put(folder, name(2, "o"), 20, 1)
    put(folder, name(3, "zip"), 30, 2)
    put(folder, name(4) + ".123-0a1b2c3d", 40, 4)
    for other in ("README", name(5, "txt"), name(5)[1:], name(6).upper(), name(7) + ".tmp"):
        put(folder, other, 5, 0)
    (folder / name(8)).mkdir()
    (folder / name(9)).symlink_to(folder / name(1))
    found = upkeep.entries(str(folder))
    assert [(entry.name, entry.size) for entry in found] == [
        (name(2, "o"), 20),
        (name(3, "zip"), 30),
        (name(1), 10),
        (name(4) + ".123-0a1b2c3d", 40),
    ]
    assert [entry.unfinished for entry in found] == [False, False, False, True]


def test_no_folder_has_no_entries(tmp_path: Path) -> None:
    assert upkeep.entries(str(tmp_path / "none")) == []
    assert upkeep.prune(str(tmp_path / "none"), 0) == upkeep.clear(str(tmp_path / "none")) == []


def test_prune_removes_what_was_used_least_recently(folder: Path) -> None:
    for number in range(5):
        put(folder, name(number), 100, number)
    put(folder, "README", 1000, 100)
    removed = upkeep.prune(str(folder), 300)
    assert [entry.name for entry in removed] == [name(3), name(4)]
    assert names(folder) == {name(0), name(1), name(2), "README"}


def test_prune_keeps_what_it_is_told(folder: Path) -> None:
    """However large it is, and whatever the clock said when it was written."""
    put(folder, name(1), 100, 0)
    put(folder, name(2), 1000, 50)
    upkeep.prune(str(folder), 500, keep=name(2))
    assert names(folder) == {name(1), name(2)}
    upkeep.prune(str(folder), 50, keep=name(2))
    assert names(folder) == {name(2)}


def test_prune_removes_what_a_dead_writer_left(folder: Path) -> None:
    """At once; what somebody is at work on, who has it locked, stays."""
    for number, suffix in enumerate((".77-00000000", ".lock")):
        put(folder, name(number) + suffix, 10, 0)
    with open(folder / (name(1) + ".lock")) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        upkeep.prune(str(folder), 1000)
        assert names(folder) == {name(1) + ".lock"}
    upkeep.prune(str(folder), 1000)
    assert names(folder) == set()


@pytest.mark.parametrize(("hours", "goes"), [(0.1, False), (2, True), (-2, True)])
def test_prune_where_no_locks_are(
    folder: Path, hours: float, goes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes by the time, even by one in what is the future since the clock was moved back."""

    def refuse(*arguments: object) -> None:
        raise OSError("not supported")

    monkeypatch.setattr("fcntl.flock", refuse)
    put(folder, name(1) + ".77-00000000", 10, hours)
    upkeep.prune(str(folder), 1000)
    assert names(folder) == (set() if goes else {name(1) + ".77-00000000"})


def test_clear_removes_what_is_ours(folder: Path) -> None:
    put(folder, name(1), 10, 0)
    put(folder, name(2) + ".77-00000000", 10, 0)
    put(folder, "README", 10, 0)
    assert len(upkeep.clear(str(folder))) == 2
    assert names(folder) == {"README"}


def test_what_is_gone_already_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes clear at once."""
    put(folder, name(1), 10, 0)
    found = upkeep.entries(str(folder))
    (folder / name(1)).unlink()
    monkeypatch.setattr(upkeep, "entries", lambda directory: found)
    assert upkeep.clear(str(folder)) == []
    assert upkeep.label(str(folder), found[0]) is None


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("123", 123),
        ("5k", 5000),
        ("20M", 20_000_000),
        ("3gb", 3 * 10**9),
        (" 1G ", 10**9),
    ],
)
def test_limit(monkeypatch: pytest.MonkeyPatch, text: str, size: int) -> None:
    assert upkeep.limit(text) == size
    monkeypatch.setenv("HPYBC_CACHE_SIZE", text)
    assert upkeep.limit() == size


@pytest.mark.parametrize("text", ["much", "-1", "1.5G", "1T", "\u0663", "k"])
def test_wrong_limit(
    monkeypatch: pytest.MonkeyPatch, folder: Path, compiled: Callable[..., Path], text: str
) -> None:
    """Said where it is asked for: nothing is removed, nothing written."""
    monkeypatch.setenv("HPYBC_CACHE_SIZE", text)
    put(folder, name(1), 10, 0)
    with pytest.raises(UsageError) as caught:
        store.store(name(2), b"image")
    assert caught.value.found == f"HPYBC_CACHE_SIZE={text}"
    assert names(folder) == {name(1)}


def test_default_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, ""):
        monkeypatch.delenv("HPYBC_CACHE_SIZE", raising=False)
        if value is not None:
            monkeypatch.setenv("HPYBC_CACHE_SIZE", value)
        assert upkeep.limit() == 10**9


def test_a_load_evicts_and_touches(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    load_example: Callable[[str], object],
    compiled: Callable[..., Path],
) -> None:
    """What is loaded again is used again; for what is new the oldest goes."""
    load_example("quickstart")
    (first,) = folder.iterdir()
    os.utime(first, (0, 0))
    load_example("quickstart")
    assert time.time() - first.stat().st_mtime < HOUR
    used = time.time() - 2 * HOUR
    os.utime(first, (used, used))
    monkeypatch.setenv("HPYBC_CACHE_SIZE", "1")
    module = load_example("point")
    assert first.name not in names(folder)
    assert len(names(folder)) == 1
    assert module.Point(3.0, 4.0).norm() == 5.0  # type: ignore[attr-defined]


def test_label_says_what_an_image_is(folder: Path, compiled: Callable[..., Path]) -> None:
    path = compiled(Path(__file__).parent.parent.parent / "examples" / "quickstart.c")
    hpybc.load(path)
    (entry,) = upkeep.entries(str(folder))
    label = upkeep.label(str(folder), entry)
    assert label is not None
    assert label.startswith("quickstart release cpython-") and label.endswith(f" {path}")
