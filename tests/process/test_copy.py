"""Files for images that have none of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hpybc.errors import LinkError
from hpybc.process import copy


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def content_of(name: str) -> bytes:
    return Path(name).read_bytes()


def test_a_file_has_the_content() -> None:
    """For as long as it is loaded from."""
    before = open_files()
    names = []

    def load(name: str) -> bytes:
        names.append(name)
        return content_of(name)

    assert copy.through_file(b"content", load) == b"content"
    assert not os.path.exists(names[0])
    assert open_files() == before


def test_no_name_is_given_twice() -> None:
    """Though the number of the file is."""
    names = {copy.through_file(b"content", str) for _ in range(100)}
    assert len(names) == 100
    assert len({name.rpartition("/")[2] for name in names}) == 1


def test_no_process_is_named_by_its_number() -> None:
    """In a container /proc may be that of another namespace, where the number is another's."""
    assert copy.through_file(b"content", str).startswith("/proc/self/fd/")


def test_an_exception_ends_it() -> None:
    before = open_files()

    def load(name: str) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        copy.through_file(b"", load)
    assert open_files() == before


def refuse_memory(patch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> int:
        raise PermissionError(1, "not permitted")

    patch.setattr(os, "memfd_create", refuse)


def without_memory(patch: pytest.MonkeyPatch) -> None:
    patch.delattr(os, "memfd_create")


def without_proc(patch: pytest.MonkeyPatch) -> None:
    stat = os.stat

    def missing(path: str, **options: bool) -> os.stat_result:
        if str(path).startswith("/proc"):
            raise FileNotFoundError(path)
        return stat(path, **options)

    patch.setattr(os, "stat", missing)


def with_proc_of_others(patch: pytest.MonkeyPatch) -> None:
    stat = os.stat
    patch.setattr(
        os, "stat", lambda path, **o: stat("/" if str(path).startswith("/proc") else path, **o)
    )


@pytest.mark.parametrize(
    "deprive", [without_memory, refuse_memory, without_proc, with_proc_of_others]
)
def test_where_there_are_no_files_in_memory(
    deprive: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A Python made for an old C library, a system that forbids them, one without their names."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert callable(deprive)
    with pytest.MonkeyPatch.context() as patch:
        deprive(patch)
        name = copy.through_file(b"content", str)
        assert copy.through_file(b"content", content_of) == b"content"
    assert Path(name).is_relative_to(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_where_files_in_memory_cannot_be_mapped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another place may do; if none does, the error has the dynamic linker's words."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def only_in_folder(name: str) -> str:
        if name.startswith("/proc"):
            raise ImportError(f"{name}: failed to map segment from shared object")
        return name

    assert copy.through_file(b"content", only_in_folder).startswith(str(tmp_path))

    def nowhere(name: str) -> None:
        raise ImportError(f"{name}: failed to map segment from shared object")

    with pytest.raises(LinkError) as caught:
        copy.through_file(b"content", nowhere)
    assert caught.value.reason == "not mapped"
    assert "failed to map segment" in caught.value.found
    assert list(tmp_path.iterdir()) == []


def test_what_the_module_raises_is_raised(tmp_path: Path) -> None:
    def load(name: str) -> None:
        raise ImportError("no such submodule")

    with pytest.raises(ImportError, match="no such submodule"):
        copy.through_file(b"content", load)
