"""bytes."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.support import assert_stable

bounded = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class Sub(bytes):
    pass


@given(value=st.binary())
@bounded
def test_reading(module: ModuleType, value: bytes) -> None:
    for same in (value, Sub(value)):
        assert module.Check(same) == 1
        assert module.Size(same) == module.GET_SIZE(same) == len(value)
        assert module.AsString(same) == module.AS_STRING(same) == value
        assert module.is_terminated(same) == 1


@given(value=st.text(st.characters(exclude_categories=["Cs"])))
@bounded
def test_making(module: ModuleType, value: str) -> None:
    encoded = value.encode()
    assert module.FromString(value) == encoded.partition(b"\0")[0]
    for size in {0, len(encoded) // 2, len(encoded)}:
        assert module.FromStringAndSize(value, size) == encoded[:size]
    assert type(module.FromString(value)) is bytes


def test_making_of_nothing(module: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"^NULL char \* passed to HPyBytes_FromStringAndSize$"):
        module.FromStringAndSize(None, 5)
    with pytest.raises(SystemError):
        module.FromStringAndSize("abc", -1)


def test_other_objects(module: ModuleType) -> None:
    for other in ("text", bytearray(b"1"), memoryview(b"1"), None, 5):
        assert module.Check(other) == 0
        message = f"^expected bytes, {type(other).__name__} found$"
        with pytest.raises(TypeError, match=message):
            module.Size(other)
    with pytest.raises(TypeError, match=r"^expected bytes, str found$"):
        module.AsString("text")


def test_nothing_is_kept(module: ModuleType) -> None:
    value, sub, text = b"some bytes", Sub(b"other bytes"), "text"

    def work() -> None:
        for same in (value, sub):
            module.AsString(same)
            module.AS_STRING(same)
            module.Check(same)
            module.Size(same)
        module.FromString(text)
        module.FromStringAndSize(text, 2)
        with pytest.raises(TypeError):
            module.Size(text)
        with pytest.raises(ValueError):
            module.FromStringAndSize(None, 3)

    assert_stable(work, value, sub, text)
