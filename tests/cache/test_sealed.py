"""Sealed files: intact, or nothing at all."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpybc.cache import sealed


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sealed"


@pytest.mark.parametrize("size", [0, 1, 5, sealed._PART - 2, sealed._PART, 3 * sealed._PART + 7])
def test_what_was_sealed_is_found(size: int, file: Path) -> None:
    """Whatever its size is to that of the parts that are read."""
    content = random.Random(size).randbytes(size)
    file.write_bytes(sealed.seal(content, "label"))
    found = sealed.check(str(file))
    assert found is not None
    assert (found.label, found.size, found.status.st_size) == ("label", size, size + 5 + 2 + 8)
    assert sealed.content(str(file)) == content


def test_content_comes_first(file: Path) -> None:
    """The dynamic linker sees a shared object."""
    assert sealed.seal(b"content", "label").startswith(b"contentlabel\5\0")


@pytest.mark.parametrize("label", ["", "\u0416", "\udc80", "x" * 70_000])
def test_any_label(label: str, file: Path) -> None:
    """A path can be anything; a label has an end."""
    file.write_bytes(sealed.seal(b"content", label))
    found = sealed.check(str(file))
    assert found is not None
    assert found.label == label.replace("\udc80", "\\udc80")[:0xFFFF]
    assert sealed.content(str(file)) == b"content"


@given(content=st.binary(max_size=100), data=st.data())
def test_any_other_byte_shows(content: bytes, data: st.DataObject, file: Path) -> None:
    whole = sealed.seal(content, "label")
    at = data.draw(st.integers(0, len(whole) - 1))
    flip = data.draw(st.integers(1, 255))
    file.write_bytes(whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :])
    assert sealed.check(str(file)) is None
    assert sealed.content(str(file)) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: b"",
        lambda whole: whole[:5],
        lambda whole: whole[:-1],
        lambda whole: whole[1:],
        lambda whole: whole + b"\0",
        lambda whole: whole[::-1],
        # Parts that change places.
        lambda whole: whole[sealed._PART : 2 * sealed._PART] + whole[: sealed._PART] + whole[-9:],
    ],
)
def test_other_lengths_and_orders_show(spoil: Callable[[bytes], bytes], file: Path) -> None:
    whole = sealed.seal(random.Random(0).randbytes(2 * sealed._PART), "")
    file.write_bytes(spoil(whole))
    assert sealed.check(str(file)) is None


@pytest.mark.parametrize("data", [b"", b"\1", b"\6\0", b"image\6\0", b"\xff\xff"])
def test_a_label_longer_than_the_file(data: bytes, file: Path) -> None:
    """With a digest that is right, as another version might write it."""
    file.write_bytes(data + sealed._digest([data] if data else []))
    assert sealed.check(str(file)) is None


def test_what_is_no_file(file: Path, tmp_path: Path) -> None:
    """Nothing, a folder, a pipe that nobody writes to, or, if so wished, a link."""
    assert sealed.check(str(file)) is None
    assert sealed.check(str(tmp_path)) is None
    (tmp_path / "target").write_bytes(sealed.seal(b"content", "label"))
    file.symlink_to("target")
    assert sealed.check(str(file)) is not None
    assert sealed.check(str(file), os.O_NOFOLLOW) is None
    os.mkfifo(tmp_path / "pipe")
    assert sealed.check(str(tmp_path / "pipe")) is None
