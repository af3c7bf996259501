"""Several interpreters in a process, isolated: each with a GIL of its own from 3.12 on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hpybc
from hpybc.toolchain.compile import Options

HERE = Path(__file__).parent

#: From 3.12 on an isolated interpreter has a GIL of its own, and refuses what cannot live with it.
OWN_GIL = sys.version_info >= (3, 12)

#: Before 3.13 ctypes is among that.
NO_CTYPES = sys.version_info[:2] == (3, 12)

#: What every interpreter of the process begins with. hashlib: CPython 3.12.1 frees at the end of
#: the process what an extension's argument parser allocated, in whichever interpreter that was.
COMMON = """
import hashlib, json, os, sys
path, image = {path!r}, {image!r}

def say(*values):
    os.write(1, (json.dumps(values) + "\\n").encode())
"""

#: What the main interpreter begins with.
MAIN = """
import threading
if sys.version_info >= (3, 13):
    import _interpreters as interpreters
    def create():
        return interpreters.create("isolated")
    def run(interpreter, code):
        failure = interpreters.run_string(interpreter, COMMON + code)
        if failure is not None:
            print(failure.errdisplay, file=sys.stderr)
else:
    import _xxsubinterpreters as interpreters
    def create():
        return interpreters.create(isolated=True)
    def run(interpreter, code):
        interpreters.run_string(interpreter, COMMON + code)

def run_and_end(code):
    interpreter = create()
    run(interpreter, code)
    interpreters.destroy(interpreter)

def run_at_once(*codes):
    ready, is_ready = os.pipe()
    wait, start = os.pipe()
    begin = f"os.write({is_ready}, b'.'); os.read({wait}, 1)\\n"
    created = [create() for _ in codes]
    for interpreter in created:
        # Before 3.13 its end would wait for the thread that first imports threading.
        run(interpreter, "import hpybc, threading")
    threads = [
        threading.Thread(target=run, args=(interpreter, begin + code))
        for interpreter, code in zip(created, codes)
    ]
    for thread in threads:
        thread.start()
    for _ in threads:
        os.read(ready, 1)
    os.write(start, b"." * len(threads))
    for thread in threads:
        thread.join()
    for interpreter in created:
        interpreters.destroy(interpreter)
"""

#: Uses all of subinterpreters.c a thousand times, and says what is left.
THOUSAND_CALLS = """
import gc
module = hpybc.load(path)
class Derived(module.Node):
    pass
nodes = []
for i in range(1000):
    count, node = module.call((name, i))
    assert count == i + 1, count
    assert type(node) is module.Node and node.item is module.log(), node
    nodes += [node, Derived(nodes)]
    if i % 100 == 99:
        assert module.statics()[2] == len(nodes) == 200, module.statics()
        del nodes[:], node
        gc.collect()
    try:
        module.fail(i)
    except module.Error as error:
        assert error.args == (i,)
