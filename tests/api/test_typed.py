"""Typed methods (hpy/typed.h): what they take, return and raise, beside functions of Python."""

from __future__ import annotations

import inspect
import math
import re
import struct
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.support import assert_stable

#: The C type of each integer, in messages, with its limits.
INTEGERS = {
    "char": ("char", -(2**7), 2**7),
    "schar": ("signed char", -(2**7), 2**7),
    "uchar": ("unsigned char", 0, 2**8),
    "short": ("short", -(2**15), 2**15),
    "ushort": ("unsigned short", 0, 2**16),
    "int": ("int", -(2**31), 2**31),
    "uint": ("unsigned", 0, 2**32),
    "long": ("long", -(2**63), 2**63),
    "ulong": ("unsigned long", 0, 2**64),
    "longlong": ("long long", -(2**63), 2**63),
    "ulonglong": ("unsigned long long", 0, 2**64),
    "int32": ("int32_t", -(2**31), 2**31),
    "size": ("size_t", 0, 2**64),
    "ssize": ("HPy_ssize_t", -(2**63), 2**63),
}


@pytest.fixture(params=["c", "cpp"])
def module(
    request: pytest.FixtureRequest,
    fresh: Callable[..., ModuleType],
    loaded: dict[Any, ModuleType],
) -> ModuleType:
    """The module of either twin."""
    key = (request.path, request.param)
    if key not in loaded:
        loaded[key] = fresh(source=f"test_typed.{request.param}")
    return loaded[key]


class Index:
    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


class Failing:
    """Its methods raise what nothing may hide."""

    def __index__(self) -> int:
        raise TypeError("no index today")

    def __float__(self) -> float:
        raise TypeError("no float today")

    def __complex__(self) -> complex:
        raise TypeError("no complex today")

    def __bool__(self) -> bool:
        raise TypeError("no truth today")


def raises(error: type[BaseException], message: str) -> Any:
    return pytest.raises(error, match=rf"^{re.escape(message)}$")


# ---- Types


