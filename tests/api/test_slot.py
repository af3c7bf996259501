"""Slots of types: operators, containers, buffers and calls."""

from __future__ import annotations

import gc
import math
import operator
import struct
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tools.support import assert_stable

UNARY: dict[str, Callable[[Any], Any]] = {
    "nb_negative": operator.neg,
    "nb_positive": operator.pos,
    "nb_absolute": abs,
    "nb_invert": operator.invert,
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "nb_add": operator.add,
    "nb_subtract": operator.sub,
    "nb_multiply": operator.mul,
    "nb_matrix_multiply": operator.matmul,
    "nb_floor_divide": operator.floordiv,
    "nb_true_divide": operator.truediv,
    "nb_remainder": operator.mod,
    "nb_divmod": divmod,
    "nb_lshift": operator.lshift,
    "nb_rshift": operator.rshift,
    "nb_and": operator.and_,
    "nb_xor": operator.xor,
    "nb_or": operator.or_,
}
IN_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "nb_inplace_add": operator.iadd,
    "nb_inplace_subtract": operator.isub,
    "nb_inplace_multiply": operator.imul,
    "nb_inplace_matrix_multiply": operator.imatmul,
    "nb_inplace_floor_divide": operator.ifloordiv,
    "nb_inplace_true_divide": operator.itruediv,
    "nb_inplace_remainder": operator.imod,
    "nb_inplace_lshift": operator.ilshift,
    "nb_inplace_rshift": operator.irshift,
    "nb_inplace_and": operator.iand,
    "nb_inplace_xor": operator.ixor,
    "nb_inplace_or": operator.ior,
}


#: By their number in C.
COMPARISONS: list[Callable[[Any, Any], Any]] = [
    operator.lt,
    operator.le,
    operator.eq,
    operator.ne,
    operator.gt,
    operator.ge,
]
CONVERSIONS: list[Callable[[Any], Any]] = [int, float, bool, hash, repr, str, operator.index]
POWER: dict[str, Callable[[Any, Any], Any]] = {
    "nb_power": operator.pow,
    "nb_inplace_power": operator.ipow,
}


class Result:
    """Compares operands by identity: those of the type under test answer == with a tuple."""

    def __init__(self, *items: object) -> None:
        self.items = items

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, tuple)
            and len(other) == len(self.items)
            and all(
                a is b or (isinstance(a, str | int) and type(a) is type(b) and a == b)
                for a, b in zip(other, self.items, strict=True)
            )
        )

    __hash__ = None  # type: ignore[assignment]


# ---- Numbers


@pytest.mark.parametrize("slot", UNARY)
def test_unary(module: ModuleType, slot: str) -> None:
    loud = module.Loud()
    assert Result(slot, loud) == UNARY[slot](loud)


@pytest.mark.parametrize("slot", BINARY)
def test_binary(module: ModuleType, slot: str) -> None:
    loud, other = module.Loud(), object()
    assert Result(slot, loud, other) == BINARY[slot](loud, other)
    assert Result(slot, other, loud) == BINARY[slot](other, loud)
    assert Result(slot, loud, loud) == BINARY[slot](loud, loud)


@pytest.mark.parametrize("slot", IN_PLACE)
def test_in_place(module: ModuleType, slot: str) -> None:
    loud, other = module.Loud(), object()
    assert Result(slot, loud, other) == IN_PLACE[slot](loud, other)


def test_power(module: ModuleType) -> None:
    loud, other = module.Loud(), object()
    assert Result("nb_power", loud, other, None) == loud**other
    assert Result("nb_power", other, loud, None) == other**loud
    assert Result("nb_power", loud, 2, 3) == pow(loud, 2, 3)
    assert Result("nb_inplace_power", loud, other, None) == POWER["nb_inplace_power"](loud, other)


def test_methods_behind_operators(module: ModuleType) -> None:
    loud = module.Loud()
    assert Result("nb_add", loud, 1) == loud.__add__(1)
    assert Result("nb_add", 1, loud) == loud.__radd__(1)
    assert Result("nb_inplace_add", loud, 1) == loud.__iadd__(1)
    assert Result("nb_negative", loud) == module.Loud.__neg__(loud)


def test_overriding_in_python(module: ModuleType) -> None:
    class Sub(module.Loud):  # type: ignore[name-defined, misc]
        def __add__(self, other: object) -> object:
            return "added", super().__add__(other)

        def __len__(self) -> int:
            return 3

    sub = Sub()
    text, rest = BINARY["nb_add"](sub, 5)
    assert text == "added"
    assert Result("nb_add", sub, 5) == rest
    assert len(sub) == 3
    assert Result("nb_subtract", sub, 5) == sub - 5


