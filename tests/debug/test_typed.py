"""Typed methods in debug mode: every handle is closed, whether a call succeeds or fails."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import hpybc
from hpybc.debug import LeakDetector

SOURCE = Path(__file__).parent.parent / "api" / "test_typed.c"


def test_no_handle_leaks(compiled: Callable[..., Path]) -> None:
    m = hpybc.load(compiled(SOURCE), mode="debug")
    succeeding: list[Callable[[], object]] = [
        lambda: m.echo_object(1),
        lambda: m.echo_complex(1j),
        lambda: m.echo_str("x"),
        lambda: m.echo_bytes(b"x"),
        lambda: m.clip(3, hi=2),
        lambda: m.split(7, 2),
        lambda: m.Counter().add(n=5),
    ]
    failing: list[Callable[[], object]] = [
        lambda: m.clip(),
        lambda: m.clip(1, zz=2),
        lambda: m.clip(1, x=2),
        lambda: m.clip("x"),
        lambda: m.clip(1, 2, 3, hi=4),
        lambda: m.echo_complex([]),
        lambda: m.echo_uint(-1),
        lambda: m.echo_ulong("x"),
        lambda: m.divide(1, 0),
        lambda: m.positional(1, a=2),
        lambda: m.named(first=1),
        lambda: m.Counter().take(n=5),
        lambda: m.check(-1),
        lambda: m.raising(),
        lambda: m.many(**{"\ud800": 1}),
    ]
    with LeakDetector():
        for call in succeeding:
            call()
        for call in failing:
            failed = True
            with suppress(TypeError, OverflowError, ZeroDivisionError, ValueError, KeyError):
                call()
                failed = False
            assert failed
