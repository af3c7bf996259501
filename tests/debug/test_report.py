"""Reports of debug mode: leaks by the line that opened them, and what is used when it is closed."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import hpybc
from hpybc import debug
from hpybc.toolchain.compile import Options

HERE = Path(__file__).parent
DEBUG = Options(debug=True)
Compiled = Callable[..., Path]


def at(tag: str, source: str = "bag.c") -> str:
    """The path and number of the line that a comment names."""
    lines = (HERE / source).read_text().splitlines()
    (number,) = (
        n for n, line in enumerate(lines, 1) if line.endswith((f"/* {tag} */", f"// {tag}"))
    )
    return f"{HERE / source}:{number}"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder is none that paths can be told relative to."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def bag(engine: str, compiled: Compiled) -> ModuleType:
    return hpybc.load(compiled(HERE / "bag.c", DEBUG), mode="debug")


def leaked(call: Callable[..., object], *arguments: object) -> str:
    """The report of a call that leaks."""
    with pytest.raises(debug.HPyLeakError) as caught, debug.LeakDetector():
        call(*arguments)
    said = str(caught.value)
    for handle in caught.value.leaks:
        handle._force_close()
    return said


#: Where ``leaked`` calls.
CALLER = f"called from {__file__}:{leaked.__code__.co_firstlineno + 3} in leaked"


def test_leaks_of_one_line(bag: ModuleType) -> None:
    """256 of them take a few lines."""
    assert leaked(bag.histogram, b"") == (
        "256 unclosed handles:\n"
        f"    256 handles opened at {at('counted')} in histogram, by HPyLong_FromLong\n"
        f"        int 255000, {CALLER}\n"
        f"        int 254000, {CALLER}\n"
        f"        int 253000, {CALLER}\n"
        "        and 253 more"
    )


def test_leaks_in_helpers(bag: ModuleType) -> None:
    """Of the extension, whose callers are named, inlined or not; those of hpybc are passed over."""
    value = ["x"]
    assert leaked(bag.by_helpers, value) == (
        "3 unclosed handles:\n"
        f"    1 handle opened at {at('builds')} in by_helpers, by HPyTupleBuilder_Build\n"
        f"        tuple (['x'],), {CALLER}\n"
        f"    1 handle opened at {at('called')} in called, from {at('calls')} in by_helpers,"
        f" by HPy_Dup\n        list ['x'], {CALLER}\n"
        f"    1 handle opened at {at('inlined')} in inlined, from {at('inlines')} in by_helpers,"
        f" by HPy_Dup\n        list ['x'], {CALLER}"
    )


@pytest.mark.parametrize("kind", ["-gdwarf-5", "-gdwarf-3", "-gline-tables-only"])
def test_every_dwarf(compiled: Compiled, kind: str) -> None:
    """Without variables, as for the ``-g`` of Python's own compiler options, too."""
    bag = hpybc.load(compiled(HERE / "bag.c", Options(debug=True, extra=(kind,))), mode="debug")
    said = leaked(bag.by_helpers, 1)
    assert f"at {at('called')} in called, from {at('calls')} in by_helpers, by HPy_Dup" in said
    assert f"at {at('inlined')} in inlined, from {at('inlines')} in by_helpers, by HPy_Dup" in said


def test_leaks_below_a_function_of_others(bag: ModuleType) -> None:
    """Frames may end at code without frame pointers, and nothing worse happens."""
    said = leaked(bag.sorted)
    assert f"opened at {at('compared')} in compare" in said
    assert f"int 12345, {CALLER}" in said


@pytest.mark.long
def test_lines_of_cpp(engine: str, compiled: Compiled) -> None:
    source = HERE / "wrapped.cpp"
    module = hpybc.load(compiled(source, DEBUG), mode="debug")
    opens, adds, one, another = (
        at(tag, source.name) for tag in ("opens", "adds", "makes one", "makes another")
    )
    assert leaked(module.leak, None) == (
        "2 unclosed handles:\n"
        f"    1 handle opened at {opens} in Object, from {adds} in plus<int>,"
        f" from {another} in leak, by HPyLong_FromLong\n        int 701, {CALLER}\n"
        f"    1 handle opened at {opens} in Object, from {one} in leak,"
        f" by HPyLong_FromLong\n        int 700, {CALLER}"
    )


