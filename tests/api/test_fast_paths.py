"""Functions that do some of their work in place, against the interpreter's own operators.

Whatever the arguments are, the result, the exception and its message, and what has become of the
arguments must be the same: on both sides of where a fast path ends, for subclasses, and for objects
whose methods answer otherwise, refuse, or return what they must not.
"""

from __future__ import annotations

import math
import operator
import re
import sys
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

Function = Callable[..., Any]


# ---- Classes -------------------------------------------------------------------------------------

OPERATORS = ("add", "sub", "mul", "truediv", "and", "or", "xor")
COMPARISONS = ("lt", "le", "eq", "ne", "gt", "ge")
BINARY_METHODS = [
    *(f"__{prefix}{name}__" for prefix in ("", "r", "i") for name in OPERATORS),
    *(f"__{name}__" for name in COMPARISONS),
]
ITEM_METHODS = ["__getitem__", "__setitem__", "__delitem__"]
#: Methods whose result must be of one type, and one that is right.
TYPED_METHODS = {
    "__bool__": False,
    "__len__": 3,
    "__hash__": 7,
    "__index__": 2,
    "__int__": 4,
    "__float__": 2.5,
    "__contains__": True,
}


class Refused(Exception):
    """What a method raises that refuses."""


def _answer(name: str) -> Function:
    def method(self: Any, *args: Any) -> Any:
        self.__dict__.setdefault("asked", []).append((name, *args))
        if name == "__getitem__" and type(args[0]) is int and args[0] > 5:
            raise IndexError("end")  # of an iteration
        return TYPED_METHODS.get(name, (name, *args))

    return method


def _refuse(name: str) -> Function:
    def method(self: Any, *args: Any) -> Any:
        raise Refused(name)

    return method


def _mistake(name: str) -> Function:
    """Returns NotImplemented or, where that means nothing, something of the wrong type."""
    wrong: Any = NotImplemented if name in BINARY_METHODS else -1.5
    return lambda self, *args: wrong


class Plain:
    """Where a class needs a base that has no methods of its own."""

    def __init__(self, value: object = None) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"


def variants(base: type) -> list[type]:
    """The class itself, a subclass that changes nothing, and three that change everything."""
    made = [base, type(f"Sub_{base.__name__}", (base,), {})]
    for make in (_answer, _refuse, _mistake):
        names = [*BINARY_METHODS, *TYPED_METHODS, *(ITEM_METHODS if make != _mistake else ())]
        methods = {name: make(name) for name in names}
        made.append(type(f"{make.__name__}_{base.__name__}".lstrip("_"), (base,), methods))
    return made


class Missing(dict[Any, Any]):
    """Answers for keys that it does not have."""

    def __missing__(self, key: object) -> object:
        return "missing", key


# ---- Arguments -----------------------------------------------------------------------------------


class Recipe(NamedTuple):
    """How to make an argument: anew for each call, because a call may change it."""

    make: Function
    value: tuple[object, ...]


def recipes(base: type, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Recipe]:
    """Instances of ``base`` and of what derives from it, made of one of ``values``."""
    return st.builds(Recipe, st.sampled_from(variants(base)), st.tuples(values))


def always(*values: object) -> st.SearchStrategy[Recipe]:
    """One of these objects itself."""
    return st.sampled_from([Recipe(lambda value: value, (value,)) for value in values])


BORDERS = sorted(
    {
        *range(-7, 8),
        *(
            sign * (1 << bits) + delta
            for bits in (8, 15, 30, 31, 32, 60, 63, 64, 200)
            for sign in (1, -1)
            for delta in (-2, -1, 0, 1, 2)
        ),
    }
)
NAN = math.nan
INTS = st.one_of(st.sampled_from(BORDERS), st.integers())
FLOATS = st.one_of(
    st.sampled_from([NAN, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.0, 1.5, 2.0**53, 1e308]),
    st.floats(),
)
TEXTS = st.one_of(
    st.sampled_from(
        ["", "a", "b", "key", "ab", "a\0b", "\xe9", "\u0416x", "\U0001f600", "\ud800", "x\udfff"]
    ),
    st.text(st.characters(), max_size=5),
)
#: What is in containers and asked of them: few, so that they meet.
ITEMS: list[Any] = [
    *(0, 1, -1, 2, 2**30, -(2**60), 2**64, True, False, None, 0.0, 1.0, 2.5, NAN),
    *("", "a", "b", "key", "\xe9", (1, 2), ()),
]
LISTS = st.lists(st.sampled_from(ITEMS), max_size=5)
DICTS = st.one_of(
    *(
        st.dictionaries(st.sampled_from(keys), st.sampled_from(ITEMS), max_size=5)
        for keys in (ITEMS, [item for item in ITEMS if isinstance(item, str)])
    )
)

