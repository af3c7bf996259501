"""What every object has: representations, hash, truth, comparison, type."""

from __future__ import annotations

import abc
import math
import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.support import assert_stable

bounded = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

OPERATORS: list[Callable[[Any, Any], Any]] = [
    operator.lt,
    operator.le,
    operator.eq,
    operator.ne,
    operator.gt,
    operator.ge,
]
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.complex_numbers(),
)


class Failing:
    """Each of its special methods raises."""

    def fail(self, *args: object) -> Any:
        raise LookupError("failed")

    __repr__ = __str__ = __bytes__ = __hash__ = __bool__ = __eq__ = __lt__ = fail


class Wrong:
    """Each of its special methods returns something of a wrong type."""

    def wrong(self) -> Any:
        return 1.5

    __repr__ = __str__ = __bytes__ = __hash__ = __bool__ = wrong


@given(value=ANYTHING)
@bounded
def test_representations(module: ModuleType, value: object) -> None:
    assert module.repr(value) == repr(value)
    assert module.str(value) == str(value)
    assert module.ascii(value) == ascii(value)


def test_representations_of_surrogates(module: ModuleType) -> None:
    assert module.str("\ud800\U0001f600") == "\ud800\U0001f600"
    assert module.repr("\ud800") == "'\\ud800'"
    assert module.ascii("ä\U0001f600") == "'\\xe4\\U0001f600'"


def test_bytes(module: ModuleType) -> None:
    class HasBytes:
        def __bytes__(self) -> bytes:
            return b"own"

    assert module.bytes(b"abc") == b"abc"
    assert module.bytes(bytearray(b"a\0b")) == b"a\0b"
    assert module.bytes([1, 2, 255]) == b"\1\2\xff"
    assert module.bytes(HasBytes()) == b"own"
    for wrong in ("text", 5, None):
        with pytest.raises(TypeError):
            module.bytes(wrong)


@pytest.mark.parametrize("name", ["repr", "str", "ascii", "bytes", "hash", "truth"])
def test_errors_in_special_methods(module: ModuleType, name: str) -> None:
    with pytest.raises(LookupError, match=r"^failed$"):
        getattr(module, name)(Failing())
    with pytest.raises(TypeError):
        getattr(module, name)(Wrong())


@given(value=ANYTHING)
@bounded
def test_hash_and_truth(module: ModuleType, value: object) -> None:
    assert module.hash(value) == hash(value)
    assert module.truth(value) == bool(value)


def test_hash_of_what_has_none(module: ModuleType) -> None:
    with pytest.raises(TypeError, match=r"^unhashable type: 'list'$"):
        module.hash([])


def test_hash_that_is_an_error_value_elsewhere(module: ModuleType) -> None:
    class Minus:
        def __hash__(self) -> int:
            return -1

    assert module.hash(Minus()) == hash(-1) == -2


def test_truth(module: ModuleType) -> None:
    class Sized:
        def __init__(self, length: int) -> None:
            self.length = length

        def __len__(self) -> int:
            return self.length

    for value in ([], [0], {}, {0: 0}, Sized(0), Sized(5), object(), NotImplementedError):
        assert module.truth(value) == bool(value)
    with pytest.raises(ValueError):
        module.truth(Sized(-1))


@given(a=ANYTHING, b=ANYTHING, op=st.integers(0, 5))
@bounded
def test_comparison(module: ModuleType, a: object, b: object, op: int) -> None:
    for left, right in ((a, b), (a, a)):
        try:
            expected = OPERATORS[op](left, right)
        except TypeError as error:
            for compare in (module.compare, module.compare_bool):
                with pytest.raises(TypeError) as caught:
                    if compare is module.compare_bool and left is right and op in (2, 3):
                        raise error
                    compare(left, right, op)
                assert str(caught.value) == str(error)
        else:
            assert module.compare(left, right, op) is expected
            if left is not right:
                assert module.compare_bool(left, right, op) == expected


def test_comparison_of_identical_objects(module: ModuleType) -> None:
    assert module.compare(math.nan, math.nan, 2) is False
    assert module.compare_bool(math.nan, math.nan, 2) == 1
    assert module.compare_bool(math.nan, math.nan, 3) == 0
    assert module.compare_bool(math.nan, math.nan, 1) == 0


def test_comparison_with_any_result(module: ModuleType) -> None:
    class Odd:
        def __eq__(self, other: object) -> Any:
            return [other]

        __hash__ = None  # type: ignore[assignment]

    assert module.compare(Odd(), 1, 2) == [1]
    assert module.compare_bool(Odd(), 1, 2) == 1
    with pytest.raises(LookupError, match=r"^failed$"):
        module.compare(Failing(), 1, 0)
    with pytest.raises(LookupError, match=r"^failed$"):
        module.compare_bool(Failing(), 1, 2)


@given(a=st.floats(), b=st.floats(), op=st.integers(0, 5))
@bounded
def test_return_richcompare(module: ModuleType, a: float, b: float, op: int) -> None:
    assert module.return_richcompare(a, b, op) is OPERATORS[op](a, b)


def test_type(module: ModuleType) -> None:
    for value in (1, True, "", None, type, object(), module, abc.ABC):
        assert module.type(value) is type(value)


def test_type_check(module: ModuleType) -> None:
    assert module.type_check(True, int) == 1
    assert module.type_check(1, bool) == 0
    assert module.type_check(int, type) == 1
    assert module.type_check(None, object) == 1

    Abstract = abc.ABCMeta("Abstract", (), {})

    class Liar:
        __class__ = int  # type: ignore[assignment]

    Abstract.register(str)
    assert module.type_check(Liar(), int) == 0
    assert module.type_check("", Abstract) == 0


def test_is_subtype(module: ModuleType) -> None:
    assert module.is_subtype(bool, int) == 1
    assert module.is_subtype(int, bool) == 0
    assert module.is_subtype(int, int) == 1
    assert module.is_subtype(type, object) == 1


def test_type_name(module: ModuleType) -> None:
    class Local:
        pass

    odd = type("with.dot", (), {})
    for kind in (int, type(None), Local, odd, operator.attrgetter, abc.ABCMeta, type("ä", (), {})):
        assert module.type_name(kind) == kind.__name__
    Local.__name__ = "Renamed"
    assert module.type_name(Local) == "Renamed"


def test_callable(module: ModuleType) -> None:
    class Callable_:
        def __call__(self) -> None: ...

    for value in (len, int, Callable_, Callable_(), lambda: 0, 1, "len", object()):
        assert module.callable(value) == callable(value)


def test_identity(module: ModuleType) -> None:
    value: list[int] = []
    assert getattr(module, "is")(value, value) == 1
    assert getattr(module, "is")(value, []) == 0


def test_dump(module: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    module.dump("the object")
    captured = capfd.readouterr()
    assert "'the object'" in captured.err
    assert "str" in captured.err


def test_nothing_is_kept(module: ModuleType) -> None:
    a, b, failing = ["some", 1.5], ("other", [2]), Failing()

    def work() -> None:
        for function in (module.repr, module.str, module.ascii, module.truth, module.type):
            function(a)
            function(b)
        module.type_name(Failing)
        module.type_check(a, list)
        module.callable(failing)
        for op in range(6):
            module.compare(1, 2.5, op)
            module.compare_bool(1, 2.5, op)
        module.compare_bool(a, a, 2)
        for function in (module.repr, module.str, module.bytes, module.hash, module.truth):
            with pytest.raises(LookupError):
                function(failing)
        with pytest.raises(TypeError):
            module.compare(a, b, 0)

    assert_stable(work, a, b, failing, list, Failing)
