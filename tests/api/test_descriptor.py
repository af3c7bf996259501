"""The slot HPy_tp_descr_get, and HPy_New for pointers to what has no size."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import hpybc
from hpybc.toolchain.compile import Options


@pytest.fixture(params=["release", "debug", "trace"])
def module(
    request: pytest.FixtureRequest, engine: str, compiled: Callable[..., Path]
) -> ModuleType:
    """The C twin in each mode."""
    return hpybc.load(compiled(Path(__file__).with_suffix(".c")), mode=request.param)


def test_descriptor(module: ModuleType) -> None:
    """On an instance, on its class, called by hand, and inherited."""
    answer = object()

    class Derived(module.Descriptor):  # type: ignore[name-defined, misc]
        pass

    for make in (module.Descriptor, Derived):
        descriptor = make(answer)
        owner: Any = type("Owner", (), {"attribute": descriptor})
        sub: Any = type("Sub", (owner,), {})
        one, other = owner(), sub()
        for _ in range(3):
            assert one.attribute == (descriptor, one, owner, answer)
            assert other.attribute == (descriptor, other, sub, answer)
            assert owner.attribute == (descriptor, "class", owner, answer)
            assert sub.attribute == (descriptor, "class", sub, answer)
        assert descriptor.__get__(one) == (descriptor, one, "nobody", answer)
        assert descriptor.__get__(None, owner) == (descriptor, "class", owner, answer)
        with pytest.raises(TypeError):
            descriptor.__get__()
        one.__dict__["attribute"] = "its own"  # it is no data descriptor
        assert one.attribute == "its own"
        assert descriptor.got == 14


def test_exceptions_of_a_descriptor(module: ModuleType) -> None:
    error = ValueError("refused")
    owner: Any = type("Owner", (), {"attribute": module.Descriptor(error)})
    for thing in (owner, owner()):
        with pytest.raises(ValueError, match="refused"):
            _ = thing.attribute


def test_a_descriptor_as_a_method(module: ModuleType) -> None:
    """What it gives is called, or is not callable."""
    owner: Any = type("Owner", (), {"method": module.Descriptor()})
    with pytest.raises(TypeError, match="'tuple' object is not callable"):
        owner().method()


@pytest.fixture(params=["release", "debug"])
def mode(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(params=[".c", ".cpp"])
def twin(
    request: pytest.FixtureRequest, mode: str, engine: str, compiled: Callable[..., Path]
) -> ModuleType:
    """Either twin in two modes. Each image keeps the memory of some instances that have died."""
    source, extra = Path(__file__).with_suffix(request.param), ("-Wall", "-Wextra", "-Werror")
    return hpybc.load(compiled(source, Options(extra=extra)), mode=mode)


def test_new_for_any_pointer(twin: ModuleType) -> None:
    """The type decides how much memory there is, whatever the pointer is declared to point to."""
    makers = [
        *(twin.as_number, twin.as_void, twin.as_hidden, twin.as_char),
        *(twin.as_another, twin.as_pointer, twin.as_address),
    ]
    for _ in range(100):
        made = [maker(twin.Number) for maker in makers]
        assert [number.number for number in made] == [1, 2, 3, 4, 5, 6, 7]
        del made
    gc.collect()
