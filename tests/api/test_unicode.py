"""str."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.support import assert_stable

bounded = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

#: One of each width in memory, a null inside, and halves of surrogate pairs.
SAMPLES = [
    "",
    "a",
    "plain ascii",
    "null\0inside",
    "latin \xe9\xff",
    "bmp \u0416\uffff",
    "\U0001f600\U0010ffff beyond",
    "\ud800",
    "a\udfffb",
]
ENCODABLE = st.text(st.characters(exclude_categories=["Cs"]))
#: Lone surrogates as well.
ANY_TEXT = st.one_of(st.sampled_from(SAMPLES), st.text(st.characters()))


class Sub(str):
    __slots__ = ()


def same(convert: Callable[[Any], object], reference: Callable[[], object], value: Any) -> None:
    """convert(value) gives the result or the error of reference()."""
    try:
        expected = reference()
    except UnicodeError as error:
        with pytest.raises(type(error)) as caught:
            convert(value)
        assert str(caught.value) == str(error)
    else:
        assert convert(value) == expected


@given(value=ANY_TEXT)
@bounded
def test_encoding(module: ModuleType, value: str) -> None:
    for text in (value, Sub(value)):
        assert module.Check(text) == 1
        same(module.AsASCIIString, lambda: value.encode("ascii"), text)
        same(module.AsLatin1String, lambda: value.encode("latin-1"), text)
        same(module.AsUTF8String, value.encode, text)
        same(module.AsUTF8AndSize, value.encode, text)
        if "\0" not in value:
            same(module.EncodeFSDefault, lambda: os.fsencode(value), text)


def test_what_is_no_text(module: ModuleType) -> None:
    for other in (b"bytes", None, 5, bytearray(b"")):
        assert module.Check(other) == 0
        for name in ("AsASCIIString", "AsLatin1String", "AsUTF8String", "AsUTF8AndSize"):
            with pytest.raises(TypeError):
                getattr(module, name)(other)
        with pytest.raises(TypeError):
            module.ReadChar(other, 0)


@given(value=ENCODABLE)
@bounded
def test_from_utf8(module: ModuleType, value: str) -> None:
    assert module.FromString(value.encode()) == value.partition("\0")[0]
    assert type(module.FromString(value.encode())) is str


@pytest.mark.parametrize("wrong", [b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"])
def test_from_bad_utf8(module: ModuleType, wrong: bytes) -> None:
    same(module.FromString, wrong.decode, wrong)


@given(value=st.binary())
@bounded
def test_decoding(module: ModuleType, value: bytes) -> None:
    same(lambda v: module.DecodeASCII(v, None), lambda: value.decode("ascii"), value)
    assert module.DecodeLatin1(value, None) == value.decode("latin-1")
    for errors in ("ignore", "replace", "surrogateescape", "backslashreplace"):
        assert module.DecodeASCII(value, errors) == value.decode("ascii", errors)
    until_null = value.partition(b"\0")[0]
    assert module.DecodeFSDefault(value) == os.fsdecode(until_null)
    assert module.DecodeFSDefaultAndSize(value, len(value)) == os.fsdecode(value)
    assert module.DecodeFSDefaultAndSize(value, len(value) // 2) == os.fsdecode(
        value[: len(value) // 2]
    )


def test_unknown_error_handler(module: ModuleType) -> None:
    with pytest.raises(LookupError, match=r"^unknown error handler name 'unknown'$"):
        module.DecodeASCII(b"\xff", "unknown")
    assert module.DecodeLatin1(b"\xff", "unknown") == "\xff"


@given(
    value=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50)
)
@bounded
def test_wide_characters(module: ModuleType, value: str) -> None:
    wide = bytes(ctypes.create_unicode_buffer(value, len(value) + 1))
    assert module.FromWideChar(wide, -1) == value
    assert module.FromWideChar(wide, len(value)) == value
    assert module.FromWideChar(wide, len(value) // 2) == value[: len(value) // 2]


def test_null_among_wide_characters(module: ModuleType) -> None:
    wide = bytes(ctypes.create_unicode_buffer("a\0b", 4))
    assert module.FromWideChar(wide, 3) == "a\0b"
    assert module.FromWideChar(wide, -1) == "a"


@given(value=ANY_TEXT)
@bounded
def test_reading_characters(module: ModuleType, value: str) -> None:
    assert [module.ReadChar(value, i) for i in range(len(value))] == [ord(c) for c in value]
    for index in (-1, len(value), len(value) + 5):
        with pytest.raises(IndexError, match=r"^string index out of range$"):
            module.ReadChar(value, index)


@given(value=ANY_TEXT, start=st.integers(0, 30), end=st.integers(0, 30))
@bounded
def test_substring(module: ModuleType, value: str, start: int, end: int) -> None:
    assert module.Substring(value, start, end) == value[start:end]
    assert module.Substring(Sub(value), start, end) == value[start:end]


def test_substring_counts_from_the_start_only(module: ModuleType) -> None:
    for start, end in ((-1, 2), (0, -1)):
        with pytest.raises(IndexError, match=r"^string index out of range$"):
            module.Substring("abc", start, end)
    assert module.Substring("abc", 0, 2**62) == "abc"
    assert module.Substring("abc", 2**62, 2**63 - 1) == ""


def test_from_encoded_object(module: ModuleType) -> None:
    convert = module.FromEncodedObject
    assert convert("ä€".encode(), None, None) == "ä€"
    assert convert("ä€".encode("utf-16"), "utf-16", "strict") == "ä€"
    assert convert(bytearray(b"abc"), "ascii", None) == "abc"
    assert convert(memoryview(b"\xff"), "ascii", "replace") == "\ufffd"
    assert convert(b"", "no such encoding", None) == ""
    with pytest.raises(UnicodeDecodeError):
        convert(b"\xff", "ascii", None)
    with pytest.raises(LookupError, match=r"^unknown encoding: none$"):
        convert(b"a", "none", None)
    with pytest.raises(TypeError, match=r"^decoding str is not supported$"):
        convert("text", None, None)
    with pytest.raises(TypeError, match=r"^decoding to str: need a bytes-like object, int found$"):
        convert(5, None, None)


def test_nothing_is_kept(module: ModuleType) -> None:
    texts = ["some text", "caf\xe9 \u0416 \U0001f600", "\ud800 alone"]
    data = b"some bytes \xff"

    def work() -> None:
        for text in texts:
            for name in ("AsASCIIString", "AsLatin1String", "AsUTF8String", "AsUTF8AndSize"):
                try:
                    getattr(module, name)(text)
                except UnicodeError:
                    pass
            module.Substring(text, 2, 5)
            module.ReadChar(text, 1)
        for name in ("FromString", "DecodeFSDefault"):
            try:
                getattr(module, name)(data)
            except UnicodeError:
                pass
        module.DecodeASCII(data, "replace")
        module.DecodeLatin1(data, None)
        module.FromEncodedObject(data, "latin-1", None)
        with pytest.raises(TypeError):
            module.FromEncodedObject(texts[0], None, None)

    assert_stable(work, *texts, data)
