"""Handles that are values: what a handle holds, and what becomes of it."""

from __future__ import annotations

import gc
import math
import struct
import weakref
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hpybc
from hpybc.errors import InterpreterError, UsageError
from tools.extensions import STRICT
from tools.support import resident_bytes


def bits(value: float) -> bytes:
    return struct.pack("d", value)


@given(st.floats() | st.sampled_from([-0.0, math.inf, -math.inf, math.nan, -math.nan]))
def test_floats_keep_every_bit(value: float) -> None:
    from hpybc.boxed.handles import box, peek, unbox

    assert bits(peek(box(value))) == bits(value)
    assert bits(unbox(box(value))) == bits(value)


@given(st.integers() | st.sampled_from([2**47 - 1, 2**47, -(2**47), -(2**47) - 1]))
def test_ints_of_every_size(value: int) -> None:
    from hpybc.boxed.handles import box, unbox

    assert unbox(box(value)) == value


def test_an_object_lives_as_long_as_its_handle() -> None:
    from hpybc.boxed.handles import box, release

    class Anything:
        pass

    x = Anything()
    dead = weakref.ref(x)
    first, second = box(x), box(x)
    del x
    release(first)
    gc.collect()
    assert dead() is not None
    release(second)
    gc.collect()
    assert dead() is None


def test_the_module_is_of_the_other_context(load: Any) -> None:
    module = load("quickstart")
    assert isinstance(module, ModuleType)
    assert (module.add(1, 2), module.total([0.5] * 10), module.total([1, 2.5])) == (3, 5.0, 3.5)
    assert module.total([*range(10)]) == 45.0
    assert module.greet("you", greeting="Hi") == "Hi, you!"
    with pytest.raises(OverflowError, match=r"^the sum does not fit into a C long$"):
        module.add(2**63 - 1, 1)
    assert module.add.__text_signature__ == "(a, b, /)"


def test_instances_that_c_has_made(load: Any) -> None:
    """Those that Python sees, those that it never does, and those of a subclass."""
    point = load("point")

    class Sub(point.Point):  # type: ignore[name-defined, misc]
        pass

    total = point.Point(0.0, 0.0)
    for i in range(1000):
        total = total + point.Point(float(i), 1.0)
    assert (total.x, total.y) == (499500.0, 1000.0)
    assert type(Sub(1.0, 2.0)) is Sub
    assert type(Sub(1.0, 2.0) + Sub(1.0, 2.0)) is point.Point


def test_an_object_is_itself_by_every_handle(values: ModuleType) -> None:
    """An instance and a type have an address; a global has an index of an instance."""
    for x in (values.Holder(), object(), "text", 1.5, None, values.Holder, int):
        values.keep(x)
        assert values.is_kept(x) == 1
        assert values.is_kept(values.Holder()) == 0
        assert values.is_kept(values) == 0
    assert values.has_type(values.Holder()) == 1
    assert values.has_type(1) == 0


def test_names_of_types_change(values: ModuleType) -> None:
    class Named:
        pass

    values.keep(Named)
    assert values.name_of_kept() == "Named"
    Named.__name__ = "Other"
    assert values.name_of_kept() == "Other"


def test_the_name_of_an_attribute_is_one_object(values: ModuleType) -> None:
    """PyPy compiles the access anew for each object that a name is."""

    class Everything:
        def __getattr__(self, name: str) -> object:
            return name

    first = values.member(Everything())
    assert first == "a member"
    assert values.member(Everything()) is first


def test_an_exception_survives_what_dies_meanwhile(values: ModuleType) -> None:
    """Finalizers run between the end of C and the exception, and call the extension."""
    died: list[int] = []

    class Dying:
        def __del__(self) -> None:
            values.keep(None)
            with pytest.raises(ValueError, match=r"^inner$"):
                values.fail(lambda: None, "inner")
            died.append(values.is_kept(None))

    with pytest.raises(ValueError, match=r"^outer$"):
        values.fail(Dying, "outer")
    gc.collect()
    assert died == [1]


def test_a_status_without_an_exception_is_an_error(values: ModuleType) -> None:
    holder = values.Holder()
    with pytest.raises(SystemError):
        holder.silent = 1
    with pytest.raises(SystemError):
        bool(holder)


