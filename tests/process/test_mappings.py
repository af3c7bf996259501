"""The limit of mappings: a warning before it, an error at it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from hpybc.errors import LinkError
from hpybc.loader import loading
from hpybc.process import copy, mappings


@pytest.fixture(autouse=True)
def unwarned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mappings, "_warned", False)


@pytest.fixture
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has nearly all that it may."""
    monkeypatch.setattr(mappings, "mappings", lambda: mappings.Mappings(60_000, 65_530))


def test_mappings_are_counted() -> None:
    used, limit = mappings.mappings()
    with open("/proc/self/maps") as file:
        assert abs(used - len(list(file))) < 20
    assert limit == int(Path("/proc/sys/vm/max_map_count").read_text())


def test_where_nobody_counts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", refuse)
    assert mappings.mappings() == (0, None)
    assert not mappings.nearly_all()


@pytest.mark.usefixtures("near")
def test_a_service_is_warned_once(
    compiled: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = compiled(Path(__file__).parent.parent / "loader" / "answer.c")
    monkeypatch.setattr(loading, "_LOOKED_AT", 1)
    for _ in range(2):
        assert hpybc.load(path).answer() == 42
    (record,) = (record for record in caplog.records if record.name == "hpybc")
    assert record.levelno == logging.WARNING
    assert "60000 of 65530 mappings" in record.getMessage()
    assert "vm.max_map_count" in record.getMessage()


def test_nobody_is_warned_without_need(caplog: pytest.LogCaptureFixture) -> None:
    mappings.warn(500)
    assert [record for record in caplog.records if record.name == "hpybc"] == []


@pytest.mark.usefixtures("near")
def test_at_the_limit_the_error_says_so() -> None:
    def refuse(name: str) -> None:
        raise ImportError(f"{name}: failed to map segment from shared object")

    with pytest.raises(LinkError) as caught:
        copy.through_file(b"content", refuse)
    assert "65530 mappings" in caught.value.needed
    assert "60000" in caught.value.needed
    assert "vm.max_map_count" in caught.value.remedy