NUMBERS = st.one_of(
    recipes(int, INTS), recipes(float, FLOATS), recipes(Plain, st.none()), always(True, False, 1j)
)
SMALL_INTS = st.one_of(recipes(int, st.integers(-2, 4)), always(True, False))
SEQUENCES = st.one_of(recipes(str, TEXTS), recipes(list, LISTS), recipes(tuple, LISTS))
CONTAINERS = st.one_of(
    SEQUENCES,
    recipes(dict, DICTS),
    st.builds(Recipe, st.sampled_from([Missing, OrderedDict]), st.tuples(DICTS)),
    st.builds(Recipe, st.sampled_from([deque, set]), st.tuples(LISTS)),
    recipes(Plain, st.none()),
    always(range(4), b"bytes", 5, 2.5, None),
)
KEYS = st.one_of(
    always(*ITEMS, slice(0, 2), slice(None, None, -1)),
    recipes(int, st.one_of(st.integers(-7, 7), INTS)),
    recipes(str, st.sampled_from(["a", "b", "key"])),
    recipes(Plain, st.none()),
    recipes(list, st.just([])),
)
ANYTHING = st.one_of(NUMBERS, CONTAINERS)
INDICES = st.one_of(
    st.integers(-7, 7),
    st.sampled_from([sys.maxsize, -sys.maxsize - 1, sys.maxsize - 1, 1 << 30, -(1 << 31)]),
)
NAMES = st.one_of(
    st.sampled_from(["", "a", "b", "key", "\xe9"]), st.text("ab\xe9\u0416", max_size=3)
)


# ---- Comparison ----------------------------------------------------------------------------------


