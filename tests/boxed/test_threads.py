"""Several threads in C, one at a time."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hpybc


def test_threads_sum_their_own_lists(load: Any) -> None:
    """No thread may meet the copy that C has of another's list."""
    module = load("quickstart")
    wrong: list[object] = []

    def work(number: int) -> None:
        own = [float(number)] * 500
        wrong.extend(total for _ in range(300) if (total := module.total(own)) != 500.0 * number)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_threads_get_right_results(load: Any) -> None:
    """Threads that call at the same time, and one that is first in C meanwhile."""
    module, point = load("quickstart"), load("point")
    wrong: list[object] = []

    def work(number: int) -> None:
        one = point.Point(1.0, float(number))
        for i in range(3000):
            if module.add(i, number) != i + number:
                wrong.append(("add", i))
            if (one + one).y != 2.0 * number:
                wrong.append(("point", i))
            try:
                module.add("1", 2)
            except TypeError:
                continue
            wrong.append(("error", i))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_nothing_is_kept_that_threads_share(
    monkeypatch: pytest.MonkeyPatch, compiled: Callable[..., Path]
) -> None:
    """They close more handles than the ring has room for, of instances that all of them use."""
    monkeypatch.setenv("HPYBC_CONTEXT", "boxed")
    source = Path(__file__).parent.parent / "api" / "test_gil.c"
    module = hpybc.load(compiled(source))
    items = [module.token()] * 3
    threads = [threading.Thread(target=module.list_items, args=(items, 20_000)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    del items
    gc.collect()
    assert module.tokens() == 0


@pytest.mark.long
def test_many_calls_of_threads_at_once(load: Any) -> None:
    module = load("quickstart")
    sums = [0] * 8

    def work(number: int) -> None:
        sums[number] = sum(module.add(i, number) for i in range(100_000))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums == [sum(range(100_000)) + 100_000 * number for number in range(8)]
