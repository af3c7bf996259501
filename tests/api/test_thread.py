"""Leaving and re-entering the interpreter."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest

from tools.support import assert_stable

pytestmark = pytest.mark.linking


def test_others_run_meanwhile(module: ModuleType) -> None:
    module.reset()
    with ThreadPoolExecutor(3) as pool:
        waits = [pool.submit(module.wait) for _ in range(3)]
        deadline = time.monotonic() + 10
        while module.waiting() < 3 and time.monotonic() < deadline:
            time.sleep(0.001)
        assert module.waiting() == 3
        module.release()
        assert [wait.result() for wait in waits] == [True] * 3
    assert module.waiting() == 0


def test_results(module: ModuleType) -> None:
    assert module.sum(1000) == [500500]
    with pytest.raises(TypeError):
        module.sum("x")


def test_many_threads(module: ModuleType) -> None:
    results: list[object] = []

    def work() -> None:
        results.extend(n for n in range(200) if module.sum(n) != [n * (n + 1) // 2])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == []


def test_an_error_survives(module: ModuleType) -> None:
    with pytest.raises(LookupError, match=r"^failed$"):
        module.fail()


def test_nothing_is_kept(module: ModuleType) -> None:
    number = 12345

    def work() -> None:
        module.sum(number)
        with pytest.raises(TypeError):
            module.sum(None)

    assert_stable(work, number)