@pytest.mark.parametrize("kind", INTEGERS)
def test_integers_at_their_limits(module: ModuleType, kind: str) -> None:
    c_type, lowest, beyond = INTEGERS[kind]
    echo = getattr(module, f"echo_{kind}")
    for value in (lowest, lowest + 1, 0, 1, beyond // 2, beyond - 2, beyond - 1):
        assert echo(value) == value
        assert echo(Index(value)) == value
        assert echo(x=value) == value
    assert echo(True) == 1
    message = f"echo_{kind}() argument 'x' does not fit in a C {c_type}"
    for value in (lowest - 1, beyond, 2**64, -(2**64), 2**200, -(2**200)):
        if not lowest <= value < beyond:
            for argument in (value, Index(value)):
                with raises(OverflowError, message):
                    echo(argument)


@pytest.mark.parametrize("kind", INTEGERS)
@given(value=st.integers())
def test_integers(module: ModuleType, kind: str, value: int) -> None:
    _, lowest, beyond = INTEGERS[kind]
    echo = getattr(module, f"echo_{kind}")
    if lowest <= value < beyond:
        assert echo(value) == value
    else:
        with pytest.raises(OverflowError):
            echo(value)


@pytest.mark.parametrize("kind", INTEGERS)
def test_what_is_no_integer(module: ModuleType, kind: str) -> None:
    echo = getattr(module, f"echo_{kind}")
    for value, name in ((1.0, "float"), ("1", "str"), (None, "None"), ([], "list")):
        with raises(TypeError, f"echo_{kind}() argument 'x' must be int, not {name}"):
            echo(value)
    with raises(TypeError, "no index today"):
        echo(Failing())


@given(value=st.floats() | st.integers(-(2**70), 2**70))
def test_doubles(module: ModuleType, value: float) -> None:
    assert struct.pack("d", module.echo_double(value)) == struct.pack("d", float(value))


@given(value=st.floats(width=32))
def test_floats(module: ModuleType, value: float) -> None:
    assert struct.pack("f", module.echo_float(value)) == struct.pack("f", value)


def test_what_a_float_cannot_hold(module: ModuleType) -> None:
    assert module.echo_float(0.1) == struct.unpack("f", struct.pack("f", 0.1))[0]
    assert module.echo_float(1e300) == math.inf
    assert module.echo_float(-1e300) == -math.inf


@pytest.mark.parametrize("kind", ["float", "double"])
def test_what_is_no_float(module: ModuleType, kind: str) -> None:
    echo = getattr(module, f"echo_{kind}")
    assert echo(Index(3)) == 3.0
    for value, name in (("1", "str"), (None, "None"), (1j, "complex")):
        with raises(TypeError, f"echo_{kind}() argument 'x' must be float, not {name}"):
            echo(value)
    with raises(TypeError, "no float today"):
        echo(Failing())
    with raises(OverflowError, "int too large to convert to float"):
        echo(10**400)


@given(value=st.complex_numbers())
def test_complex_numbers(module: ModuleType, value: complex) -> None:
    assert repr(module.echo_complex(value)) == repr(value)


def test_what_is_no_complex_number(module: ModuleType) -> None:
    assert repr(module.echo_complex(3)) == repr(module.echo_complex(Index(3))) == "(3+0j)"
    for value, name in (("1", "str"), (None, "None"), ([], "list")):
        with raises(TypeError, f"echo_complex() argument 'x' must be complex, not {name}"):
            module.echo_complex(value)
    with raises(TypeError, "no complex today"):
        module.echo_complex(Failing())


def test_truth(module: ModuleType) -> None:
    for value in (True, False, 0, 1, "", "False", None, [], [0]):
        assert module.echo_boolean(value) is bool(value)
    with raises(TypeError, "no truth today"):
        module.echo_boolean(Failing())


@given(value=st.text())
def test_texts(module: ModuleType, value: str) -> None:
    assert module.echo_str(value) == value
    if "\0" in value:
        message = "echo_string() argument 'x' must be a str without null characters"
        with raises(ValueError, message):
            module.echo_string(value)
    else:
        assert module.echo_string(value) == value


@given(value=st.binary())
def test_bytes(module: ModuleType, value: bytes) -> None:
    assert module.echo_bytes(value) == value


def test_what_is_no_text(module: ModuleType) -> None:
    for kind, needed in (("string", "str"), ("str", "str"), ("bytes", "bytes")):
        other = b"" if needed == "str" else ""
        for value in (other, None, 1, bytearray()):
            name = "None" if value is None else type(value).__name__
            with raises(TypeError, f"echo_{kind}() argument 'x' must be {needed}, not {name}"):
                getattr(module, f"echo_{kind}")(value)
    for kind in ("string", "str"):
        with pytest.raises(UnicodeEncodeError):
            getattr(module, f"echo_{kind}")("\ud800")


def test_objects(module: ModuleType) -> None:
    for value in (None, object(), [1], "x", 1):
        assert module.echo_object(value) is value


# ---- Arguments: Python's own functions are the model


def clip(x: Any, lo: Any = 0.0, *, hi: Any = 1.0) -> Any:
    return float(lo if x < lo else hi if x > hi else x)


def mixed(a: Any, b: Any = -2, /, c: Any = -3, *, d: Any, e: Any = -5, f: Any) -> Any:
    return (a, b, c, d, e, f)


def positional(a: Any, b: Any, /) -> Any:
    return (a, b)


def named(*, first: Any, second: Any) -> Any:
    return (first, second)


def many(a: Any, b: Any, c: Any, d: Any) -> Any:
    return a + b + c + d


def nothing() -> Any:
    return None


MODELS: list[Callable[..., Any]] = [clip, mixed, positional, named, many, nothing]
NAMES = ["a", "b", "c", "d", "e", "f", "x", "lo", "hi", "first", "second", "zzzzzzzz", "grün"]


def outcome(function: Callable[..., Any], args: list[int], kwargs: dict[str, int]) -> Any:
    """What a call returns, or raises; without the name that newer Pythons suggest."""
    try:
        return function(*args, **kwargs)
    except TypeError as error:
        return re.sub(r"\. Did you mean '\w+'\?$", "", str(error))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@given(
    args=st.lists(st.integers(0, 5), max_size=6),
    kwargs=st.dictionaries(st.sampled_from(NAMES), st.integers(0, 5), max_size=6),
)
def test_any_arguments(
    module: ModuleType, model: Callable[..., Any], args: list[int], kwargs: dict[str, int]
) -> None:
    """Values, exceptions and messages."""
    function = getattr(module, model.__name__)
    assert outcome(function, args, kwargs) == outcome(model, args, kwargs)


def test_keywords_that_are_new_strings(module: ModuleType) -> None:
    """Not the interned one, and of a subclass."""
    text = type("Text", (str,), {})
    assert module.clip(3, **{"".join(["h", "i"]): 2}) == 2.0
    assert module.clip(3, **{text("hi"): 2}) == 2.0
    with raises(TypeError, "clip() got an unexpected keyword argument '\\ud800'"):
        module.clip(3, **{"\ud800": 2})


def test_none_for_a_default(module: ModuleType) -> None:
    assert module.either() == module.either(None, None, None) is None
    assert module.either("text", object=1, number=2) == "text"
    with raises(TypeError, "either() argument 'text' must be str, not int"):
        module.either(1)


def test_signatures(module: ModuleType) -> None:
    for model in MODELS:
        parameters = [
            each.replace(annotation=inspect.Parameter.empty)
            for each in inspect.signature(model).parameters.values()
        ]
        signature = inspect.signature(getattr(module, model.__name__))
        assert list(signature.parameters.values()) == parameters
    assert str(inspect.signature(module.Counter.add)) == "(self, /, n=1)"
    assert str(inspect.signature(module.Counter().add)) == "(n=1)"
    assert module.clip.__doc__ == "Clips x."


# ---- Errors, methods


def test_declared_errors(module: ModuleType) -> None:
    assert module.divide(7, 2) == 3
    assert module.split(7, 2) == (3, 1)
    for function in (module.divide, module.split):
        with raises(ZeroDivisionError, "integer division by zero"):
            function(7, 0)
    with raises(OverflowError, "the quotient is too large"):
        module.divide(-(2**63), -1)


def test_errors_by_the_context(module: ModuleType) -> None:
    assert module.check(3) == 3
    with raises(ValueError, "negative"):
        module.check(-1)
    with pytest.raises(KeyError):
        module.raising()


def test_methods(module: ModuleType) -> None:
    counter = module.Counter()
    assert [counter.add(), counter.add(5), counter.add(n=10)] == [1, 6, 16]
    assert counter.take(n=6) == 10
    with raises(ValueError, "not as much is there"):
        counter.take(n=11)
    with raises(TypeError, "take() missing 1 required keyword-only argument: 'n'"):
        counter.take()
    with pytest.raises(TypeError):
        module.Counter.add(object(), 1)


def test_references(module: ModuleType) -> None:
    value = object()
    for call in (
        lambda: module.echo_object(value),
        lambda: module.echo_str("grün" * 10),
        lambda: module.echo_complex(2.5),
        lambda: module.clip(3, hi=2.5),
        lambda: module.mixed(2**62, d=2**62 + 1, f=2**62 + 2),
    ):
        assert_stable(call, value)
    for failing in (
        lambda: module.clip(),
        lambda: module.clip(1, hi=value),
        lambda: module.clip(1, other=value),
        lambda: module.named(1, first=1, second=value),
        lambda: module.positional(1, a=value),
        lambda: module.echo_uint(value),
        lambda: module.divide(1, 0),
        lambda: module.echo_complex(value),
    ):

        def call_and_catch(failing: Callable[[], object] = failing) -> None:
            with pytest.raises((TypeError, ZeroDivisionError)):
                failing()

        assert_stable(call_and_catch, value, runs=20)