def test_fields_are_used_again(values: ModuleType) -> None:
    holder = values.Holder()
    for i in range(1000):
        holder.item = [i]
        assert holder.item == [i]
        holder.item = None if i % 2 else i
    assert len(holder._hpy_block.fields) < 5


def test_c_may_have_many_instances_at_once(values: ModuleType) -> None:
    """More than are made ready at a time, all of which it lets go of."""
    for _ in range(20):
        kept = [values.crowd(n) for n in (1, 17, 1000, 5)]
        for i, holder in enumerate(kept):
            holder.item = [i]
        assert [holder.item for holder in kept] == [[i] for i in range(4)]
    del kept, holder
    gc.collect()
    known = values.Holder.__dict__["_hpy_type"]
    assert len(known._pieces) < 200  # they are used again, or go


def test_cycles_through_fields_are_collected(values: ModuleType) -> None:
    def make() -> int:
        for _ in range(10_000):
            first, second = values.Holder(), values.Holder()
            first.item, second.item = second, first
        del first, second
        for _ in range(3):  # PyPy collects what has a finalizer one time later
            gc.collect()
        return resident_bytes()

    before = [make() for _ in range(2)][-1]
    after = [make() for _ in range(3)][-1]
    assert after - before < 1 << 20  # the structs alone of one round are 1.3 MB


def test_modules_are_executed_by_who_created_them(
    monkeypatch: pytest.MonkeyPatch, compiled: Callable[..., Path]
) -> None:
    from importlib.util import module_from_spec, spec_from_loader

    from hpybc.loader.importer import BitcodeLoader

    monkeypatch.setenv("HPYBC_CONTEXT", "boxed")
    path = str(compiled(Path(__file__).with_name("values.c"), STRICT))
    spec = spec_from_loader("values", BitcodeLoader("values", path))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.delenv("HPYBC_CONTEXT")
    spec.loader.exec_module(module)
    assert type(module.Holder()) is module.Holder


def test_every_function_is_there() -> None:
    """Of those that C does not do alone: otherwise the first call would never end."""
    from hpybc.boxed import functions, state

    only_c = {"HPy_FatalError", "HPyTracker_New", "HPyTracker_Add", "HPyTracker_ForgetAll"}
    only_c |= {"HPyTracker_Close", "HPy_ReenterPythonExecution", "HPy_LeavePythonExecution"}
    only_c |= {f"HPy{kind}Builder_{do}" for kind in ("List", "Tuple") for do in ("New", "Set")}
    only_c |= {f"HPy{kind}Builder_Cancel" for kind in ("List", "Tuple")}
    only_c |= {"HPy_FromPyObject", "HPy_AsPyObject", "_HPy_CallRealFunctionFromTrampoline"}
    lacking = set()
    for name in state.functions:
        try:
            functions.found(name)
        except AssertionError:
            lacking.add(name)
    assert lacking == only_c


def test_extensions_with_python_h(
    monkeypatch: pytest.MonkeyPatch, compiled: Callable[..., Path]
) -> None:
    monkeypatch.setenv("HPYBC_CONTEXT", "boxed")
    source = Path(__file__).parent.parent / "api" / "test_legacy.c"
    with pytest.raises(InterpreterError, match=r"hpybc export"):
        hpybc.load(compiled(source))


def test_what_there_is_not(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = load("quickstart").__file__
    with pytest.raises(UsageError, match=r"no mode debug for this interpreter"):
        hpybc.load(path, mode="debug")
    with pytest.raises(UsageError, match=r"no such mode"):
        hpybc.load(path, mode="fast")
    monkeypatch.setenv("HPYBC_CONTEXT", "pypy")
    with pytest.raises(UsageError, match=r"HPYBC_CONTEXT=pypy"):
        hpybc.load(path)


def test_bench_has_no_universal_abi(load: Any) -> None:
    from hpybc import bench

    path = load("quickstart").__file__
    modules = bench.variants(path, ["math"])
    assert list(modules) == ["inlined", "math"]
    (row,) = bench.measure({"inlined": modules["inlined"]}, ["m.add(1, 2)"], rounds=3)
    assert row.timings["inlined"].nanoseconds > 0