def test_conversions(module: ModuleType) -> None:
    loud = module.Loud(truth=True)
    assert (int(loud), operator.index(loud), float(loud)) == (41, 42, 4.5)
    assert [10, 20, 30][slice(module.Loud(truth=0), None)] == []
    assert math.sqrt(loud) == math.sqrt(4.5)
    assert bool(loud) is True
    assert bool(module.Loud(truth=0)) is False
    with pytest.raises(AttributeError, match=r"^truth$"):
        bool(module.Loud())


# ---- Objects


def test_representations(module: ModuleType) -> None:
    loud = module.Loud()
    assert (repr(loud), str(loud), f"{loud}") == ("the repr", "the str", "the str")


def test_hash(module: ModuleType) -> None:
    assert hash(module.Loud(hash=12345)) == 12345
    assert hash(module.Loud(hash=-2)) == -2
    with pytest.raises(AttributeError, match=r"^hash$"):
        hash(module.Loud())
    with pytest.raises(TypeError, match=r"^an integer is required$"):
        hash(module.Loud(hash="x"))


def test_comparison(module: ModuleType) -> None:
    loud, other = module.Loud(), object()
    for op, function in enumerate(COMPARISONS):
        assert Result("tp_richcompare", loud, other, op) == function(loud, other)
    # Reflected.
    assert Result("tp_richcompare", loud, 5, 4) == COMPARISONS[0](5, loud)
    assert (loud == None) is False  # noqa: E711
    with pytest.raises(TypeError, match=r"^'<' not supported between instances of"):
        COMPARISONS[0](loud, None)


# ---- Containers


def test_sequence(module: ModuleType) -> None:
    seq, other = module.Sequence(), object()
    seq.length = 5
    assert len(seq) == 5
    assert seq[0] == ("sq_item", 0)
    assert seq[-1] == ("sq_item", 4)
    with pytest.raises(IndexError, match=r"^out of range$"):
        _ = seq[5]
    assert [item for _, item in seq] == [0, 1, 2, 3, 4]
    assert Result("sq_concat", seq, other) == seq + other
    assert seq * 3 == 3 * seq == ("sq_repeat", 3)
    assert Result("sq_inplace_concat", seq, other) == IN_PLACE["nb_inplace_add"](seq, other)
    assert IN_PLACE["nb_inplace_multiply"](seq, 4) == ("sq_inplace_repeat", 4)
    seq[2] = other
    assert Result("sq_ass_item", 2, other) == seq.last
    seq[-2] = "x"
    assert seq.last == ("sq_ass_item", 3, "x")
    del seq[1]
    assert seq.last == ("sq_ass_item", 1, None)
    assert 7 in seq
    assert 8 not in seq
    with pytest.raises(TypeError):
        _ = "x" in seq
    for wrong in (slice(1, 2), "a", 1.0):
        with pytest.raises(TypeError, match=r"indices must be integers|index"):
            _ = seq[wrong]
    seq.length = -5
    with pytest.raises((SystemError, ValueError)):
        len(seq)


def test_mapping(module: ModuleType) -> None:
    mapping, key, value = module.Mapping(), object(), object()
    mapping.length = 3
    assert len(mapping) == 3
    for any_key in (key, -1, slice(1, 2), (1, 2), "text"):
        assert Result("mp_subscript", any_key) == mapping[any_key]
    mapping[key] = value
    assert Result("mp_ass_subscript", key, value) == mapping.last
    del mapping[key]
    assert Result("mp_ass_subscript", key, None) == mapping.last
    with pytest.raises(TypeError, match=r"is not iterable$|is not a container or iterable$"):
        _ = 1 in module.Loud()


# ---- Buffers


def test_buffer(module: ModuleType) -> None:
    buffer = module.Buffer()
    references = sys.getrefcount(buffer)
    view = memoryview(buffer)
    assert buffer.exports == 1
    assert (view.shape, view.strides, view.format, view.itemsize) == ((2, 3), (12, 4), "i", 4)
    assert (view.nbytes, view.readonly, view.obj is buffer) == (24, False, True)
    view[1, 2] = 77
    rows: Any = view.tolist()
    assert rows == [[0, 0, 0], [0, 0, 77]]
    assert bytes(buffer)[-4:] == (77).to_bytes(4, sys.byteorder)
    assert buffer.exports == 1
    view.release()
    assert buffer.exports == 0
    assert sys.getrefcount(buffer) == references
    with memoryview(buffer), memoryview(buffer):
        assert buffer.exports == 2
    assert buffer.exports == 0


def test_buffer_that_refuses(module: ModuleType) -> None:
    buffer = module.Buffer()
    buffer.readonly = 1
    assert bytes(buffer) == bytes(24)
    # CPython puts its own message in the place of the slot's.
    with pytest.raises(TypeError, match=r"read-write bytes-like object, not slot.Buffer$"):
        struct.pack_into("b", buffer, 0, 1)
    assert buffer.exports == 0