def shown(value: object) -> str:
    """The representation, whatever the address."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def outcome(function: Function, *arguments: Recipe) -> tuple[object, ...]:
    """The result or the exception of a call, and the state of its arguments after it.

    Of the result: type and representation, by which a NaN is one and a zero has a sign, and which
    of the arguments it is. Which int or float it is has no meaning. A recipe that is given twice
    stands for one object.
    """
    made = {id(recipe): recipe.make(*recipe.value) for recipe in arguments}
    args = [made[id(recipe)] for recipe in arguments]
    result: object
    try:
        result = function(*args)
    except Exception as error:
        found: tuple[object, ...] = type(error), str(error), shown(error.args)
    else:
        found = type(result), shown(result)
        if type(result) not in (int, float):
            found += (*(result is arg for arg in args),)
    return found, [(shown(arg), shown(getattr(arg, "asked", None))) for arg in args]


def assert_same(module: ModuleType, functions: dict[str, Function], *arguments: Recipe) -> None:
    """Functions of the module do what those of the same names in ``functions`` do."""
    for name, reference in functions.items():
        assert (name, *outcome(getattr(module, name), *arguments)) == (
            name,
            *outcome(reference, *arguments),
        )


def truth(function: Function) -> Function:
    """The function, as one that answers 0 or 1."""
    return lambda *args: int(bool(function(*args)))


# ---- Numbers -------------------------------------------------------------------------------------

ARITHMETIC: dict[str, Function] = {
    "Add": operator.add,
    "Subtract": operator.sub,
    "Multiply": operator.mul,
    "TrueDivide": operator.truediv,
    "And": operator.and_,
    "Or": operator.or_,
    "Xor": operator.xor,
    "InPlaceAdd": operator.iadd,
    "InPlaceSubtract": operator.isub,
    "InPlaceMultiply": operator.imul,
    "InPlaceTrueDivide": operator.itruediv,
    "InPlaceAnd": operator.iand,
    "InPlaceOr": operator.ior,
    "InPlaceXor": operator.ixor,
}


@given(a=NUMBERS, b=NUMBERS)
def test_arithmetic(module: ModuleType, a: Recipe, b: Recipe) -> None:
    assert_same(module, ARITHMETIC, a, b)
    assert_same(module, ARITHMETIC, a, a)


@given(a=CONTAINERS, b=st.one_of(CONTAINERS, SMALL_INTS))
def test_arithmetic_of_containers(module: ModuleType, a: Recipe, b: Recipe) -> None:
    assert_same(module, ARITHMETIC, a, b)
    assert_same(module, ARITHMETIC, b, a)


#: Bits, and whether there is a sign.
SIZE = sys.maxsize.bit_length() + 1
CONVERSIONS = {
    "AsInt32_t": (32, True),
    "AsInt64_t": (64, True),
    "AsLong": (SIZE, True),
    "AsSsize_t": (SIZE, True),
    "AsUInt32_t": (32, False),
    "AsUInt64_t": (64, False),
    "AsSize_t": (SIZE, False),
}
MASKS = {"AsUInt32_tMask": 32, "AsUInt64_tMask": 64}


class Inexact(int):
    """An int that no fast path serves."""


@given(value=INTS)
def test_ints_as_c_integers(module: ModuleType, value: int) -> None:
    exact, inexact = (Recipe(make, (value,)) for make in (int, Inexact))
    for name, (bits, signed) in CONVERSIONS.items():
        convert = getattr(module, name)
        assert outcome(convert, exact) == outcome(convert, inexact)
        low = -(1 << (bits - 1)) if signed else 0
        if low <= value < low + (1 << bits):
            assert convert(value) == value
        else:
            with pytest.raises(OverflowError):
                convert(value)
    for name, bits in MASKS.items():
        assert getattr(module, name)(value) == value & ((1 << bits) - 1)


@given(value=ANYTHING)
def test_conversions(module: ModuleType, value: Recipe) -> None:
    made = value.make(*value.value)
    if not isinstance(made, int):
        for name in ("AsInt64_t", "AsLong", "AsInt32_t"):
            assert outcome(getattr(module, name), value) == outcome(operator.index, value)
        for name in ("AsSsize_t", "AsSize_t", "AsUInt32_t", "AsUInt64_t", "LongAsDouble"):
            with pytest.raises(TypeError, match=r"^an integer is required$"):
                getattr(module, name)(made)
    # ldexp converts its argument as the C API does, without a look at strs.
    assert_same(module, {"FloatAsDouble": lambda x: math.ldexp(x, 0)}, value)
    assert_same(module, {"Long": int, "Float": float, "Str": str}, value)


@given(value=INTS)
def test_ints_as_doubles(module: ModuleType, value: int) -> None:
    for make in (int, Inexact):
        assert_same(module, {"LongAsDouble": float}, Recipe(make, (value,)))


@given(
    value=recipes(
        str,
        st.one_of(
            st.integers(-(10**19), 10**19).map(str),
            st.text("0123456789", min_size=16, max_size=20),
            st.text("019-+_ .enaif\0\u0663\xa0", max_size=6),
            st.floats().map(repr),
            st.integers(4290, 4310).map(lambda n: "7" * n),
        ),
    )
)
def test_numbers_from_strs(module: ModuleType, value: Recipe) -> None:
    assert_same(module, {"Long": int, "Float": float}, value)


# ---- Truth and comparison ------------------------------------------------------------------------


@given(value=ANYTHING)
def test_truth(module: ModuleType, value: Recipe) -> None:
    assert_same(module, {"IsTrue": truth(operator.truth)}, value)


def compare_bool(function: Function, a: object, b: object) -> int:
    """A comparison in which what is the same is equal, as it is in a container."""
    if a is b and function in (operator.eq, operator.ne):
        return int(function is operator.eq)
    return int(bool(function(a, b)))


COMPARE: dict[str, Function] = {
    name.upper(): getattr(operator, name) for name in ("lt", "le", "eq", "ne", "gt", "ge")
}
COMPARE_BOOL: dict[str, Function] = {
    f"{name}_bool": partial(compare_bool, function) for name, function in COMPARE.items()
}


@given(a=ANYTHING, b=ANYTHING)
@example(Recipe(float, (NAN,)), Recipe(float, (NAN,)))
def test_comparison(module: ModuleType, a: Recipe, b: Recipe) -> None:
    for pair in ((a, b), (a, a)):
        assert_same(module, {**COMPARE, **COMPARE_BOOL}, *pair)


@given(a=NUMBERS, b=NUMBERS)
def test_comparison_of_numbers(module: ModuleType, a: Recipe, b: Recipe) -> None:
    assert_same(module, {**COMPARE, **COMPARE_BOOL}, a, b)


@given(a=recipes(str, TEXTS), b=recipes(str, TEXTS))
def test_comparison_of_strs(module: ModuleType, a: Recipe, b: Recipe) -> None:
    assert_same(module, {**COMPARE, **COMPARE_BOOL}, a, b)


# ---- Containers ----------------------------------------------------------------------------------


@given(container=ANYTHING, key=KEYS)
@example(Recipe(dict, ({},)), Recipe(tuple, ((1, 2),)))  # one argument of the KeyError, not two
def test_asking_containers(module: ModuleType, container: Recipe, key: Recipe) -> None:
    assert_same(module, {"Length": len}, container)
    functions: dict[str, Function] = {
        "Contains": truth(operator.contains),
        "GetItem": operator.getitem,
    }
    assert_same(module, functions, container, key)


def find(container: Any, key: object) -> object:
    return container[key] if key in container else None  # noqa: SIM401 - two questions


def find_after(change: Function) -> Function:
    """What is found after a change that lies between the two questions."""

    def function(container: Any, key: object, other: object) -> object:
        known = key in container
        change(container, key, other)
        return container[key] if known else None

    return function


@given(
    container=st.one_of(ANYTHING, recipes(dict, DICTS)),
    key=KEYS,
    other=st.one_of(KEYS, ANYTHING),
)
@example(Recipe(dict, ({"a": 1, "b": 2},)), Recipe(str, ("a",)), Recipe(str, ("b",)))
@example(Recipe(dict, ({"a": 1},)), Recipe(str, ("a",)), Recipe(dict, ({"a": 2},)))
@example(Recipe(dict, ({"a": 1},)), Recipe(str, ("a",)), Recipe(dict, ({"b": 2},)))
def test_asking_twice(module: ModuleType, container: Recipe, key: Recipe, other: Recipe) -> None:
    """What is known of the first answer is no longer known if the container has changed."""
    assert_same(module, {"Find": find}, container, key)
    functions: dict[str, Function] = {
        "Find_set": find_after(operator.setitem),
        "Find_delete": find_after(lambda container, key, other: operator.delitem(container, other)),
        "Find_other": lambda container, key, other: (key in container, container[other])[1],
        "Find_elsewhere": lambda container, key, other: (key in container, other[key])[1],
    }
    assert_same(module, functions, container, key, other)


def copy(text: str) -> str:
    """An equal str that is another object, if CPython has not one for all."""
    return (text + "\u0416")[:-1]


#: Some of them share a place in each table, whatever the hashes are.
STRS = [f"{start}{number}" for start in ("", "\xe9", "\u0416", "\U0001f600") for number in range(9)]


@given(
    steps=st.lists(st.tuples(st.sampled_from(STRS), st.booleans()), max_size=60),
    odd=st.one_of(st.none(), st.sampled_from([0, 1.5, ("0",), Inexact(3)])),
)
def test_searches_among_strs(
    module: ModuleType, steps: list[tuple[str, bool]], odd: object | None
) -> None:
    """In tables of any size, with entries that were deleted, and with a key that is no str."""
    found: dict[Any, Any] = {} if odd is None else {odd: "odd"}
    for number, (key, adds) in enumerate(steps):
        if adds:
            found[key] = number
        else:
            found.pop(key, None)
    for key in map(copy, STRS):
        assert module.Contains(found, key) == (key in found)
        assert module.Find(found, key) == found.get(key)


def test_searches_in_dicts_of_instances(module: ModuleType) -> None:
    """They share a table of their names."""
    plain, other = Plain(1), Plain(2)
    other.later = 3  # type: ignore[attr-defined]
    for names in (vars(plain), vars(other), vars(Plain), sys.modules, {}):
        for key in ("value", "later", "__repr__", "sys", "absent"):
            assert module.Contains(names, copy(key)) == (key in names)
            assert module.Find(names, copy(key)) is names.get(key)


@given(container=CONTAINERS, key=KEYS, value=ANYTHING)
def test_changing_containers(
    module: ModuleType, container: Recipe, key: Recipe, value: Recipe
) -> None:
    assert_same(module, {"SetItem": operator.setitem}, container, key, value)
    assert_same(module, {"DelItem": operator.delitem}, container, key)


@given(container=ANYTHING, index=INDICES, value=always(*ITEMS))
def test_indices(module: ModuleType, container: Recipe, index: int, value: Recipe) -> None:
    at = Recipe(int, (index,))
    functions: dict[str, Function] = {"GetItem_i": operator.getitem, "DelItem_i": operator.delitem}
    assert_same(module, functions, container, at)
    assert_same(module, {"SetItem_i": operator.setitem}, container, at, value)


@given(container=ANYTHING, name=NAMES, value=always(*ITEMS))
def test_names_of_items(module: ModuleType, container: Recipe, name: str, value: Recipe) -> None:
    key = Recipe(str, (name,))
    functions: dict[str, Function] = {"GetItem_s": operator.getitem, "DelItem_s": operator.delitem}
    assert_same(module, functions, container, key)
    assert_same(module, {"SetItem_s": operator.setitem}, container, key, value)
    # The same with a name that is a literal in the source.
    functions = {
        "GetItem_key": lambda container: operator.getitem(container, "key"),
        "DelItem_key": lambda container: operator.delitem(container, "key"),
    }
    assert_same(module, functions, container)
    functions = {"SetItem_key": lambda container, value: operator.setitem(container, "key", value)}
    assert_same(module, functions, container, value)


class Holds(list[Any]):
    def append(self, item: object) -> None:
        raise AssertionError("HPyList_Append does not ask")


@pytest.mark.parametrize("kind", [list, Holds])
@given(steps=st.lists(st.sampled_from(["append", "append", "append", "pop", "clear", "cut"])))
def test_append(module: ModuleType, kind: type[list[Any]], steps: list[str]) -> None:
    """Whatever memory a list has left, or has given back."""
    found, expected = kind(), list[Any]()
    for number, step in enumerate(steps * 2):
        if step == "append":
            assert module.Append(found, number) is None
            expected.append(number)
        elif step == "pop" and expected:
            assert found.pop() == expected.pop()
        elif step == "clear":
            found.clear()
            expected.clear()
        elif step == "cut":
            del found[1:3], expected[1:3]
        assert found == expected


class Ending:
    """An iterator that ends as it is told to."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error
        self.left = 2

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> int:
        self.left -= 1
        if self.left < 0:
            raise self.error if self.error is not None else StopIteration
        return self.left


