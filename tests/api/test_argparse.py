"""Argument parsing."""

from __future__ import annotations

import math
import re
import struct
import sys
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.support import assert_stable

pytestmark = pytest.mark.budgets

bounded = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

#: Units with limits: bits, whether signed, the name in messages.
LIMITED = {
    "b": (0, 2**8 - 1, "unsigned byte integer"),
    "h": (-(2**15), 2**15 - 1, "signed short integer"),
    "i": (-(2**31), 2**31 - 1, "signed integer"),
}
WIDE = {"l": "long", "L": "long", "n": "ssize_t"}
MASKS = {"B": 8, "H": 16, "I": 32, "k": 64, "K": 64}
ALL_UNITS = [*LIMITED, *WIDE, *MASKS, "f", "d", "p", "s", "O"]
INITIAL = dict.fromkeys(ALL_UNITS, 7) | {"s": "7", "O": ...}

Parse = Callable[[Any], Any]
BORDERS = [
    s * 2**n + d for n in (7, 8, 15, 16, 31, 32, 63, 64, 80) for s in (1, -1) for d in (-1, 0, 1)
]
INTEGERS = st.sampled_from(BORDERS) | st.integers()


class Index:
    def __index__(self) -> int:
        return 5


def ways(module: ModuleType, unit: str) -> list[Parse]:
    """Every way to give one argument to a unit."""
    keyword, dict_ = getattr(module, f"keyword_{unit}"), getattr(module, f"dict_{unit}")
    return [
        getattr(module, f"unit_{unit}"),
        getattr(module, f"optional_{unit}"),
        keyword,
        lambda value: keyword(x=value),
        lambda value: dict_({}, value),
        lambda value: dict_({"x": value}),
    ]


def raises(error: type[BaseException], message: str) -> Any:
    return pytest.raises(error, match=rf"^{re.escape(message)}$")


# ---- Units


@pytest.mark.parametrize("unit", ALL_UNITS)
def test_optional_arguments_left_out(module: ModuleType, unit: str) -> None:
    assert getattr(module, f"optional_{unit}")() == INITIAL[unit]
    assert getattr(module, f"keyword_{unit}")() == INITIAL[unit]
    assert getattr(module, f"dict_{unit}")({}) == INITIAL[unit]


@pytest.mark.parametrize("unit", ALL_UNITS)
def test_required_argument_missing(module: ModuleType, unit: str) -> None:
    with raises(TypeError, "unit() required positional argument missing"):
        getattr(module, f"unit_{unit}")()
    with raises(TypeError, "unit() mismatched args (too many arguments for fmt)"):
        getattr(module, f"unit_{unit}")(INITIAL[unit], 2)


@pytest.mark.parametrize("unit", LIMITED)
@given(value=INTEGERS)
@bounded
def test_limits(module: ModuleType, unit: str, value: int) -> None:
    lowest, highest, name = LIMITED[unit]
    for parse in ways(module, unit):
        if lowest <= value <= highest:
            assert parse(value) == value
        else:
            message = r"too large to convert to C long|" + (
                f"{name} is less than minimum"
                if value < lowest
                else f"{name} is greater than maximum"
            )
            with pytest.raises(OverflowError, match=message):
                parse(value)


def test_limit_messages(module: ModuleType) -> None:
    with raises(OverflowError, "unit() unsigned byte integer is greater than maximum"):
        module.unit_b(256)
    with raises(OverflowError, "function unsigned byte integer is less than minimum"):
        module.optional_b(-1)
    with raises(OverflowError, "keyword() signed short integer is greater than maximum"):
        module.keyword_h(x=2**15)
    with raises(OverflowError, "dict() signed integer is less than minimum"):
        module.dict_i({"x": -(2**31) - 1})


@pytest.mark.parametrize("unit", WIDE)
@given(value=INTEGERS)
@bounded
def test_wide(module: ModuleType, unit: str, value: int) -> None:
    for parse in ways(module, unit):
        if -(2**63) <= value < 2**63:
            assert parse(value) == value
        else:
            with raises(OverflowError, f"Python int too large to convert to C {WIDE[unit]}"):
                parse(value)


@pytest.mark.parametrize("unit", MASKS)
@given(value=INTEGERS)
@bounded
def test_masks(module: ModuleType, unit: str, value: int) -> None:
    for parse in ways(module, unit):
        assert parse(value) == value % 2 ** MASKS[unit]