def test_buffer_of_a_python_subclass(module: ModuleType) -> None:
    class Sub(module.Buffer):  # type: ignore[name-defined, misc]
        pass

    buffer = Sub()
    buffer.attribute = 1
    with memoryview(buffer) as view:
        assert view.obj is buffer
        assert buffer.exports == 1
    assert buffer.exports == 0


# ---- Calls


@pytest.mark.parametrize("name", ["Callable", "Wider", "Alias", "SameStruct", "CallableData"])
@pytest.mark.parametrize("subclass", [False, True])
def test_call(module: ModuleType, name: str, subclass: bool) -> None:
    kind = getattr(module, name)
    if subclass:
        kind = type("Sub", (kind,), {})
    callable_ = kind()
    callable_.number = 123
    assert callable(callable_)
    for _ in range(3):
        assert callable_() == ("type", 123, None, None)
        assert callable_(1, 2) == ("type", 123, (1, 2), None)
        assert callable_(a=1) == ("type", 123, None, {"a": 1})
        assert callable_(1, *(2, 3), b=4, **{"no name": 5}) == (
            "type",
            123,
            (1, 2, 3),
            {"b": 4, "no name": 5},
        )
    assert callable_.__call__(5) == ("type", 123, (5,), None)
    assert list(map(callable_, [1])) == [("type", 123, (1,), None)]
    if hasattr(callable_, "fill"):
        callable_.fill(-1)
        assert callable_.sum() == -4
        assert callable_(7) == ("type", 123, (7,), None)
        assert callable_.number == 123


@pytest.mark.parametrize("name", ["Callable", "Wider", "Alias", "SameStruct", "CallableData"])
def test_call_function_of_one_instance(module: ModuleType, name: str) -> None:
    first, second = getattr(module, name)(), getattr(module, name)()
    first.number, second.number = 1, 2
    assert module.use_special(first) is None
    assert first(5, k=6) == ("special", 1, (5,), {"k": 6})
    assert second(5) == ("type", 2, (5,), None)
    assert (first.number, first.text) == (1, "")
    if hasattr(first, "fill"):
        first.fill(9)
        assert (first(5), first.sum()) == (("special", 1, (5,), None), 36)
    module.use_failing(first)
    with pytest.raises(LookupError, match=r"^failed$"):
        first()


def test_call_slot_without_struct(module: ModuleType) -> None:
    class Sub(module.Bare):  # type: ignore[name-defined, misc]
        pass

    for kind in (module.Bare, Sub):
        assert kind()(1, 2, 3) == 3


def test_call_overridden_in_python(module: ModuleType) -> None:
    class Sub(module.Callable):  # type: ignore[name-defined, misc]
        def __call__(self, *args: object) -> object:
            return "python", super().__call__(*args)

    sub = Sub()
    assert sub(1) == ("python", ("type", 0, (1,), None))
    del Sub.__call__
    assert sub(1) == ("type", 0, (1,), None)


def test_call_function_in_the_struct(module: ModuleType) -> None:
    explicit = module.Explicit()
    explicit.number, explicit.after = 5, 6
    assert explicit(1) == ("special", 5, (1,), None)
    assert (explicit.number, explicit.after) == (5, 6)
    module.use_failing(explicit)
    with pytest.raises(LookupError, match=r"^failed$"):
        explicit(1)
    assert (explicit.number, explicit.after) == (5, 6)


def test_call_function_of_other_types(module: ModuleType) -> None:
    for wrong in (5, len, module.Data(), lambda: 0, int):
        with pytest.raises(TypeError, match=r"does not implement the HPy call protocol$"):
            module.use_special(wrong)
    with pytest.raises(TypeError, match=r"object is not callable$"):
        module.Data()()


def test_nothing_is_kept(module: ModuleType) -> None:
    other, value = object(), object()
    loud, seq, mapping = module.Loud(truth=True, hash=5), module.Sequence(), module.Mapping()
    seq.length = 3
    callables = [
        getattr(module, name)()
        for name in ("Callable", "Wider", "Alias", "SameStruct", "CallableData", "Explicit")
    ]
    buffer = module.Buffer()

    def work() -> None:
        for function in UNARY.values():
            function(loud)
        for binary in (*BINARY.values(), *IN_PLACE.values(), *POWER.values()):
            binary(loud, other)
        for binary in BINARY.values():
            binary(other, loud)
        for convert in CONVERSIONS:
            convert(loud)
        COMPARISONS[0](loud, other)
        list(seq)
        _ = seq + other, seq * 2, 7 in seq
        seq[1] = value
        mapping[other] = value
        _ = mapping[other]
        del mapping[other]
        for each in callables:
            each(other, key=value)
            each()
        bytes(buffer)
        module.Loud(truth=value)
        type(callables[0])()(other)

    assert_stable(work, other, value, loud, seq, mapping, buffer, *callables)
    gc.collect()
