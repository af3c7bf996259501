"""Files that are replaced as a whole."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from hpybc import files


def test_replaced_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted at any moment there is the old file or the new one."""
    file = tmp_path / "ext.bc"
    files.replace(str(file), b"old")

    def interrupted(source: str, destination: str) -> None:
        assert Path(source).read_bytes() == b"new"
        assert file.read_bytes() == b"old"
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.replace(str(file), b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("mode", [0o600, 0o666, 0o777])
def test_permissions_are_those_of_a_new_file(mode: int, tmp_path: Path) -> None:
    """Whatever those of the old one were; the umask takes its part."""
    file = tmp_path / "ext.bc"
    file.write_bytes(b"old")
    file.chmod(0o640)
    umask = os.umask(0o022)
    try:
        files.replace(str(file), b"new", mode)
    finally:
        os.umask(umask)
    assert file.stat().st_mode & 0o777 == mode & ~0o022


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "ext.bc").mkdir()
    with pytest.raises(OSError):
        files.replace(str(tmp_path / "ext.bc"), b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["ext.bc"]


def test_a_device_stays_one(tmp_path: Path) -> None:
    """What is written to /dev/null, as build systems do, does not take its place."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        files.replace(str(pipe), b"new")
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    files.replace(os.devnull, b"new")
    assert Path(os.devnull).is_char_device()


def test_an_error_names_the_file_that_was_meant(tmp_path: Path) -> None:
    """And not the one that the attempt was made with."""
    for path in (tmp_path / "absent" / "ext.bc", tmp_path):
        with pytest.raises(OSError) as caught:
            files.replace(str(path), b"new")
        assert str(caught.value).endswith(f": {str(path)!r}")


def test_what_the_dead_left_of_the_same_file_goes(tmp_path: Path) -> None:
    """Not what others are writing, nor files of other names."""
    dead, living = tmp_path / "file.77-00000000", tmp_path / "file.78-00000000"
    others = [tmp_path / name for name in ("file.77", "other.77-00000000", "file.77-00000000.bak")]
    for path in (dead, living, *others):
        path.touch()
    with open(living) as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        files.replace(str(tmp_path / "file"), b"content")
    assert {*tmp_path.iterdir()} == {tmp_path / "file", living, *others}
