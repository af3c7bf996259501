"""Calls in a process of their own: results, errors, and processes that fail."""

from __future__ import annotations

import importlib
import logging
import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hpybc import errors
from hpybc.jit import aliases
from hpybc.loader import extension
from hpybc.process import child, programs

pytestmark = pytest.mark.cold


def test_result() -> None:
    """Bytes of any kind and length, from whatever can be imported there."""
    data = bytes(range(256)) * 1000
    assert child.call(operator.add, data, b"end") == data + b"end"


def test_modules_come_from_where_they_do_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process has this one's sys.path."""
    (tmp_path / "only_here.py").write_text("def function(n): return b'x' * n\n")
    monkeypatch.syspath_prepend(tmp_path)
    import only_here  # type: ignore[import-not-found]

    assert child.call(only_here.function, 3) == b"xxx"


def test_errors_come_back_as_they_are(tmp_path: Path) -> None:
    """Class and parts; the path too, which is no ASCII."""
    path = str(tmp_path / "fehl\u00e9r\udcff.bc")
    with pytest.raises(errors.FileMissingError) as there:
        child.call(extension.read, path)  # type: ignore[arg-type]
    with pytest.raises(errors.FileMissingError) as here:
        extension.read(path)
    assert str(there.value) == str(here.value)
    assert there.value.path == path
    with pytest.raises(errors.LinkError) as link:
        child.call(aliases.resolved, "@a = alias i32, ptr @b\n@b = alias i32, ptr @a\n")  # type: ignore[arg-type]
    assert link.value.reason == "aliases"


@pytest.mark.parametrize(
    ("function", "argument", "found"),
    [
        (os._exit, 3, "exit status 3"),
        (signal.raise_signal, signal.SIGKILL, "SIGKILL"),
        (operator.neg, "text", "exit status 1; TypeError: bad operand type for unary -: 'str'"),
    ],
)
def test_process_without_a_result(
    function: Callable[..., bytes], argument: object, found: str
) -> None:
    """Its end is in the error, and nothing of it on stderr."""
    with pytest.raises(errors.BuildProcessError) as caught:
        child.call(function, argument)
    assert caught.value.found == found


@pytest.mark.parametrize("executable", ["", "/nowhere/python"])
def test_no_interpreter_to_start(executable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Python is embedded, sys.executable may be anything."""
    monkeypatch.setattr(sys, "executable", executable)
    with pytest.raises(errors.BuildProcessError) as caught:
        child.call(operator.add, b"", b"")
    assert caught.value.found
    assert caught.value.needed.startswith(executable or "sys.executable")


def test_time_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the processor; the clock, which a busy machine lets run, is for what waits."""
    run = programs.run
    monkeypatch.setattr(programs, "run", lambda *args, **kw: run(*args, **{**kw, "seconds": None}))
    with pytest.raises(errors.BuildProcessError) as caught:
        child.call(sum, range(1 << 60), limits=child.Limits(1, 1 << 32), remedy="wait")
    assert (caught.value.found, caught.value.remedy) == ("SIGXCPU", "wait")


def test_time_by_the_clock_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    run = programs.run
    monkeypatch.setattr(programs, "run", lambda *args, **kw: run(*args, **{**kw, "seconds": 0.5}))
    with pytest.raises(errors.BuildProcessError) as caught:
        child.call(time.sleep, 60, limits=child.Limits(1, 1 << 32))  # type: ignore[arg-type]
    assert caught.value.found == "no end after 10 seconds"


def test_memory_is_limited() -> None:
    with pytest.raises(errors.BuildProcessError) as caught:
        child.call(bytes, 1 << 32, limits=child.Limits(60, 1 << 30))
    assert caught.value.found == "exit status 1; MemoryError"
    assert len(child.call(bytes, 1 << 20, limits=child.Limits(60, 1 << 30))) == 1 << 20


#: Functions to be called there.
FUNCTIONS = """
import os, time
from hpybc.process import progress

def logging(name):
    with progress.stage(name):
        return b""

def printing(result):
    os.write(1, b"to standard output")
    os.write(2, b"to standard error")
    return result

def ending_like_llvm():
    os.write(2, b"loading\\nLLVM ERROR: Cannot select: this\\nStack dump:\\n#0 0x1234\\n")
    os.abort()

def waiting(file):
    os.write(file, b"waiting")
    time.sleep(60)
"""


@pytest.fixture
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """FUNCTIONS, as a module that can be imported there."""
    name = f"functions_of_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(FUNCTIONS)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module(name)


def test_what_is_logged_there_is_logged_here(
    functions: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Even if it comes to nothing."""
    with caplog.at_level(logging.DEBUG, "hpybc.build"):
        child.call(functions.logging, "one")
        with pytest.raises(errors.FileMissingError):
            child.call(extension.read, "/nowhere")  # type: ignore[arg-type]
    said = [record.getMessage().split()[0] for record in caplog.records]
    assert said == ["process", "one", "process"]


def test_what_is_printed_there_is_no_result(
    functions: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    assert child.call(functions.printing, b"result") == b"result"
    assert capfd.readouterr() == ("", "")


def test_llvm_says_why(functions: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """In one line, which is not the last."""
    with pytest.raises(errors.BuildProcessError) as caught:
        child.call(functions.ending_like_llvm)
    assert caught.value.found == "SIGABRT; LLVM ERROR: Cannot select: this"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_whoever_waits_for_it(functions: Any, number: signal.Signals) -> None:
    """However that one ends: nobody else knows of it."""
    code = """
import importlib, sys
from hpybc.process import child
sys.path.insert(0, sys.argv[1])
child.call(importlib.import_module(sys.argv[2]).waiting, int(sys.argv[3]))
"""
    ours, theirs = os.pipe()
    arguments = [os.path.dirname(functions.__file__), functions.__name__, str(theirs)]
    parent = subprocess.Popen(
        [sys.executable, "-I", "-c", code, *arguments],
        pass_fds=[theirs],
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    with open(ours, "rb") as file:
        assert file.read(7) == b"waiting"
        parent.send_signal(number)
        assert file.read() == b""  # neither has the other end open any more
    assert parent.wait(60) == -number


def test_here_if_no_other_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where that will do; not if the process was started and came to nothing."""
    for program in ("/nowhere/python", "/bin/false", ""):
        monkeypatch.setattr(sys, "executable", program)
        assert child.call(operator.add, b"a", b"b", here=lambda: True) == b"ab"
    monkeypatch.undo()
    with pytest.raises(errors.BuildProcessError):
        child.call(signal.raise_signal, signal.SIGKILL, here=lambda: True)  # type: ignore[arg-type]
