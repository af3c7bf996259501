"""The steps of the porting guide: each does the same, the last without leaks in debug mode too."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import hpybc
import hpybc.debug
from hpybc.inspect import inspect
from tools.extensions import STRICT
from tools.support import assert_stable

STEPS = sorted((Path(__file__).parents[1] / "examples" / "porting").glob("step*.c"))
LAST = STEPS[-1]


@pytest.fixture(
    scope="module", params=[*STEPS, "debug"], ids=[*(step.stem for step in STEPS), "debug"]
)
def signals(request: pytest.FixtureRequest, compiled: Callable[..., Path]) -> Iterator[ModuleType]:
    if request.param == "debug":
        module = hpybc.load(compiled(LAST, STRICT), mode="debug")
        with hpybc.debug.LeakDetector():
            yield module
            gc.collect()
    else:
        yield hpybc.load(compiled(request.param, STRICT))


def test_there_are_five_steps() -> None:
    assert len(STEPS) == 5


def test_signal(signals: ModuleType) -> None:
    signal = signals.Signal("a", scale=2)
    for value in range(20):
        assert signal.append(value) is None
    assert len(signal) == 20
    assert (signal[0], signal[-1]) == (0.0, 38.0)
    assert list(signal) == [2.0 * value for value in range(20)]
    assert repr(signal) == "Signal('a', 20 samples)"
    with pytest.raises(IndexError, match=r"^no such sample$"):
        signal[20]
    with pytest.raises(TypeError):
        signal.append("1")


def test_members(signals: ModuleType) -> None:
    signal = signals.Signal()
    assert (signal.label, signal.scale) == (None, 1.0)
    signal.label, signal.scale = "b", 3
    signal.append(2)
    assert signal[0] == 6.0
    signal.__init__(scale=4.0)
    assert (signal.label, signal.scale) == (None, 4.0)
    del signal.label
    assert repr(signal) == repr(signals.Signal.__new__(signals.Signal)).replace("0 s", "1 s")
    with pytest.raises(AttributeError):
        _ = signal.label
    wrong: list[dict[str, Any]] = [{"scale": "x"}, {"other": 1}, {"label": 1, "third": 3}]
    for arguments in wrong:
        with pytest.raises(TypeError):
            signals.Signal(**arguments)


def test_buffer(signals: ModuleType) -> None:
    signal = signals.Signal()
    assert memoryview(signal).tolist() == []
    signal.append(1.5)
    signal.append(2)
    with memoryview(signal) as view:
        assert (view.format, view.shape, view.strides, view.itemsize) == ("d", (2,), (8,), 8)
        view[0] = 7.0  # type: ignore[call-overload]
        with pytest.raises(BufferError, match=r"^somebody has a view of the samples$"):
            signal.append(3)
    assert list(signal) == [7.0, 2.0]
    signal.append(3)
    assert bytes(signal) == memoryview(signal).tobytes()


def test_total(signals: ModuleType) -> None:
    assert signals.total([1, 2.5]) == 3.5
    assert signals.total(iter(range(4)), 0.5) == 6.5
    with pytest.raises(TypeError):
        signals.total(1)
    with pytest.raises(TypeError):
        signals.total(["1"])
    with pytest.raises(ZeroDivisionError):
        signals.total(1 / value for value in (1, 0))
    with pytest.raises(TypeError):
        signals.total()


def test_peak(signals: ModuleType) -> None:
    signal = signals.Signal(scale=2)
    with pytest.raises(signals.Empty, match=r"^the signal has no samples$") as raised:
        signals.peak(signal)
    assert isinstance(raised.value, ValueError)
    assert (signals.Empty.__module__, signals.Signal.__module__) == ("signals", "signals")
    for value in (1, 5, 3):
        signal.append(value)
    assert signals.peak(signal) == 10.0
    with pytest.raises(TypeError, match=r"^a Signal is required$"):
        signals.peak([1.0])


def test_threads(signals: ModuleType) -> None:
    """What one thread looks at, with others running, nobody moves."""
    signal = signals.Signal()
    for value in range(100_000):
        signal.append(value)
    found: list[float] = []
    threads = [threading.Thread(target=lambda: found.append(signals.peak(signal))) for _ in "123"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [99_999.0] * 3


def test_subclasses_and_cycles(signals: ModuleType) -> None:
    class Sub(signals.Signal):  # type: ignore[name-defined, misc]
        pass

    signal = Sub()
    signal.label = signal
    signal.append(1)
    signal.other = signals.Signal(signal)
    gone = weakref.ref(signal)
    assert signal in gc.get_referents(signal)
    del signal
    gc.collect()
    assert gone() is None
    assert signals.peak.__doc__ == "The largest sample of a signal."


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.stem)
def test_references(step: Path, compiled: Callable[..., Path]) -> None:
    signals = hpybc.load(compiled(step, STRICT))
    label = "a label"

    def use() -> None:
        signal = signals.Signal(label)
        signal.append(1)
        repr(signal), signal[0], signals.peak(signal), signals.total(signal), memoryview(signal)

    assert_stable(use, label)


def test_the_last_step_is_for_every_interpreter(compiled: Callable[..., Path]) -> None:
    bound = [inspect(compiled(step, STRICT)).manifest for step in STEPS[-2:]]
    assert [manifest is not None and manifest["python"] is None for manifest in bound] == [0, 1]


@pytest.mark.parametrize("mode", ["release", "debug"])
def test_iterator(compiled: Callable[..., Path], mode: str) -> None:
    """Methods that are set once more are in the slots of the type."""
    countdown = hpybc.load(compiled(STEPS[0].with_name("iterator.c"), STRICT), mode=mode)
    with hpybc.debug.LeakDetector():
        iterator = countdown.Countdown(3)
        assert iter(iterator) is iterator
        assert (next(iterator), [*iterator], [*iterator]) == (3, [2, 1], [])
        del iterator