@pytest.mark.parametrize("unit", [*LIMITED, *WIDE, *MASKS])
def test_integers_and_nothing_else(module: ModuleType, unit: str) -> None:
    for parse in ways(module, unit):
        assert parse(True) == 1
        assert parse(Index()) == 5
        for wrong in (1.0, "1", None, b"1"):
            with pytest.raises(TypeError, match=r"integer"):
                parse(wrong)


@given(value=st.floats() | st.integers(-(2**1025), 2**1025))
@bounded
def test_floats(module: ModuleType, value: float) -> None:
    for unit in "df":
        for parse in ways(module, unit):
            try:
                expected = float(value)
            except OverflowError as error:
                with raises(OverflowError, str(error)):
                    parse(value)
                continue
            if unit == "f":
                try:
                    expected = struct.unpack("f", struct.pack("f", expected))[0]
                except OverflowError:
                    expected = math.copysign(math.inf, expected)
            assert parse(value) == expected or math.isnan(expected)
    assert module.unit_d(-1) == module.unit_f(-1.0) == -1.0
    with raises(TypeError, "must be real number, not str"):
        module.unit_d("1")


def test_truth(module: ModuleType) -> None:
    class Failing:
        def __bool__(self) -> bool:
            raise LookupError("failed")

    for parse in ways(module, "p"):
        for value in (0, 1, "", "x", [], [0], None, 2.5):
            assert parse(value) == bool(value)
        with raises(LookupError, "failed"):
            parse(Failing())