def generator(count: int) -> Iterator[int]:
    yield from range(count)
    raise Refused("generator")


def collect(iterable: Any) -> list[object]:
    """As list(), which asks for a length first."""
    items = []
    for item in iterable:
        items.append(item)  # noqa: PERF402
    return items


ITERABLES = st.one_of(
    ANYTHING,
    st.builds(
        Recipe,
        st.just(Ending),
        st.tuples(
            st.sampled_from([None, StopIteration(), StopIteration(5), Refused("next"), KeyError(1)])
        ),
    ),
    st.builds(Recipe, st.just(generator), st.tuples(st.integers(0, 3))),
    st.builds(Recipe, st.just(lambda: zip("ab", [1], strict=True)), st.just(())),
    st.builds(Recipe, st.just(lambda: map(ord, ["a", "bc"])), st.just(())),
)


@given(iterable=ITERABLES)
def test_iteration(module: ModuleType, iterable: Recipe) -> None:
    assert_same(module, {"Collect": collect}, iterable)


# ---- Strs ----------------------------------------------------------------------------------------


def read_char(value: str, index: int) -> int:
    """As indexing, from the start alone."""
    if index < 0:
        raise IndexError("string index out of range")
    return ord(str.__getitem__(value, index))


@given(value=recipes(str, TEXTS), index=INDICES)
def test_characters(module: ModuleType, value: Recipe, index: int) -> None:
    assert_same(module, {"ReadChar": read_char}, value, Recipe(int, (index,)))
    assert_same(module, {"AsUTF8AndSize": lambda value: str.encode(value)}, value)


