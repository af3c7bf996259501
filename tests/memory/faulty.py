"""Tests of faulty.c, each for the fault it is named after: no part of the suite.

All pass, unless they run with the plugin ``leaks`` or under valgrind.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hpybc

VALUE = object()


@pytest.fixture
def faulty(engine: str, compiled: Callable[..., Path]) -> ModuleType:
    return hpybc.load(compiled(Path(__file__).with_suffix(".c")))


def test_sound(faulty: ModuleType) -> None:
    assert faulty.sound(VALUE) == (VALUE,)


def test_keep_input(faulty: ModuleType) -> None:
    assert faulty.keep_input(VALUE) is None


@given(value=st.binary(min_size=1).map(list))
def test_keep_example(faulty: ModuleType, value: list[int]) -> None:
    assert faulty.keep_input(value) is None


def test_close_input(faulty: ModuleType) -> None:
    assert faulty.close_input(VALUE) is None


def test_keep_new_object(faulty: ModuleType) -> None:
    assert faulty.keep_new_object() is None


def test_lose_block(faulty: ModuleType) -> None:
    assert faulty.lose_block() is None


def test_read_after_free(faulty: ModuleType) -> None:
    assert isinstance(faulty.read_after_free(), int)


def test_read_uninitialised(faulty: ModuleType) -> None:
    assert isinstance(faulty.read_uninitialised(), bool)