def test_many_places_are_counted(bag: ModuleType) -> None:
    """A report stays short."""

    def leak() -> None:
        for value in range(20):
            bag.leak(value)
        for text in (b"", b"a"):
            bag.histogram(text)
        bag.by_helpers("x")
        bag.sorted()

    lines = leaked(leak).splitlines()
    assert lines[0] == "536 unclosed handles:"
    assert [line.split()[0] for line in lines if "opened at" in line] == ["1", "1", "1", "1", "532"]
    assert lines[-1] == "    532 opened at 2 other places"
    assert len(lines) <= 15


def test_two_images_and_two_modules(engine: str, compiled: Compiled, tmp_path: Path) -> None:
    """Each address is looked up in its own."""
    other = tmp_path / "other.c"
    other.write_text("\n" * 5 + (HERE / "bag.c").read_text().replace("../api", f"{HERE}/../api"))
    first = compiled(HERE / "bag.c", DEBUG)
    modules = [
        hpybc.load(path, mode="debug", name="bag")
        for path in (first, compiled(other, DEBUG), first)
    ]

    def leak() -> None:
        for number, module in enumerate(modules):
            module.leak(number)

    said = leaked(leak)
    line = int(at("leaked").rpartition(":")[2])
    assert f"1 handle opened at other.c:{line + 5} in leak, by HPy_Dup\n        int 1, " in said
    assert f"2 handles opened at {at('leaked')} in leak, by HPy_Dup\n        int 2, " in said


def test_thread(bag: ModuleType) -> None:
    def leak() -> None:
        thread = threading.Thread(target=lambda: bag.leak(7))
        thread.start()
        thread.join()

    said = leaked(leak)
    assert f"1 handle opened at {at('leaked')} in leak, by HPy_Dup" in said
    assert "int 7, called from" in said and "in <lambda>" in said


def test_caller_is_the_innermost_code(bag: ModuleType) -> None:
    """A function of the extension that calls Python code, which calls the extension."""
    said = leaked(bag.call, lambda: bag.leak("inner"))
    assert "str 'inner', called from" in said and "in <lambda>" in said


class Raising:
    def __repr__(self) -> str:
        raise KeyError("no")


class Huge:
    def __repr__(self) -> str:
        return "huge\n" * 10**6


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Raising(), "Raising <Raising instance at 0x"),
        (Huge(), "Huge huge huge huge"),
        ("x" * 10**7, "str 'xxx"),
        (list(range(10**6)), "list [0, 1, 2, 3, 4, 5, ...]"),
        (10**10000, "int"),
    ],
    ids=["raises", "huge", "str", "list", "int"],
)
def test_values_are_shown_safely(bag: ModuleType, value: object, shown: str) -> None:
    line = leaked(bag.leak, value).splitlines()[2]
    assert line.strip().startswith(shown)
    assert line.endswith(CALLER)
    assert len(line) < 100 + len(CALLER)


def test_stack_traces_are_in_the_report(bag: ModuleType) -> None:
    debug.set_handle_stack_trace_limit(4)
    try:
        lines = leaked(bag.leak, 1).splitlines()
    finally:
        debug.disable_handle_stack_traces()
    assert lines[3] == "            Allocation stacktrace:"
    assert len(lines) > 4


# Without lines.


def test_without_g(engine: str, compiled: Compiled) -> None:
    bag = hpybc.load(compiled(HERE / "bag.c"), mode="debug")
    assert leaked(bag.histogram, b"").splitlines()[1:] == [
        f"    256 handles opened by HPyLong_FromInt64_t, {CALLER}",
        "        int 255000",
        "        int 254000",
        "        int 253000",
        "        and 253 more",
        "    for lines of the extension: compile it with -g",
    ]


