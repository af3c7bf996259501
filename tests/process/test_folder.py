"""Folders for temporary files: which are there, and which are gone."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hpybc.process import folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where folders for temporary files are made."""
    path = tmp_path / "temporary"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    return path


def test_a_folder_is_gone_after_use(temporary: Path) -> None:
    with folder.temporary() as one, folder.temporary() as two:
        assert {Path(one), Path(two)} == {*temporary.iterdir()}
        Path(one, "sub").mkdir()
        Path(one, "sub", "file").touch()
    with pytest.raises(KeyError), folder.temporary():
        raise KeyError
    assert list(temporary.iterdir()) == []


HOLDER = """
import os, sys, tempfile
from hpybc.process import folder
tempfile.tempdir = sys.argv[1]
with folder.temporary() as place:
    open(os.path.join(place, "image.o"), "w").close()
    print(place, flush=True)
    sys.stdin.read()
"""


def test_what_the_dead_left_goes(temporary: Path, tmp_path: Path) -> None:
    """Not what the living have, nor what is no such folder, nor what such a name leads to."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-I", "-c", HOLDER, str(temporary)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    living, dead = (Path(process.stdout.readline().rstrip()) for process in processes)  # type: ignore[union-attr]
    processes[1].kill()
    processes[1].communicate()
    others = [temporary / name for name in ("hpybc-build-mine", "hpybc-abcdefgh", "hpybc")]
    for path in others:
        path.mkdir()
    target = tmp_path / "target"
    target.mkdir()
    (target / "file").touch()
    link = temporary / "hpybc-build-abcdefgh"
    link.symlink_to(target)
    assert dead.exists()
    with folder.temporary() as own:
        assert {*temporary.iterdir()} == {living, Path(own), link, *others}
    assert (target / "file").exists()
    processes[0].communicate("")
    assert {*temporary.iterdir()} == {link, *others}


def test_folders_where_no_locks_are(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are made; nobody knows who is dead."""

    def refuse(*arguments: object) -> None:
        raise OSError("not supported")

    left = temporary / "hpybc-build-abcdefgh"
    left.mkdir()
    monkeypatch.setattr("fcntl.flock", refuse)
    with folder.temporary() as own:
        assert {*temporary.iterdir()} == {left, Path(own)}
    assert list(temporary.iterdir()) == [left]
