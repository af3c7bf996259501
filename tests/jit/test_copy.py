"""Files in memory, for images that have none of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hpybc.jit import copy


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_a_file_has_the_content() -> None:
    """For as long as the block lasts."""
    before = open_files()
    with copy.file_of(b"content") as name:
        assert Path(name).read_bytes() == b"content"
    assert not os.path.exists(name)
    assert open_files() == before


def test_no_name_is_given_twice() -> None:
    """Though the number of the file is."""
    names = set()
    for _ in range(100):
        with copy.file_of(b"content") as name:
            names.add(name)
    assert len(names) == 100
    assert len({name.rpartition("/")[2] for name in names}) == 1


def test_an_exception_ends_it() -> None:
    before = open_files()
    with pytest.raises(KeyError), copy.file_of(b""):
        raise KeyError
    assert open_files() == before


@pytest.mark.parametrize("missing", [True, False], ids=["no such function", "not allowed"])
def test_where_there_are_no_files_in_memory(
    missing: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A Python made for an old C library, or a system that forbids them."""

    def refuse(name: str) -> int:
        raise PermissionError

    if missing:
        monkeypatch.delattr(os, "memfd_create")
    else:
        monkeypatch.setattr(os, "memfd_create", refuse)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with copy.file_of(b"content") as name:
        assert Path(name).read_bytes() == b"content"
        assert Path(name).is_relative_to(tmp_path)
    assert list(tmp_path.iterdir()) == []
