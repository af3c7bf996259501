"""Trackers."""

from __future__ import annotations

import resource
import sys
from types import ModuleType

import pytest

from tools.support import assert_stable


@pytest.mark.parametrize("size", [0, 1, 4, 5, 6, 100, -1])
@pytest.mark.parametrize("n", [0, 1, 4, 5, 6, 10, 11, 1000])
def test_closing_closes_each_handle(module: ModuleType, size: int, n: int) -> None:
    value = object()
    references = sys.getrefcount(value)
    assert module.track(value, size, n) is None
    assert sys.getrefcount(value) == references
    assert module.forget(value, size, n) is None
    assert sys.getrefcount(value) == references


@pytest.mark.parametrize("size", [sys.maxsize, 2**61, 2**61 + 1, 2**60])
def test_impossible_size(module: ModuleType, size: int) -> None:
    with pytest.raises(MemoryError):
        module.track(None, size, 10)


def test_memory_is_freed(module: ModuleType) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    module.many(object())
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 50_000, f"{grown} KiB"


def test_nothing_is_kept(module: ModuleType) -> None:
    value = object()

    def work() -> None:
        for n in (0, 5, 50):
            module.track(value, 0, n)
            module.forget(value, 20, n)

    assert_stable(work, value)