@given(value=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
@bounded
def test_strings(module: ModuleType, value: str) -> None:
    for parse in ways(module, "s"):
        assert parse(value) == value


def test_bad_strings(module: ModuleType) -> None:
    for wrong in (b"bytes", None, 5):
        with raises(TypeError, "unit() a str is required"):
            module.unit_s(wrong)
    with raises(ValueError, "unit() embedded null character"):
        module.unit_s("a\0b")
    with raises(ValueError, "function embedded null character"):
        module.optional_s("\0")
    with pytest.raises(UnicodeEncodeError):
        module.unit_s("\ud800")


def test_objects(module: ModuleType) -> None:
    for value in (object(), None, 5, []):
        for parse in ways(module, "O"):
            assert parse(value) is value


# ---- What PyArg_ParseTupleAndKeywords does


@pytest.fixture
def oracle(fresh: Callable[..., ModuleType]) -> ModuleType:
    """The C API's twin of the twin."""
    return fresh(source="test_argparse_capi.c")


def outcome(function: Callable[..., object], *args: object, **kwargs: object) -> object:
    """The result, comparable even if it is a nan, or the exception's type."""
    try:
        with warnings.catch_warnings():
            # From 3.15 on the C API's unsigned units warn of what they cut off; HPy's just do it.
            warnings.filterwarnings("ignore", "integer value out of range", DeprecationWarning)
            result = function(*args, **kwargs)
    except Exception as error:
        return type(error)
    return type(result), repr(result)


def returning(name: str, value: object) -> object:
    """An object whose method ``name`` returns ``value``, or raises it if that is a type."""

    def method(self: object) -> object:
        if isinstance(value, type):
            raise value
        return value

    return type(f"With{name}", (), {name: method})()


class IntWithIndex(int):
    def __index__(self) -> int:
        return 99


class FloatWithFloat(float):
    def __float__(self) -> float:
        return 99.0


INDEXES: list[object] = [returning("__index__", v) for v in (5, 2**70, LookupError)]
VALUES: list[object] = [
    *BORDERS, 10**400, 1.5, math.nan, 1e39, -1e300, True, None, "", "a", "a\0b", "\ud800", "\xe9",
    b"a", bytearray(b"a"), 1j, [], [1], object(), int, ..., IntWithIndex(7), FloatWithFloat(1.5),
    *INDEXES, returning("__index__", 1.5), returning("__int__", 5),
    *(returning("__float__", v) for v in (2.5, 2, LookupError)),
    *(returning("__bool__", v) for v in (False, 5, LookupError)),
    returning("__len__", 0), returning("__len__", -1),
]  # fmt: skip


@pytest.mark.parametrize("unit", ALL_UNITS)
def test_units_take_what_the_c_api_takes(module: ModuleType, oracle: ModuleType, unit: str) -> None:
    shapes: list[tuple[tuple[object, ...], dict[str, object]]]
    for value in VALUES:
        # In these two the C API alone asks for an int proper; HPy for what has an __index__.
        if unit in "kK" and value in INDEXES:
            continue
        shapes = [((value,), {}), ((), {"x": value}), ((value, 1), {}), ((value,), {"x": value})]
        for args, kwargs in shapes:
            for way in ("keyword", "only"):
                name = f"{way}_{unit}"
                expected = outcome(getattr(oracle, name), *args, **kwargs)
                assert outcome(getattr(module, name), *args, **kwargs) == expected
    for name in (f"keyword_{unit}", f"only_{unit}"):
        assert outcome(getattr(module, name)) == outcome(getattr(oracle, name))


@pytest.mark.parametrize("unit", ["k", "K"])
def test_unsigned_longs_have_an_index(module: ModuleType, oracle: ModuleType, unit: str) -> None:
    for parse in ways(module, unit):
        assert parse(returning("__index__", 2**70 + 5)) == 5
    capi = getattr(oracle, f"keyword_{unit}")
    if sys.version_info >= (3, 14):
        assert capi(Index()) == 5
    else:
        with pytest.raises(TypeError, match=r"must be int, not Index$"):
            capi(Index())


SHAPES = ("none", "required", "optional", "only", "only_all", "positional_only")
ARGUMENTS = st.sampled_from([1, 2, 2**40, "wrong"])
KEYWORDS = st.sampled_from(["a", "b", "c", "d", "", "a\0", "\xe9", "\ud800"])


@pytest.mark.parametrize("name", SHAPES)
@given(
    args=st.lists(ARGUMENTS, max_size=5),
    kwargs=st.dictionaries(KEYWORDS, ARGUMENTS, max_size=5),
)
@bounded
def test_calls_end_as_in_the_c_api(
    module: ModuleType,
    oracle: ModuleType,
    name: str,
    args: list[object],
    kwargs: dict[str, object],
) -> None:
    expected = outcome(getattr(oracle, name), *args, **kwargs)
    assert outcome(getattr(module, "kw_" + name), *args, **kwargs) == expected
    assert outcome(getattr(module, "kwdict_" + name), kwargs or None, *args) == expected


# ---- Formats


def test_numbers_of_arguments(module: ModuleType) -> None:
    assert module.nothing() == (-1, -2, -3)
    assert module.three_required(1, 2, 3) == (1, 2, 3)
    assert module.two_and_one(1, 2) == (1, 2, -3)
    assert module.two_and_one(1, 2, 3) == (1, 2, 3)
    assert module.all_optional() == (-1, -2, -3)
    assert module.all_optional(1) == (1, -2, -3)
    assert module.all_optional(1, 2, 3) == (1, 2, 3)
    assert module.trailing_bar(1, 2) == (1, 2, -3)
    calls: list[tuple[Callable[[], object], str]] = [
        (lambda: module.three_required(1, 2), "three()"),
        (lambda: module.two_and_one(1), "two()"),
        (lambda: module.trailing_bar(1), "bar()"),
        (lambda: module.no_name(), "function"),
    ]
    for call, name in calls:
        with raises(TypeError, f"{name} required positional argument missing"):
            call()
    calls = [
        (lambda: module.nothing(1), "nothing()"),
        (lambda: module.three_required(1, 2, 3, 4), "three()"),
        (lambda: module.all_optional(1, 2, 3, 4), "function"),
        (lambda: module.trailing_bar(1, 2, 3), "bar()"),
    ]
    for call, name in calls:
        with raises(TypeError, f"{name} mismatched args (too many arguments for fmt)"):
            call()


def test_own_message(module: ModuleType) -> None:
    assert module.with_message(1) == (1, -2, -3)
    for args in ((), (1, 2)):
        with raises(TypeError, "the message"):
            module.with_message(*args)
    with raises(OverflowError, "the message"):
        module.with_message(2**31)
    with raises(TypeError, "the message"):
        module.kw_message(y=1)


def test_bad_formats(module: ModuleType) -> None:
    with raises(SystemError, "unknown() unknown arg format code"):
        module.unknown_unit(1, 2)
    with raises(SystemError, "few() mismatched args (too few variables for fmt)"):
        module.too_few_variables(1, 2, 3)
    with raises(SystemError, "many() mismatched args (too many variables for fmt)"):
        module.too_many_variables(1, 2)
    with raises(SystemError, "function mismatched args (too few variables for fmt)"):
        module.no_variables(1)


# ---- Keywords


@pytest.fixture(params=["names", "dict"])
def call(request: pytest.FixtureRequest, module: ModuleType) -> Callable[..., Any]:
    """call(name, *args, **kwargs), with the keywords as names or as a dict."""

    def names(name: str, *args: object, **kwargs: object) -> Any:
        return getattr(module, "kw_" + name)(*args, **kwargs)

    def dict_(name: str, *args: object, **kwargs: object) -> Any:
        return getattr(module, "kwdict_" + name)(kwargs or None, *args)

    return names if request.param == "names" else dict_


def test_keywords(call: Callable[..., Any]) -> None:
    assert call("none") == (-1, -2, -3)
    for args, kwargs in (
        ((1, 2, 3), {}),
        ((1, 2), {"c": 3}),
        ((1,), {"c": 3, "b": 2}),
        ((), {"c": 3, "b": 2, "a": 1}),
    ):
        assert call("required", *args, **kwargs) == (1, 2, 3)
    assert call("optional", 1) == (1, -2, -3)
    assert call("optional", 1, c=3) == (1, -2, 3)
    assert call("optional", b=2, a=1) == (1, 2, -3)
    assert call("unicode", Ж=2, c=3, é=1) == (1, 2, 3)


def test_missing(call: Callable[..., Any]) -> None:
    for args, kwargs in (((), {}), ((1,), {"c": 3}), ((), {"a": 1, "b": 2}), ((), {"x": 1})):
        with raises(TypeError, "req() no value for required argument"):
            call("required", *args, **kwargs)


def test_unknown_keywords(call: Callable[..., Any]) -> None:
    for name, args, kwargs, wrong in (
        ("none", (), {"x": 1}, "none() got an unexpected keyword argument 'x'"),
        ("optional", (1,), {"d": 1}, "opt() got an unexpected keyword argument 'd'"),
        ("optional", (), {"a": 1, "z": 1, "b": 2}, "opt() got an unexpected keyword argument 'z'"),
        ("unnamed", (1,), {"z": 1}, "function got an unexpected keyword argument 'z'"),
        ("optional", (1,), {"\xe9": 1}, "opt() got an unexpected keyword argument '\xe9'"),
        ("optional", (1,), {"": 1}, "opt() got an unexpected keyword argument ''"),
        ("optional", (1,), {"b\0": 1}, "opt() got an unexpected keyword argument 'b\\x00'"),
        ("optional", (1,), {"b\0c": 1}, "opt() got an unexpected keyword argument 'b\\x00c'"),
        ("optional", (1,), {"\ud800": 1}, "opt() got an unexpected keyword argument '\\ud800'"),
    ):
        with raises(TypeError, wrong):
            call(name, *args, **kwargs)
    long = "x" * 10_000
    with pytest.raises(
        TypeError, match=r"^opt\(\) got an unexpected keyword argument 'x{150,200}$"
    ):
        call("optional", 1, **{long: 1})


@pytest.mark.parametrize("character", ["\xe9", "\u0416", "\U0001f600"])
def test_long_keywords_are_cut_between_characters(call: Callable[..., Any], character: str) -> None:
    for shift in range(4):
        name = "a" * shift + character * 300
        with pytest.raises(TypeError, match=rf"keyword argument 'a*{character}{{40,100}}$"):
            call("optional", 1, **{name: 1})


def test_a_keyword_that_only_begins_like_one(call: Callable[..., Any]) -> None:
    with raises(TypeError, "req() no value for required argument"):
        call("required", 1, 2, **{"c\0": 3})
    with raises(TypeError, "req() no value for required argument"):
        call("required", 1, 2, **{"\ud800": 3})


def test_duplicates(call: Callable[..., Any]) -> None:
    with raises(TypeError, "opt() got multiple values for argument 'a'"):
        call("optional", 1, a=1)
    with raises(TypeError, "req() got multiple values for argument 'b'"):
        call("required", 1, 2, 3, b=2)


def test_names_that_differ_for_the_caller_alone(call: Callable[..., Any]) -> None:
    class Name(str):
        __slots__ = ()
        __hash__ = object.__hash__

        def __eq__(self, other: object) -> bool:
            return self is other

    with raises(TypeError, "opt() got multiple values for a keyword argument"):
        call("optional", 1, **{"b": 2, Name("b"): 3})


def test_keyword_only(call: Callable[..., Any]) -> None:
    assert call("only", 1) == (1, -2, -3)
    assert call("only", 1, 2, c=3) == (1, 2, 3)
    assert call("only", a=1, c=3) == (1, -2, 3)
    assert call("only_all", c=3) == (-1, -2, 3)
    for name, args in (("only", (1, 2, 3)), ("only_all", (1,))):
        with raises(TypeError, "only() keyword only argument passed as positional argument"):
            call(name, *args)


def test_positional_only(call: Callable[..., Any]) -> None:
    assert call("positional_only", 1) == (1, -2, -3)
    assert call("positional_only", 1, c=3, b=2) == (1, 2, 3)
    with raises(TypeError, "pos() no value for required argument"):
        call("positional_only", b=2)
    with raises(TypeError, "pos() got an unexpected keyword argument ''"):
        call("positional_only", 1, **{"": 2})


def test_too_many_positional(call: Callable[..., Any]) -> None:
    with raises(TypeError, "req() mismatched args (too many arguments for fmt)"):
        call("required", 1, 2, 3, 4)


def test_too_many_together(call: Callable[..., Any]) -> None:
    """Before anything is converted."""
    with raises(TypeError, "req() got an unexpected keyword argument 'x'"):
        call("required", "wrong", 2, c=3, x=4)
    with raises(TypeError, "req() got multiple values for argument 'a'"):
        call("required", 2**40, 2, c=3, a=1)


def test_bad_definitions(call: Callable[..., Any]) -> None:
    for name, args, error, message in (
        ("empty_in_the_middle", (1,), SystemError, "empty() empty keyword parameter name"),
        (
            "too_few_keywords",
            (1, 2, 3),
            TypeError,
            "few() mismatched args (too few keywords for fmt)",
        ),
        (
            "too_many_keywords",
            (1, 2),
            TypeError,
            "many() mismatched args (too many keywords for fmt)",
        ),
        (
            "too_few_variables",
            (1, 2),
            SystemError,
            "few() mismatched args (too few variables for fmt)",
        ),
        (
            "too_many_variables",
            (1,),
            TypeError,
            "many() mismatched args (too few keywords for fmt)",
        ),
        (
            "object_without_tracker",
            (1,),
            SystemError,
            "obj() HPyArg_ParseKeywords cannot use the format character 'O' unless"
            " an HPyTracker is provided. Please supply an HPyTracker.",
        ),
    ):
        with raises(error, message):
            call(name, *args)


def test_dict_keywords_that_are_no_strings(module: ModuleType) -> None:
    for wrong in (5, None, b"b"):
        with raises(TypeError, "opt() keywords must be strings"):
            module.kwdict_optional({wrong: 1}, 1)
    assert module.kwdict_optional({}, 1) == (1, -2, -3)


def test_objects_from_a_dict(module: ModuleType) -> None:
    a, b, c = object(), object(), object()
    assert module.objects(None, a) == (a, None, None)
    assert module.objects({"c": c, "b": b}, a) == (a, b, c)
    assert module.objects({"a": a}) == (a, None, None)


def test_nothing_is_kept(module: ModuleType) -> None:
    a, b, text, number = object(), object(), "some text", 12345
    kwargs = {"a": a, "b": b}
    wrong = {"a": a, "z": b}

    def work() -> None:
        module.objects(kwargs)
        module.objects(None, a, b)
        module.kw_required(number, c=number, b=number)
        module.kwdict_required({"a": number, "b": number, "c": number})
        module.keyword_s(x=text)
        module.dict_s({"x": text})
        module.dict_O({"x": a})
        module.partial(a, number)
        for failing, args in (
            (module.objects, (wrong,)),
            (module.objects, ({"b": a},)),
            (module.objects, (kwargs, a)),
            (module.partial, (a, b)),
            (module.kwdict_required, ({"a": number, "b": a, "c": number},)),
            (module.dict_s, ({"x": a},)),
            (module.unit_i, (a,)),
            (module.unit_s, (a,)),
        ):
            with pytest.raises(TypeError):
                failing(*args)

    assert_stable(work, a, b, text, number, kwargs, wrong)
