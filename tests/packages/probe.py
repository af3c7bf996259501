"""What ``run.py`` has a process of its own for: the time of an import, and of a statement.

probe.py import MODULE...       seconds of processor time, of this process and its children
probe.py time SETUP STATEMENT   seconds of processor time for one execution, the best of many
"""

from __future__ import annotations

import importlib
import resource
import sys
import time
import timeit


def _import(names: list[str]) -> float:
    before = _spent()
    for name in names:
        importlib.import_module(name)
    return _spent() - before


def _spent() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _time(setup: str, statement: str) -> float:
    timer = timeit.Timer(statement, setup, time.process_time)
    number = 1
    while timer.timeit(number) < 0.02:
        number *= 2
    return min(timer.repeat(9, number)) / number


if __name__ == "__main__":
    action, *arguments = sys.argv[1:]
    print(_import(arguments) if action == "import" else _time(*arguments))
