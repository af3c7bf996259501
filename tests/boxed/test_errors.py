"""Exceptions of extensions, outside a call that could raise them."""

from __future__ import annotations

import sys
from typing import Any

import pytest


@pytest.fixture
def write(monkeypatch: pytest.MonkeyPatch) -> Any:
    """write(where) writes ``ValueError("lost")``, with the interpreter's own hook."""
    from hpybc.boxed.errors import HPyErr_WriteUnraisable, is_raising, set_exception

    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)

    def write_unraisable(where: object) -> None:
        set_exception(ValueError("lost"))
        HPyErr_WriteUnraisable(where)
        assert not is_raising()

    return write_unraisable


def test_what_nobody_can_catch_is_printed(write: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from hpybc.boxed.handles import NULL

    write(NULL)
    assert capsys.readouterr().err == "Exception ignored\nValueError: lost\n"
    write("here")
    assert capsys.readouterr().err == "Exception ignored in: 'here'\nValueError: lost\n"


def test_a_hook_gets_it(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", got.append)
    write("here")
    (unraisable,) = got
    assert unraisable.exc_type is ValueError
    assert str(unraisable.exc_value) == "lost"
    assert unraisable.object == "here"