assert module.log() == [(name, i) for i in range(1000)]
say(name, *module.statics(), id(module.Node), id(module.Error))
"""


#: Two interpreters, ``a`` and ``b``, do that at once, their loads included.
AT_ONCE = f"""
run_at_once(*(f"name = {{name!r}}\\n" + {THOUSAND_CALLS!r} for name in "ab"))
"""


@pytest.fixture(scope="session")
def file(compiled: Callable[..., Path]) -> Path:
    """The bitcode file of subinterpreters.c."""
    return compiled(HERE / "subinterpreters.c")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and the usual engines."""
    tmp_path.chmod(0o700)
    monkeypatch.setenv("HPYBC_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("HPYBC_ENGINE", raising=False)
    return tmp_path


@pytest.fixture
def image(folder: Path, file: Path) -> Path:
    """The image of subinterpreters.c, in the cache."""
    hpybc.load(file)
    (made,) = folder.iterdir()
    return made


def process(code: str, path: Path, image: Path | None = None, **variables: str) -> list[Any]:
    """What the interpreters of a new process say when ``code`` runs in the main one."""
    common = COMMON.format(path=str(path), image=str(image))
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"COMMON = {common!r}\n{common}\n{MAIN}\n{code}"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


# Isolation.

TWO_BESIDES_MAIN = f"""
import hpybc
module = hpybc.load(path)
assert [module.call("main")[0] for _ in range(3)] == [1, 2, 3]
{AT_ONCE}say("main", *module.statics(), id(module.Node), id(module.Error))
count, node = module.call("again")
assert type(node) is module.Node and node.item == ["main"] * 3 + ["again"]
say(count)
"""


def assert_isolated(said: list[Any]) -> None:
    """Whether TWO_BESIDES_MAIN said what it should."""
    subs, main, again = sorted(said[:2]), said[2], said[3]
    assert [line[:4] for line in subs] == [["a", 1, 1000, 0], ["b", 1, 1000, 0]]
    assert main[:4] == ["main", 1, 3, 0]
    # Addresses of a static, of a type, of an exception class.
    assert len({address for line in (*subs, main) for address in line[4:]}) == 9
    assert again == [4]


def test_two_interpreters_call_a_thousand_times(image: Path, file: Path) -> None:
    """Each has its own C statics, HPyGlobals, types and exceptions, and so has the main one."""
    assert_isolated(process(TWO_BESIDES_MAIN, file))


def test_two_interpreters_build_the_same_file(folder: Path, file: Path) -> None:
    """Neither has it in the cache, and both get it right."""
    said = process(AT_ONCE, file)
    assert [line[:4] for line in sorted(said)] == [["a", 1, 1000, 0], ["b", 1, 1000, 0]]
    assert len({address for line in said for address in line[4:]}) == 6
    assert [made.suffix for made in folder.iterdir()] == [".so"]


def test_two_interpreters_build_two_files(folder: Path, answer: Callable[..., Path]) -> None:
    """At once, and each gets its own."""
    files = [answer(f"ANSWER={number}") for number in (3, 4)]
    codes = [f"import hpybc; say(hpybc.load({str(file)!r}).answer())" for file in files]
    assert sorted(process(f"run_at_once(*{codes})", files[0])) == [[3], [4]]
    assert len(list(folder.glob("*.so"))) == 2


def test_module_that_outlives_its_interpreter(image: Path, file: Path) -> None:
    """One interpreter has had the image in the cache and ended; the main one gets another."""
    said = process(
        """
run_and_end("import hpybc; module = hpybc.load(path); say(*module.call(0)[:1])")
import hpybc
first, second = hpybc.load(path), hpybc.load(path)
node = first.call(1)[1]
run_and_end("import hpybc; module = hpybc.load(path); say(*module.call(0)[:1])")
say(first.call(node)[0], second.call(2)[0], node.number, first.statics()[:3], second.statics()[:3])
""",
        file,
    )
    assert said == [[1], [1], [2, 1, 1, [1, 2, 1], [1, 1, 0]]]


def test_interpreters_come_and_go(image: Path, file: Path) -> None:
    """What each leaves is its image, which CPython never unmaps, and what its globals hold."""
    ((empty, loading, mapped),) = process(
        """
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

def growth(rounds, code):
    run_and_end(code)
    before = resident()
    for _ in range(rounds):
        run_and_end(code)
    return (resident() - before) // rounds

imports = "import hpybc.loader.importer, tempfile\\n"
empty = growth(10, imports)
loading = growth(50, imports + "module = hpybc.load(path); assert module.call(1)[0] == 1")
with open("/proc/self/maps") as file:
    mapped = {line.split()[4] for line in file if "memfd:hpybc" in line}
say(empty, loading, len(mapped))
""",
        file,
    )
    assert mapped == 50  # and the first has that in the cache
    # CPython 3.12 and 3.13 leave all memory of an interpreter, 4 MB; 3.14 does if an object lives.
    assert loading < max(empty, 4_000_000) + 500_000


# The image as an ordinary extension module.


def test_image_in_the_hands_of_importlib(image: Path, file: Path) -> None:
    """It holds one module, and says so in the interpreter that asks for a second."""
    code = """
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
loader = ExtensionFileLoader("subinterpreters", image)
spec = spec_from_file_location("subinterpreters", image, loader=loader)
try:
    module = module_from_spec(spec)
    loader.exec_module(module)
    say(module.call(1)[0])
except ImportError as error:
    say(str(error))
"""
    said = process(f"run_and_end({code!r})\n{code}\nrun_and_end({code!r})", file, image)
    assert said == [[1], *[["this image already holds a module"]] * 2]


# What cannot be loaded.

ERROR = """
import hpybc
try:
    say(hpybc.load(path).add(1, 2))
except ImportError as error:
    say(type(error).__name__, getattr(error, "found", str(error)))
"""


@pytest.mark.parametrize("macros", [(), ("MULTI_PHASE",)])
def test_modules_of_the_c_api(
    macros: tuple[str, ...], folder: Path, compiled: Callable[..., Path]
) -> None:
    """Those that do not say they can share a process are refused by CPython, in its words."""
    file = compiled(HERE / "capi.c", Options(defines=macros))
    refused = ["ImportError", "module capi does not support loading in subinterpreters"]
    assert process(f"run_and_end({ERROR!r})", file) == [refused if OWN_GIL else [3]]


def test_undefined_symbol(folder: Path, answer: Callable[..., Path]) -> None:
    """The same error as in the main interpreter, although another process builds on 3.12."""
    said = process(f"run_and_end({ERROR!r})", answer("UNDEFINED=nowhere"))
    assert said == [["UndefinedSymbolError", "nowhere"]]


def test_error_of_a_build(folder: Path, raw: Callable[..., Path]) -> None:
    """It keeps its class and its parts, wherever it is raised."""
    ((name, found),) = process(f"run_and_end({ERROR!r})", raw("-O0"))
    assert name == "NotOptimizedError"
    assert "optnone" in found


# The engine memory.


def test_engine_memory(folder: Path, file: Path) -> None:
    """Works where ctypes can be imported; else the error names the way out."""
    code = """
import hpybc
try:
    module = hpybc.load(path)
except hpybc.LoadError as error:
    say(type(error).__name__, error.reason, error.what, error.remedy)
else:
    kept = [module.call(i) for i in range(1000)]
    kept.append(kept)
    say(module.statics()[:3])
"""
    said = process(
        f"import hpybc; module = hpybc.load(path); run_and_end({code!r}); say(*module.call(1)[:1])",
        file,
        HPYBC_ENGINE="memory",
    )
    assert said[1] == [1]
    if NO_CTYPES:
        name, reason, what, remedy = said[0]
        assert (name, reason, what) == (
            "LinkError",
            "no linker",
            "images cannot be linked in memory in this interpreter",
        )
        assert "hpybc[compiler]" in remedy
    else:
        assert said[0] == [[1, 1000, 1000]]
