"""Several threads in C, one at a time."""

from __future__ import annotations

import threading
from typing import Any


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
