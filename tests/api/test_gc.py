"""Objects that die: while an exception is set, with one of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tools.support import assert_stable


@pytest.fixture
def unraisable(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What sys.unraisablehook was told."""
    told: list[Any] = []
    monkeypatch.setattr(
        sys, "unraisablehook", lambda args: told.append((type(args.object), args.exc_type))
    )
    return told


WAYS: dict[str, Callable[[ModuleType], Callable[[], object]]] = {
    "finalize": lambda module: module.Finalized,
    "finalize of a subclass": lambda module: type("Sub", (module.Finalized,), {}),
    "releasebuffer": lambda module: lambda: memoryview(module.Exporter()),
}


@pytest.mark.parametrize("way", WAYS)
def test_death_while_an_exception_is_set(
    module: ModuleType, unraisable: list[Any], way: str
) -> None:
    """As CPython runs __del__, which sees none."""
    seen: list[object] = []
    module.set_callback(lambda self: seen.append((type(self).__name__, sys.exc_info()[0], len([]))))
    with pytest.raises(KeyError, match="the error"):
        module.drop_with_error(WAYS[way](module))
    name = {"finalize": "Finalized", "releasebuffer": "Exporter"}.get(way, "Sub")
    assert seen == [(name, None, 0)]
    assert unraisable == []


@pytest.mark.parametrize("way", WAYS)
def test_exceptions_nobody_can_catch(module: ModuleType, unraisable: list[Any], way: str) -> None:
    def fail(self: object) -> None:
        raise LookupError

    module.set_callback(fail)
    WAYS[way](module)()
    with pytest.raises(KeyError, match="the error"):
        module.drop_with_error(WAYS[way](module))
    told = [(kind.__name__, error) for kind, error in unraisable]
    unraisable.clear()
    name = {"finalize": "Finalized", "releasebuffer": "Exporter"}.get(way, "Sub")
    assert told == [(name, LookupError)] * 2


def test_a_finalizer_called_by_name(module: ModuleType, unraisable: list[Any]) -> None:
    seen: list[object] = []
    module.set_callback(lambda self: seen.append(5))

    class Sub(module.Finalized):  # type: ignore[misc, name-defined]
        def __del__(self) -> None:
            super().__del__()
            seen.append(6)

    Sub()
    assert seen == [5, 6]
    assert unraisable == []


def test_nothing_is_kept(module: ModuleType, unraisable: list[Any]) -> None:
    def fail(self: object) -> None:
        raise LookupError

    kinds = [make(module) for make in WAYS.values()]

    def work() -> None:
        for callback in (fail, id):
            module.set_callback(callback)
            for kind in kinds:
                kind()
                with pytest.raises(KeyError):
                    module.drop_with_error(kind)
        unraisable.clear()

    assert_stable(work, module.Finalized, module.Exporter)
