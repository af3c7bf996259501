"""Debug mode: leaks, and things that are used when they are closed."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

import hpybc
from hpybc import debug
from tools.extensions import STRICT
from tools.support import source_files

Run = Callable[[str], "subprocess.CompletedProcess[str]"]
EXAMPLES = Path(__file__).parents[2] / "examples"
CLOSED = "Invalid usage of already closed handle"


@pytest.fixture
def reports() -> Iterator[list[str]]:
    """What was reported so far; the process goes on."""
    found: list[str] = []
    debug.set_on_invalid_handle(lambda: found.append("handle"))
    debug.set_on_invalid_builder_handle(lambda: found.append("builder"))
    yield found
    debug.set_on_invalid_handle(None)
    debug.set_on_invalid_builder_handle(None)


@pytest.fixture
def frames() -> Iterator[None]:
    """Where handles are opened is remembered."""
    debug.set_handle_stack_trace_limit(8)
    yield
    debug.disable_handle_stack_traces()


def objects(generation: int) -> list[object]:
    return [handle.obj for handle in debug.get_open_handles(generation)]


def test_context_has_its_name(module: ModuleType) -> None:
    assert module.name().startswith("HPy Debug Mode ABI")


def test_what_is_closed_does_not_leak(module: ModuleType) -> None:
    value = object()
    references = sys.getrefcount(value)
    with debug.LeakDetector():
        assert module.same(value) is value
        assert module.none() is None
        assert module.tuple_of(*range(20)) == tuple(range(20))
        assert module.list_of(1, value) == [1, value]
        assert module.call(dict, a=1, b=value) == {"a": 1, "b": value}
        assert module.call(max, *range(100)) == 99
        assert module.parsed(second=2, first=value) == (value, 2)
        with pytest.raises(TypeError, match="'third'"):
            module.parsed(1, third=3)
        with pytest.raises(ZeroDivisionError):
            module.call(lambda: 1 / 0)
    assert sys.getrefcount(value) == references


def test_slots_of_a_type_do_not_leak(module: ModuleType) -> None:
    with debug.LeakDetector():
        holder = module.Holder(len)
        assert holder("abc") == 3
        assert holder == len
        assert holder.value is len
        holder.value = [1, 2]
        assert len(holder) == 2
        assert bytes(memoryview(holder)) == b"abc"
        assert type("Sub", (module.Holder,), {})(1).value == 1
        with pytest.raises(TypeError):
            holder()
        holder.value = holder
        dead = weakref.ref(canary := type("Canary", (), {})())
        holder.value = [holder, canary]
        del holder, canary
        gc.collect()
        assert dead() is None


def test_leaks_are_found(module: ModuleType) -> None:
    first = debug.new_generation()
    module.leak("hello")
    second = debug.new_generation()
    module.leak("world")
    assert (objects(first), objects(second)) == (["hello", "world"], ["world"])
    with pytest.raises(debug.HPyLeakError) as caught, debug.LeakDetector():
        module.leak("a")
        module.leak("b")
    assert [handle.obj for handle in caught.value.leaks] == ["a", "b"]
    title, *lines = str(caught.value).splitlines()
    assert title == "2 unclosed handles:"
    assert [line for line in lines if "str" in line] == ["        str 'b'", "        str 'a'"]
    for handle in debug.get_open_handles(first):
        handle._force_close()
    assert objects(first) == []


def test_leak_detector_is_started_once_and_before_it_stops() -> None:
    detector = debug.LeakDetector()
    with pytest.raises(ValueError, match="not started"):
        detector.stop()
    detector.start()
    with pytest.raises(ValueError, match="already started"):
        detector.start()
    detector.stop()


def test_views_of_a_handle(module: ModuleType) -> None:
    generation = debug.new_generation()
    module.leak("x")
    module.leak("x")
    (one, other), (again, _) = (debug.get_open_handles(generation) for _ in range(2))
    assert one == again and one is not again and hash(one) == hash(again)
    assert one != other and one.id != other.id and one != "x"
    with pytest.raises(TypeError, match="not supported"):
        one < other  # noqa: B015
    assert repr(one) == f"<DebugHandle {one.id:#x} for 'x'>"
    assert (one.obj, one.is_closed, one.raw_data_size) == ("x", False, -1)
    for handle in (one, other):
        handle._force_close()
    one._force_close()
    assert (one.obj, one.is_closed) == (None, True)
    assert repr(one) == f"<DebugHandle {one.id:#x} CLOSED>"
    assert one in debug.get_closed_handles(generation)
    with pytest.raises(TypeError, match="DebugHandle"):
        debug.DebugHandle()


@pytest.mark.usefixtures("frames")
def test_stack_traces(module: ModuleType) -> None:
    generation = debug.new_generation()
    module.leak("x")
    (handle,) = debug.get_open_handles(generation)
    first, title, *lines = repr(handle).splitlines()
    assert first == f"<DebugHandle {handle.id:#x} for 'x'>"
    assert title == "Allocation stacktrace:"
    assert 0 < len(lines) <= 8
    handle._force_close()


def test_closed_handles_are_kept_up_to_a_limit(module: ModuleType) -> None:
    limit = debug.get_closed_handles_queue_max_size()
    try:
        n = len(debug.get_closed_handles())
        debug.set_closed_handles_queue_max_size(n + 7)
        counts = []
        for _ in range(4):
            module.same("x")  # three handles: of the module, of "x", and the result
            counts.append(len(debug.get_closed_handles()) - n)
        assert counts == [3, 6, 7, 7]
        seen = debug.get_closed_handles()
        debug.set_closed_handles_queue_max_size(0)
        for _ in range(len(seen)):
            module.none()
        assert all(handle.is_closed for handle in seen)  # what Python looks at is not freed
        assert debug.get_closed_handles() == []
    finally:
        debug.set_closed_handles_queue_max_size(limit)


def test_limits_are_checked() -> None:
    for function in (
        debug.set_closed_handles_queue_max_size,
        debug.set_protected_raw_data_max_size,
        debug.set_handle_stack_trace_limit,
    ):
        with pytest.raises(ValueError, match="negative"):
            function(-1)
        with pytest.raises(TypeError):
            function("1")
    for function in (debug.set_on_invalid_handle, debug.set_on_invalid_builder_handle):
        with pytest.raises(TypeError, match="expected a callable or None, not 1"):
            function(1)


@pytest.mark.parametrize(
    ("call", "n"),
    [
        ("close_twice('x')", 1),
        ("close_argument('x')", 1),
        ("close_constant()", 1),
        ("constant_not_dupped()", 1),
        ("use_kept()", 1),
    ],
)
def test_closed_handles_are_reported(
    module: ModuleType, run: Run, reports: list[str], call: str, n: int
) -> None:
    module.keep("kept")
    value = eval(call, vars(module))
    assert value == ("'kept'" if call == "use_kept()" else None)
    assert reports == ["handle"] * n
    done = run(f"m.keep('kept'); m.{call}; print('not reached')")
    assert (done.returncode, done.stdout) == (-6, "")
    assert CLOSED in done.stderr


def test_only_a_process_that_goes_on_keeps_objects(module: ModuleType, reports: list[str]) -> None:
    class Canary:
        pass

    dead = weakref.ref(canary := Canary())
    module.keep(canary)
    del canary
    assert dead() is not None
    assert "Canary" in module.use_kept()
    debug.set_on_invalid_handle(None)
    later = weakref.ref(canary := Canary())
    module.keep(canary)
    del canary
    assert later() is None


def test_exception_on_its_way_survives_the_report(module: ModuleType, reports: list[str]) -> None:
    module.keep("kept")
    with pytest.raises(KeyError, match="mine"):
        module.raise_and_use_kept()
    assert reports == ["handle"]


def test_hook_that_raises(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, reports: list[str]
) -> None:
    unraisable: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: unraisable.append(args.exc_value))
    error = ValueError("from the hook")

    def hook() -> None:
        raise error

    debug.set_on_invalid_handle(hook)
    assert module.close_twice("x") is None
    assert unraisable == [error]


@pytest.mark.parametrize("how", [0, 1, 2], ids=["build", "set", "cancel"])
def test_closed_builders_are_reported(
    module: ModuleType, run: Run, reports: list[str], how: int
) -> None:
    if how == 0:
        with pytest.raises(MemoryError):
            module.misused(how)
    else:
        assert module.misused(how) == [how]
    assert reports == ["builder"]
    done = run(f"m.misused({how}); print('not reached')")
    assert (done.returncode, done.stdout) == (-6, "")
    assert "Invalid usage of already closed builder" in done.stderr


@pytest.mark.parametrize(
    ("length", "error"), [(-1, SystemError), (2**61 + 1, MemoryError), (sys.maxsize, MemoryError)]
)
def test_impossible_lengths_as_in_release_mode(
    module: ModuleType, length: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        module.tuple_of_length(length)


@pytest.mark.parametrize(
    "code",
    ["m.keep(1); m.use_kept_context()", "m.keep(1); m.call(lambda: m.use_kept_context())"],
)
def test_context_of_another_call(run: Run, code: str) -> None:
    done = run(code)
    assert done.returncode == -6
    assert "Error: Wrong HPy Context!" in done.stderr


def test_calls_within_calls_have_contexts_of_their_own(module: ModuleType) -> None:
    def nested(n: int) -> int:
        return n if n == 0 else module.call(nested, n - 1) + 1

    assert nested(50) == 50


@pytest.mark.parametrize("value", ["'text'", "b'bytes'", "type('Made', (), {})"])
def test_characters_last_as_long_as_the_handle(run: Run, value: str) -> None:
    done = run(f"m.keep({value}); m.use_kept_characters()")
    assert (done.returncode, done.stderr) == (-11, "")


def test_characters_cannot_be_written(run: Run) -> None:
    done = run("m.write_characters('text')")
    assert (done.returncode, done.stderr) == (-11, "")


@pytest.mark.parametrize("text", ["", "a", "é" * 3000, *source_files(3)])
def test_characters_are_a_copy(module: ModuleType, text: str) -> None:
    text = text.replace("\0", "")
    assert module.characters(text) == text


def test_characters_of_closed_handles_have_a_limit(module: ModuleType) -> None:
    limit = debug.get_protected_raw_data_max_size()
    try:
        debug.set_protected_raw_data_max_size(0)
        generation = debug.new_generation()
        module.characters("not kept")
        debug.set_protected_raw_data_max_size(limit)
        module.characters("kept")
        sizes = [handle.raw_data_size for handle in debug.get_closed_handles(generation)]
        assert sorted(sizes) == [-1] * 5 + [5]
    finally:
        debug.set_protected_raw_data_max_size(limit)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("is_instance(1, 'x')", "HPy_TypeCheck arg 2 must be a type"),
        ("is_subtype(1, int)", "HPyType_IsSubtype arg 1 must be a type"),
        ("is_subtype(int, 1)", "HPyType_IsSubtype arg 2 must be a type"),
        ("type_name(1)", "HPyType_GetName arg must be a type"),
        ("substring(b'x')", "HPyUnicode_Substring arg 1 must be a Unicode object"),
        ("struct_of(type('M', (type,), {})('C', (), {}))", "Invalid usage of _HPy_AsStruct_Object"),
    ],
)
def test_arguments_that_release_mode_trusts(run: Run, call: str, message: str) -> None:
    done = run(f"m.{call}")
    assert done.returncode == -6
    assert message in done.stderr


def test_right_arguments(module: ModuleType) -> None:
    with debug.LeakDetector():
        assert module.is_instance(True, int) is True
        assert module.is_subtype(int, bool) is False
        assert module.type_name(int) == "int"
        assert module.substring("abc") == "b"
        assert module.struct_of(module.Holder()) is True


@pytest.mark.linking
def test_modules_share_the_state(engine: str, twin: Path, reports: list[str]) -> None:
    one, other = (hpybc.load(twin, mode="debug") for _ in range(2))
    generation = debug.new_generation()
    one.leak("one")
    other.leak("other")
    assert objects(generation) == ["one", "other"]
    one.keep(1)
    one.use_kept()
    assert reports == ["handle"]
    for handle in debug.get_open_handles(generation):
        handle._force_close()


def test_same_file_in_release_mode_is_not_watched(engine: str, twin: Path) -> None:
    module = hpybc.load(twin)
    generation = debug.new_generation()
    module.leak("x")
    assert objects(generation) == []


@pytest.mark.parametrize("name", ["quickstart", "point", "wordcount", "levenshtein", "csvparse"])
def test_examples_do_not_leak(engine: str, compiled: Callable[..., Path], name: str) -> None:
    calls: dict[str, Callable[[ModuleType], object]] = {
        "quickstart": lambda m: (m.add(1, 2), m.greet("x"), m.total([1.0, 2.0])),
        "point": lambda m: repr(m.Point(1, 2)),
        "wordcount": lambda m: m.count("a b a"),
        "levenshtein": lambda m: m.distance("kitten", "sitting"),
        "csvparse": lambda m: m.parse(b"a,b\n1,2\n"),
    }
    file = compiled(EXAMPLES / f"{name}.c", STRICT)
    module = hpybc.load(file, mode="debug")
    with debug.LeakDetector():
        assert calls[name](module) == calls[name](hpybc.load(file))
