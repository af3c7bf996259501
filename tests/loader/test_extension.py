"""Extensions: what a file says of itself, and when that is verified."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from hpybc import errors
from hpybc.loader import manifest
from hpybc.loader.extension import Extension, read


def test_what_is_in_a_file(answer: Callable[..., Path]) -> None:
    """The bitcode begins where the manifest ends."""
    extension = read(answer())
    assert extension.manifest is not None
    assert extension.data.endswith(extension.payload) and extension.payload.startswith(b"BC")
    assert (extension.name, extension.manifest["entry"]) == ("answer", "PyInit_answer")
    assert extension.stamped and not extension.legacy
    assert (extension.python, extension.libraries, extension.runpath) == (None, (), ())


def test_a_file_is_verified_once_and_late(
    answer: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name alone does not ask for it."""
    asked = []
    parsed = manifest.parsed

    def counted(data: bytes, path: str) -> tuple[slice, manifest.Manifest | None]:
        asked.append(path)
        return parsed(data, path)

    monkeypatch.setattr(manifest, "parsed", counted)
    extension = Extension(answer().read_bytes(), "elsewhere.bc")
    assert extension.name == "answer"
    assert asked == []
    assert extension.verified() is extension
    assert extension.payload and extension.manifest and extension.stamped
    assert asked == ["elsewhere.bc"]


def test_a_damaged_file_has_a_name(answer: Callable[..., Path]) -> None:
    """Which a load finds no image by. Whoever builds learns what is wrong."""
    data = answer().read_bytes()
    extension = Extension(data[:-1] + bytes([data[-1] ^ 1]), "answer.bc")
    assert extension.name == "answer"
    with pytest.raises(errors.ChecksumError) as caught:
        assert extension.payload
    assert caught.value.path == "answer.bc"


def test_bitcode_without_a_manifest(answer: Callable[..., Path]) -> None:
    """It says nothing, so it may be anything."""
    payload = read(answer()).payload
    extension = Extension(payload, "folder/some.thing.bc")
    assert (extension.payload, extension.manifest, extension.name) == (payload, None, "some")
    assert extension.legacy and not extension.stamped
    assert (extension.python, extension.libraries, extension.runpath) == (None, (), ())


def test_what_a_manifest_says(restamped: Callable[..., Path]) -> None:
    names = {"libraries": ["libm.so.6"], "runpath": ["/opt/a", "/opt/b"]}
    extension = read(restamped(python="3.11", module="package.answer", **names))
    assert extension.name == "package.answer"
    assert (extension.python, extension.legacy) == ("3.11", True)
    assert (extension.libraries, extension.runpath) == (("libm.so.6",), ("/opt/a", "/opt/b"))


def test_another_process_need_not_verify_it_again(
    answer: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it get the bitcode twice."""
    extension = read(answer())
    sent = pickle.dumps(extension)
    assert len(sent) < len(extension.data) + 4096
    monkeypatch.setattr(manifest, "parsed", None)
    assert pickle.loads(sent).payload == extension.payload
