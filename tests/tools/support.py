"""What tests of several folders share."""

from __future__ import annotations

import builtins
import gc
import mmap
import os
import reprlib
import sys
import sysconfig
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest

#: A build that can run without the GIL.
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))

#: Free-threaded 3.13 keeps every type, module, function and code object once there has been a
#: second thread; this keeps it from doing so.
MORTAL = """
import _testinternalcapi
_testinternalcapi.suppress_immortalization(True)
"""
if not FREE_THREADED or sys.version_info >= (3, 14):
    MORTAL = ""


def source_files(count: int) -> list[str]:
    """The first ``count`` modules of the standard library: real text, and at hand everywhere."""
    folder = Path(os.__file__).parent
    return [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))[:count]]


def unprivileged() -> tuple[str, ...]:
    """The prefix of a process that permissions hold for; root has to give up its privileges."""
    return ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.getuid() == 0 else ()


def resident_bytes() -> int:
    """The memory this process occupies. Linux only."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE


#: Objects that everybody owns: a reference to one leaks without a trace in memory.
SHARED = (
    *(None, True, False, NotImplemented, ..., (), "", b""),
    *range(-5, 257),
    *(value for value in vars(builtins).values() if isinstance(value, type)),
)

#: A cache of the interpreter fills in one round; what leaks grows in each.
ROUNDS = 4


def assert_stable(
    call: Callable[[], object], *inputs: object, runs: int = 200, kept: int = 0
) -> None:
    """Fails if repeated calls of ``call`` change reference counts or keep memory.

    Args:
        call: what to call, several times ``runs``.
        inputs: objects whose reference counts are watched, besides those of ``SHARED``.
        runs: calls in one round. A change is a leak if it is one for every second call at least.
        kept: blocks, objects or references of one object that a call keeps by design.
    """
    watched = tuple({id(value): value for value in (*inputs, *SHARED)}.values())
    # An input that loses references must outlive the measurement.
    held = inputs * (ROUNDS * runs + 20)
    least: list[int] | None = None
    gc.freeze()  # what exists by now need not be looked at again
    try:
        for _ in range(20):
            call()
        for _ in range(ROUNDS):
            before = _count(watched)
            for _ in range(runs):
                call()
            changes = [new - old for new, old in zip(_count(watched), before, strict=True)]
            least = [min(pair, key=abs) for pair in zip(least or changes, changes, strict=True)]
            if all(abs(change) < kept * runs + runs // 2 for change in least):
                return
    finally:
        gc.unfreeze()
    _lost.append(held)
    assert least is not None
    names = ["blocks of memory", "objects of the collector"]
    names += [f"references of {reprlib.repr(value)}" for value in watched]
    pytest.fail(
        f"{runs} calls change, every time: "
        + ", ".join(
            f"{name} by {change:+}"
            for name, change in zip(names, least, strict=True)
            if abs(change) >= kept * runs + runs // 2
        )
    )


_lost: list[object] = []
_clear_caches: Callable[[], object] = (
    getattr(sys, "_clear_internal_caches", None)  # 3.13
    or getattr(sys, "_clear_type_cache", None)
    or gc.collect
)


def _count(watched: tuple[object, ...]) -> array[int]:
    """Blocks, objects that the garbage collector knows, and the references of ``watched``."""
    # Without a GIL what dies in one collection is freed by a later one.
    for _ in range(3 if FREE_THREADED else 1):
        gc.collect()
    _clear_caches()
    counts = array("q", [0, 0, *map(sys.getrefcount, watched)])  # a list would be blocks itself
    counts[:2] = array("q", [sys.getallocatedblocks(), len(gc.get_objects())])
    return counts
