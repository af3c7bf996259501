"""A build in a fork is what it is in a new interpreter, and ends as it would there."""

from __future__ import annotations

import importlib
import logging
import operator
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import hpybc
from hpybc import errors
from hpybc.loader import extension
from hpybc.process import child
from tools import forks

ROOT = Path(__file__).parents[2]

#: Counts how often one process has called it.
COUNTING = """
number = 0

def count():
    global number
    number += 1
    return b"%d" % number
"""


@pytest.fixture
def forked() -> Iterator[None]:
    """Builds are forks, even if all other tests are cold."""
    forks.use(True)
    yield
    forks.end()


def test_the_same_image(forked: None, compiled: Callable[..., Path], folder: Path) -> None:
    """Whichever process compiles it."""
    images = []
    for are_forks in (True, False):
        forks.use(are_forks)
        assert hpybc.load(compiled(ROOT / "examples" / "quickstart.c")).add(1, 2) == 3
        (image,) = folder.glob("*.so")
        images.append(image.read_bytes())
        image.unlink()
    assert images[0] == images[1]


def test_a_build_is_not_repeated(
    forked: None,
    compiled: Callable[..., Path],
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Unless something differs. What it said is said again."""
    path = compiled(ROOT / "examples" / "quickstart.c")
    said = []
    for budget in ("17,1", "17,1", "17,2"):
        monkeypatch.setenv("HPYBC_INLINE", budget)
        with caplog.at_level(logging.DEBUG, "hpybc.build"):
            assert hpybc.load(path).add(1, 2) == 3
        (image,) = folder.glob("*.so")
        image.unlink()
        said.append([record.getMessage() for record in caplog.records])
        caplog.clear()
    # The times in it are those of one build.
    assert any(line.startswith("link ") for line in said[0])
    assert said[0][1:-1] == said[1][1:-1] != said[2][1:-1]


def test_the_environment_of_the_test(
    forked: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its folder, as they are when it builds."""
    for value in (b"one", b"two"):
        monkeypatch.setenv("FORKED", value.decode())
        assert child.call(os.getenvb, b"FORKED") == value
    monkeypatch.chdir(tmp_path)
    assert child.call(os.getcwdb) == os.fsencode(tmp_path)


def test_a_build_leaves_nothing_to_the_next(
    forked: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "counting.py").write_text(COUNTING)
    monkeypatch.syspath_prepend(tmp_path)
    counting = importlib.import_module("counting")
    assert [child.call(counting.count) for _ in range(2)] == [b"1", b"1"]


def test_errors_and_deaths(forked: None) -> None:
    """They are told as in test_child.py, and the next build is not concerned."""
    with pytest.raises(errors.FileMissingError):
        child.call(extension.read, "/nowhere")  # type: ignore[arg-type]
    with pytest.raises(errors.BuildProcessError) as caught:
        child.call(signal.raise_signal, signal.SIGKILL)  # type: ignore[arg-type]
    assert caught.value.found == "SIGKILL"
    with pytest.raises(errors.BuildProcessError) as caught:
        child.call(operator.truediv, 1, 0)
    assert caught.value.found == "exit status 1; ZeroDivisionError: division by zero"
    assert child.call(operator.add, b"a", b"b") == b"ab"


def test_a_cold_test_has_no_such_process(forked: None) -> None:
    child.call(operator.add, b"", b"")
    forks.use(False)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    assert child.call(operator.add, b"a", b"b") == b"ab"
