"""HPy's own microbenchmarks, from the folder ``microbench`` of its sources.

Their module ``test_microbench`` is pytest's: each test gets an extension module, a timer that
measures from its ``__enter__`` to its ``__exit__``, and how often to repeat. This adapter calls
them with a timer of processor time. ``cpy_simple.c`` is the C API, ``hpy_simple.c`` HPy.
All of it is as released, but for a NULL in ``hpy_simple.c``: see ``_UNTERMINATED``.
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import time
import types
from collections.abc import Callable, Iterable
from types import ModuleType, TracebackType
from typing import Any

import peers
from cases import Case, Statement
from variants import Variant

#: How often a test repeats what it measures. Some collect garbage in the time they measure, which
#: must not show.
REPEATS = 300_000

#: The tests whose functions are METH_VARARGS in the C API, and take their arguments from a vector
#: in HPy.
_VARARGS = ("varargs", "call_with_tuple")


class _Timer:
    """Processor time, which a busy machine does not lengthen."""

    elapsed = 0.0

    def __enter__(self) -> None:
        self.elapsed = -time.process_time()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.elapsed += time.process_time()


def _tests(folder: str) -> ModuleType:
    sys.modules.setdefault("_valgrind", types.ModuleType("_valgrind"))  # theirs, for callgrind
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module("test_microbench")


def cases(folder: str) -> list[Case]:
    """One case for each test, named ``TestModule.noargs``."""
    tests = _tests(folder)
    return [
        Case(
            f"{group.removeprefix('Test')}.{name.removeprefix('test_')}",
            Statement(
                None,
                f"import microbench\ntimer = microbench.timer({folder!r}, {group!r}, {name!r}, m)",
            ),
            loop=False,
            number=REPEATS,
        )
        for group, methods in inspect.getmembers(tests, inspect.isclass)
        if group.startswith("Test")
        for name in vars(methods)
        if name.startswith("test_")
    ]


def timer(folder: str, group: str, name: str, module: ModuleType) -> Callable[[int], float]:
    """The timer of one test: repeats it so often and returns the seconds that it measured."""
    test = getattr(getattr(_tests(folder), group)(), name)
    wanted = inspect.signature(test).parameters

    def run(number: int) -> float:
        clock = _Timer()
        given: dict[str, Any] = {"simple": module, "timer": clock, "N": number, "api": "any"}
        test(**{key: value for key, value in given.items() if key in wanted})
        return clock.elapsed

    return run


def same_convention(names: Iterable[str]) -> list[str]:
    """Those of the cases whose functions have the same calling convention in both APIs."""
    return [name for name in names if not name.partition(".")[2].startswith(_VARARGS)]


#: The one array in their sources that lacks the NULL at its end: it runs into whatever the compiler
#: puts there, so that the outcome is up to luck.
_UNTERMINATED = "    &Foo_len,\n};"


def variants(folder: str, output: str) -> dict[str, Variant]:
    """The microbenchmarks' extensions, built into a folder. Their modules differ in name."""
    os.makedirs(output)
    source = os.path.join(output, "hpy_simple.c")
    with open(os.path.join(folder, "src", "hpy_simple.c"), encoding="utf-8") as theirs:
        text = theirs.read()
    assert text.count(_UNTERMINATED) == 1
    with open(source, "w", encoding="utf-8") as terminated:
        terminated.write(text.replace(_UNTERMINATED, "    &Foo_len,\n    NULL,\n};"))
    cpy = os.path.join(folder, "src", "cpy_simple.c")
    return peers.twins((cpy, "cpy_simple"), (source, "hpy_simple"), output)