ERRORS = [None, "strict", "ignore", "replace", "backslashreplace", "surrogateescape", "no such"]


@given(
    size=st.one_of(st.integers(0, 20), st.integers(0, 300)),
    high=st.lists(st.integers(0, 299), max_size=2),
    errors=st.sampled_from(ERRORS),
)
def test_decoding(module: ModuleType, size: int, high: list[int], errors: str | None) -> None:
    data = bytearray(i % 128 for i in range(size))
    for place in high:
        if place < size:
            data[place] |= 0x80
    raw = bytes(data)
    reference = partial(raw.decode, "ascii", errors or "strict")
    assert outcome(lambda: module.DecodeASCII(raw, errors)) == outcome(reference)
    if raw.isascii():
        text = module.DecodeASCII(raw, errors)
        assert text.isascii() and hash(text) == hash(reference())
        assert sys.getsizeof(text) == sys.getsizeof(reference())


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 15, 16, 17, 31, 255, 256, 257])
def test_every_byte_is_checked(module: ModuleType, size: int) -> None:
    """Eight at once where there are as many."""
    for place in range(size):
        raw = bytearray(size)
        raw[place] = 0x80
        with pytest.raises(UnicodeDecodeError, match=f" in position {place}: "):
            module.DecodeASCII(bytes(raw), None)


