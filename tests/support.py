"""What tests of several folders share."""

from __future__ import annotations

import gc
import mmap
import os
import sys
import sysconfig
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


def resident_bytes() -> int:
    """The memory this process occupies. Linux only."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE


#: Immortal or owned by everybody: only one that grows with every call is suspicious.
SHARED = (None, True, False, NotImplemented)


def assert_stable(call: Callable[[], object], *inputs: object) -> None:
    """Fails if repeated calls of ``call`` keep references to ``inputs``, or memory."""
    # Caches of the interpreter fill at any time; what leaks grows in every round.
    for _ in range(4):
        for _ in range(20):
            call()
        gc.collect()
        references = [sys.getrefcount(value) for value in inputs]
        shared = [sys.getrefcount(value) for value in SHARED]
        blocks = sys.getallocatedblocks()
        for _ in range(200):
            call()
        gc.collect()
        for value, before in zip(SHARED, shared, strict=True):
            assert abs(sys.getrefcount(value) - before) < 100
        assert [sys.getrefcount(value) for value in inputs] == references
        grown = sys.getallocatedblocks() - blocks
        if grown < 100:
            return
    pytest.fail(f"200 calls keep {grown} blocks of memory")
