"""References that are deferred while a C++ exception passes; see test_deferred.py."""

from __future__ import annotations

import ctypes
import sys
from types import ModuleType

import pytest


class Token:
    pass


@pytest.mark.parametrize(("name", "calls"), [("keep", [1, 3]), ("catch_item", [2, 3])])
@pytest.mark.parametrize("emptied_by", [None, 1, 2, 3])
def test_an_item_outlives_its_list(
    module: ModuleType, name: str, calls: list[int], emptied_by: int | None
) -> None:
    """Foreign code empties the list: before the exception, while it passes, or once caught."""
    items = [Token(), Token()]
    called: list[int] = []

    def foreign(number: int) -> int:
        called.append(number)
        if number == emptied_by:
            items.clear()
        return 0

    function = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_int)(foreign)
    expected, kept = items[0], emptied_by not in calls
    before = sys.getrefcount(expected)
    item = getattr(module, name)(items, ctypes.cast(function, ctypes.c_void_p).value)
    assert called == calls
    assert item is expected
    del item
    assert sys.getrefcount(expected) == before - (not kept)