# ---- Attributes and calls ------------------------------------------------------------------------


class Slotted:
    __slots__ = ("name",)


class Property:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[object] = []

    def __repr__(self) -> str:
        return "Property"

    def _get(self) -> object:
        self.asked.append("get")
        if self.error is not None:
            raise self.error
        return "got"

    def _set(self, value: object) -> None:
        self.asked.append(("set", value))
        if self.error is not None:
            raise self.error

    name = property(_get, _set)


class Dynamic(Plain):
    def __getattr__(self, name: str) -> object:
        if name == "name":
            return "dynamic"
        raise AttributeError(name)


OBJECTS = [
    Recipe(lambda: 5, ()),
    Recipe(SimpleNamespace, ()),
    Recipe(lambda: SimpleNamespace(name=2**70), ()),
    Recipe(lambda: type("Class", (), {"__repr__": Plain.__repr__, "name": "class's"}), ()),
    Recipe(Property, ()),
    Recipe(lambda: Property(AttributeError("hidden")), ()),
    Recipe(lambda: Dynamic(1), ()),
    Recipe(lambda: Plain(1), ()),
]


@pytest.mark.parametrize("made", OBJECTS)
@given(value=always(*ITEMS))
def test_names_of_attributes(module: ModuleType, made: Recipe, value: Recipe) -> None:
    functions: dict[str, Function] = {
        "GetAttr_name": lambda x: x.name,
        "HasAttr_name": lambda x: int(hasattr(x, "name")),
        "DelAttr_name": lambda x: delattr(x, "name"),
    }
    assert_same(module, functions, made)
    assert_same(module, {"SetAttr_name": lambda x, value: setattr(x, "name", value)}, made, value)


def takes_anything(*args: object, **kwargs: object) -> object:
    return args, kwargs


def takes_two(a: object, b: object = 5, *, key: object = None) -> object:
    return a, b, key


def refuses(*args: object) -> object:
    raise Refused("called")


class Called(Plain):
    def __call__(self, *args: object, **kwargs: object) -> object:
        return "called", args, kwargs


CALLABLES: list[Any] = [
    *(takes_anything, takes_two, refuses, partial(takes_two, 1, key=2), Called(1)),
    *(Called(1).__call__, "a,b".split, str.upper, [].append, len, int, dict, list, type),
    *(Plain, math.sqrt, print, None, 5, "str", Plain(1)),
]


@pytest.mark.parametrize("called", CALLABLES, ids=lambda value: getattr(value, "__name__", None))
@given(
    args=st.lists(st.sampled_from(ITEMS), max_size=4),
    kwargs=st.dictionaries(st.sampled_from(["a", "key", "sep", "\xe9"]), st.sampled_from(ITEMS)),
)
def test_calls(module: ModuleType, called: Any, args: list[Any], kwargs: dict[str, Any]) -> None:
    with_all = partial(module.Call, called, *args, **kwargs)
    assert outcome(with_all) == outcome(lambda: called(*args, **kwargs))
