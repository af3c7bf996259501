"""Handles."""

from __future__ import annotations

import builtins
import sys
from types import ModuleType

import pytest

from tools.support import assert_stable

#: Handles that are not named after a builtin.
TYPES = {
    "h_BaseObjectType": object,
    "h_TypeType": type,
    "h_BoolType": bool,
    "h_LongType": int,
    "h_FloatType": float,
    "h_UnicodeType": str,
    "h_TupleType": tuple,
    "h_ListType": list,
    "h_DictType": dict,
    "h_ComplexType": complex,
    "h_BytesType": bytes,
    "h_MemoryViewType": memoryview,
    "h_SliceType": slice,
}


def test_dup_is_the_same_object(module: ModuleType) -> None:
    for value in (object(), None, 1, 10**30, "text", [], module):
        assert module.dup(value) is value
        assert module.void_pointer(value) is value
        assert getattr(module, "is")(value, value) is True
    assert getattr(module, "is")([], []) is False


@pytest.mark.parametrize("n", [0, 1, 2, 100])
def test_each_handle_is_a_reference(module: ModuleType, n: int) -> None:
    value = object()
    references = sys.getrefcount(value)
    inside = module.dup_and_close(value, n)
    assert inside - module.dup_and_close(value, 0) == n
    assert sys.getrefcount(value) == references


def test_null_handles(module: ModuleType) -> None:
    assert module.null_handles() is True


def test_handles_of_the_context(module: ModuleType) -> None:
    handles = module.context_handles()
    assert len(handles) == 84
    for name, value in handles.items():
        if name in TYPES:
            assert value is TYPES[name], name
        elif name == "h_CapsuleType":
            assert value.__name__ == "PyCapsule"
        elif name == "h_Builtins":
            assert value is vars(builtins)
        else:
            assert value is getattr(builtins, name.removeprefix("h_")), name


def test_context(module: ModuleType) -> None:
    assert module.abi_version() == 0
    assert module.context_name() == "HPy Universal ABI (CPython backend, hpybc)"


def test_nothing_is_kept(module: ModuleType) -> None:
    value = object()

    def work() -> None:
        module.dup(value)
        module.dup_and_close(value, 7)
        module.void_pointer(value)
        module.context_handles()

    assert_stable(work, value)
