"""HPY_MOD_GIL_NOT_USED, and threads that share objects in a module that declares it.

Without a GIL the threads do run at once: a race shows as a wrong value, an exception or a crash.
With one the same calls must work, and do.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hpybc.toolchain.compile import Options
from tools.support import FREE_THREADED, MORTAL

pytestmark = pytest.mark.linking

#: For messages of C and Python: a crash leaves nothing but a traceback of the threads.
LOAD = """
import faulthandler, gc, sys, threading
faulthandler.enable()
import hpybc
gil = getattr(sys, "_is_gil_enabled", lambda: True)
module = hpybc.load(sys.argv[1])
"""

HAMMER = f"""
{MORTAL}
class Plain:
    value = module.token()

target = eval(sys.argv[3])
references = sys.getrefcount(target)
start = threading.Barrier(8)
errors = []

def work():
    start.wait()
    try:
        getattr(module, sys.argv[2])(target, int(sys.argv[4]))
    except BaseException as error:
        errors.append(repr(error))

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
gc.collect()
kept = sys.getrefcount(target) - references
del target, Plain.value
gc.collect()
print(errors, kept, module.tokens())
"""

#: What the threads share, and how often each of them uses it.
SHARED = {
    "list_items": ("[module.token()] * 3", 100_000),
    "list_ends": ("[module.token()] * 16", 20_000),
    "dict_items": ("dict.fromkeys(range(3), module.token())", 20_000),
    "attribute": ("Plain()", 20_000),
    "field": ("module.Holder()", 50_000),
    "global": ("object()", 50_000),
    "builders": ("object()", 20_000),
    "small_ints": ("object()", 20_000),
    "calls": ("module.Holder", 10_000),
    "types": ("module.Holder", 100),
}


@pytest.fixture
def run(
    request: pytest.FixtureRequest, compiled: Callable[..., Path]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """run(code, *arguments, defines=()) -> the process that ran it with the twin as ``module``."""

    def run_code(
        code: str, *arguments: object, defines: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        path = compiled(request.path.with_suffix(".c"), Options(defines=defines))
        return subprocess.run(
            [sys.executable, "-I", "-W", "ignore", "-c", LOAD + code, path, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=120,
            env=os.environ,
        )

    return run_code


def said(done: subprocess.CompletedProcess[str]) -> str:
    """What the process printed, once it is certain that it ended well."""
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_declared(run: Callable[..., subprocess.CompletedProcess[str]], engine: str) -> None:
    assert said(run("print(gil())")) == f"{not FREE_THREADED}\n"


@pytest.mark.parametrize("engine", ["shared"], indirect=True)
def test_not_declared(run: Callable[..., subprocess.CompletedProcess[str]], engine: str) -> None:
    assert said(run("print(gil())", defines=("WITH_GIL",))) == "True\n"


@pytest.mark.parametrize("engine", ["memory"], indirect=True)
def test_not_declared_in_memory(
    run: Callable[..., subprocess.CompletedProcess[str]], engine: str
) -> None:
    """No import of CPython's takes place that could turn the GIL on."""
    done = run("print(gil())", defines=("WITH_GIL",))
    if FREE_THREADED:
        assert done.returncode == 1
        assert "InterpreterError: " in done.stderr
        assert "the extension needs the GIL, which is off" in done.stderr
    else:
        assert said(done) == "True\n"


@pytest.mark.parametrize("engine", ["shared"], indirect=True)
@pytest.mark.parametrize("mode", ["debug", "trace"])
def test_modes_need_it(
    run: Callable[..., subprocess.CompletedProcess[str]], engine: str, mode: str
) -> None:
    """What they keep is guarded by the GIL, whatever the extension declares."""
    done = run(f"print(gil()); hpybc.load(sys.argv[1], mode={mode!r}).token(); print(gil())")
    assert said(done) == f"{not FREE_THREADED}\nTrue\n"


@pytest.mark.parametrize("name", SHARED)
def test_threads(
    run: Callable[..., subprocess.CompletedProcess[str]], engine: str, name: str
) -> None:
    assert said(run(HAMMER, name, *SHARED[name])) == "[] 0 0\n"