@pytest.mark.parametrize("options", [DEBUG, Options()], ids=["g", "plain"])
def test_without_pyelftools(
    engine: str, compiled: Compiled, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    bag = hpybc.load(compiled(HERE / "bag.c", options), mode="debug")
    monkeypatch.setitem(sys.modules, "elftools.elf.elffile", None)
    _, place, value, hint = leaked(bag.leak, 1).splitlines()
    assert (place, value) == (f"    1 handle opened by HPy_Dup, {CALLER}", "        int 1")
    assert "pip install 'hpybc[debug]'" in hint
    # Of what is linked in memory nothing is known without it.
    assert ("compile it with -g" in hint) == (not options.debug and engine == "shared")


def test_without_the_image(
    folder: Path, compiled: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which others have removed from the cache since it was loaded."""
    monkeypatch.setenv("HPYBC_ENGINE", "shared")
    file = compiled(HERE / "bag.c", DEBUG)
    assert ended(file, "pass") == (0, "", "")  # builds the image, which is found here
    bag = hpybc.load(file, mode="debug")
    for image in folder.iterdir():
        image.unlink()
    _, place, _, hint = leaked(bag.leak, 1).splitlines()
    assert place == f"    1 handle opened by HPy_Dup, {CALLER}"
    assert "load it again" in hint and "gone from the cache" in hint


def test_without_a_current_folder(
    bag: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert f"opened at {at('leaked')} in leak" in leaked(bag.leak, 1)


def test_callers_are_forgotten(bag: ModuleType) -> None:
    """With the handles that they have opened and closed: functions of Python code may be many."""
    space: dict[str, Callable[[ModuleType], None]] = {}
    exec("def f(m):\n for _ in range(3): m.close_once(1)", space)
    function = space.pop("f")
    dead = weakref.ref(function.__code__)
    function(bag)
    del function
    assert dead() is not None  # closed handles are kept for a while
    for _ in range(2 * debug.get_closed_handles_queue_max_size()):
        bag.close_once(2)
    gc.collect()  # which without a GIL takes code objects
    assert dead() is None


def test_nothing_is_imported_before_a_report(compiled: Compiled) -> None:
    code = "import sys; m.leak(1); print([n for n in sys.modules if n.startswith('elftools')])"
    assert ended(compiled(HERE / "bag.c", DEBUG), code) == (0, "[]\n", "")


# The process ends.


def ended(file: Path, code: str) -> tuple[int, str, str]:
    """How a process ends that runs ``code``, with ``m`` in debug mode: status, output, errors."""
    load = f"import hpybc; m = hpybc.load({str(file)!r}, mode='debug')\n"
    quiet = "-Wignore:The global interpreter lock"
    done = subprocess.run(
        [sys.executable, "-I", quiet, "-c", load + code],
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            "m.close_twice(1)",
            [
                "Invalid usage of already closed handle",
                "    opened at {opened} in close_twice, by HPy_Repr, called from <string>:3 in f",
                "    closed at {closed} in close_twice, by HPy_Close, called from <string>:3 in f",
                "    used at {again} in close_twice, by HPy_Close, called from <string>:3 in f",
            ],
        ),
        (
            "m.use_closed(1)",
            [
                "Invalid usage of already closed handle",
                "    opened at {made} in use_closed, by HPy_Repr, called from <string>:3 in f",
                "    closed at {unmade} in use_closed, by HPy_Close, called from <string>:3 in f",
                "    used at {used} in use_closed, by HPy_Add, called from <string>:3 in f",
            ],
        ),
        (
            "m.return_closed(1)",
            [
                "Invalid usage of already closed handle",
                *("    opened at ", "    closed at "),
                "    used at the end of return_closed ({returns}), called from <string>:3 in f",
            ],
        ),
        (
            "m.keep(1); m.use_kept()",
            [
                "Invalid usage of already closed handle",
                "    opened as an argument of keep ({keeps})",
                "    closed at the end of keep ({keeps}), called from <string>:3 in f",
                "    used at {uses kept} in m_use_kept, by HPy_Repr, called from <string>:3 in f",
            ],
        ),
        (
            "m.close_constant()",
            [
                "Invalid usage of already closed handle",
                "    constant: bool True",
                "    used at {closes constant} in close_constant, by HPy_Close, called from",
            ],
        ),
        (
            "m.build_twice()",
            [
                "Invalid usage of already closed builder",
                "    opened at {begins} in build_twice, by HPyListBuilder_New, called from",
                "    closed at {ends} in build_twice, by HPyListBuilder_Build, called from",
                "    used at {ends again} in build_twice, by HPyListBuilder_Build, called from",
            ],
        ),
        (
            "m.keep(1); m.use_context()",
            [
                "Error: Wrong HPy Context! A function of an extension may use only the context",
                "    opened as an argument of keep ({keeps}), called from <string>:3 in f",
                "    used at {uses context} in m_use_context, by HPy_Dup, called from <string>:3",
            ],
        ),
        (
            "m.not_a_type(1)",
            [
                "HPy_TypeCheck arg 2 must be a type",
                "    used at {checks} in m_not_a_type, by HPy_TypeCheck, called from <string>:3",
            ],
        ),
    ],
)
def test_a_process_that_ends(
    engine: str, compiled: Compiled, call: str, expected: list[str]
) -> None:
    status, _, said = ended(compiled(HERE / "bag.c", DEBUG), f"def f():\n  {call}\nf()")
    assert status == -6
    lines = said.splitlines()
    wanted = [_filled(line) for line in expected]
    assert [line[: len(want)] for line, want in zip(lines, wanted, strict=False)] == wanted
    assert lines[len(wanted)].startswith("Fatal Python error")


def _filled(line: str) -> str:
    before, found, rest = line.partition("{")
    tag, _, after = rest.partition("}")
    return before + at(tag) + after if found else line


def test_a_process_that_ends_without_g(compiled: Compiled) -> None:
    _, _, said = ended(compiled(HERE / "bag.c"), "m.close_twice(1)")
    assert said.splitlines()[:5] == [
        "Invalid usage of already closed handle",
        "    opened by HPy_Repr, called from <string>:2 in <module>",
        "    closed by HPy_Close, called from <string>:2 in <module>",
        "    used by HPy_Close, called from <string>:2 in <module>",
        "    for lines of the extension: compile it with -g",
    ]


@pytest.mark.parametrize(
    "broken",
    [
        "hpybc.debug.report = sys.modules['hpybc.debug.report'] = None",
        "builtins.__import__ = None",
        "class R:\n  def __repr__(self): m.close_twice(1)\n"
        "from hpybc.debug.site import Site; Site.lines = lambda self: [R()]",
    ],
    ids=["report", "import", "again"],
)
def test_a_report_that_cannot_be_made(compiled: Compiled, broken: str) -> None:
    """The message and the C stack are what there was before there were reports."""
    code = f"import builtins, sys, hpybc.debug\nm.keep(1)\n{broken}\nm.close_twice(1)"
    status, _, said = ended(compiled(HERE / "bag.c", DEBUG), code)
    assert status == -6
    assert said.startswith("Invalid usage of already closed handle\n")
    assert ".so(" in said


def test_an_exception_on_its_way(compiled: Compiled) -> None:
    """A use of what is closed while an exception is set is reported all the same."""
    code = (
        "class Raises:\n  def __repr__(self): m.close_twice(1); return ''\n"
        "try:\n  1 / 0\nexcept ZeroDivisionError:\n  repr(Raises())"
    )
    _, _, said = ended(compiled(HERE / "bag.c", DEBUG), code)
    assert f"opened at {at('opened')} in close_twice, by HPy_Repr, called from" in said
    assert "in __repr__" in said.splitlines()[1]


def test_subinterpreter(compiled: Compiled) -> None:
    """Has its own state, and its own report."""
    file = compiled(HERE / "bag.c", DEBUG)
    inner = (
        f"import hpybc, hpybc.debug\nm = hpybc.load({str(file)!r}, mode='debug')\n"
        "try:\n  with hpybc.debug.LeakDetector(): m.leak('inner')\n"
        "except hpybc.debug.HPyLeakError as error: print(error, flush=True)"
    )
    code = f"""
import hpybc.debug
if sys.version_info >= (3, 13):
    import _interpreters as interpreters
    other = interpreters.create("legacy")
    failure = interpreters.run_string(other, {inner!r})
    assert failure is None, failure
else:
    import _xxsubinterpreters as interpreters
    other = interpreters.create(isolated=False)
    interpreters.run_string(other, {inner!r})
interpreters.destroy(other)
print(len(hpybc.debug.get_open_handles()))
"""
    status, said, errors = ended(file, "import sys\n" + code)
    assert (status, errors) == (0, "")
    assert f"1 handle opened at {at('leaked')} in leak, by HPy_Dup\n        str 'inner', " in said
