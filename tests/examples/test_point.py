"""The example `point`: a type with members, a property and arithmetic."""

from __future__ import annotations

import math
import operator
import os
import pathlib
import sys
from collections.abc import Callable
from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.support import assert_stable

STANDARD_LIBRARY = pathlib.Path(os.__file__).parent
ANY_FLOAT = st.floats()
# Their products and sums of squares neither overflow nor vanish.
MODERATE = st.floats(-1e100, 1e100).filter(lambda x: x == 0.0 or abs(x) > 1e-100)


@pytest.fixture
def point(load_example: Callable[[str], ModuleType]) -> ModuleType:
    return load_example("point")


def same(a: float, b: float) -> bool:
    """Whether two floats have the same value and sign, or are both no numbers."""
    return repr(a) == repr(b)


def coordinates_of_source_text() -> list[tuple[float, float]]:
    """Line number and length of the lines of a few files: points of real data."""
    return [
        (float(number), float(len(line)))
        for path in sorted(STANDARD_LIBRARY.glob("*.py"))[:10]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines())
    ]


def test_constructor(point: ModuleType) -> None:
    for p, x, y in (
        (point.Point(), 0.0, 0.0),
        (point.Point(1), 1.0, 0.0),
        (point.Point(1.5, -2), 1.5, -2.0),
        (point.Point(1, y=2), 1.0, 2.0),
        (point.Point(y=2), 0.0, 2.0),
        (point.Point(y=True, x=10**20), 1e20, 1.0),
    ):
        assert type(p) is point.Point
        assert same(p.x, x)
        assert same(p.y, y)
    assert point.Point.__name__ == "Point"
    assert point.Point.__module__ == "point"


@pytest.mark.parametrize("wrong", ["1", None, 1j, [1.0]])
def test_constructor_refuses_what_is_no_number(point: ModuleType, wrong: object) -> None:
    with pytest.raises(TypeError):
        point.Point(wrong)
    with pytest.raises(TypeError):
        point.Point(1.0, wrong)
    with pytest.raises(TypeError):
        point.Point(y=wrong)


def test_constructor_refuses_what_no_float_can_hold(point: ModuleType) -> None:
    with pytest.raises(OverflowError):
        point.Point(10**400)


@given(x=ANY_FLOAT, y=ANY_FLOAT)
def test_members_and_repr(point: ModuleType, x: float, y: float) -> None:
    p = point.Point(x, y)
    assert repr(p) == str(p) == f"Point(x={x!r}, y={y!r})"
    p.x, p.y = y, x
    assert repr(p) == f"Point(x={y!r}, y={x!r})"
    assert same(p.x, y)
    assert same(p.y, x)


def test_members_hold_numbers_only(point: ModuleType) -> None:
    p = point.Point(1.0, 2.0)
    with pytest.raises(TypeError):
        p.x = "1"
    with pytest.raises(TypeError):
        del p.y
    with pytest.raises(AttributeError):
        p.z = 1.0
    assert p.y == 2.0


@given(x=ANY_FLOAT, y=ANY_FLOAT)
def test_norm_is_the_radius(point: ModuleType, x: float, y: float) -> None:
    p = point.Point(x, y)
    expected = math.hypot(x, y)
    for actual in (p.norm(), p.radius):
        if math.isnan(expected):
            assert math.isnan(actual)
        else:
            assert math.isclose(actual, expected, rel_tol=1e-15, abs_tol=5e-324)


@given(x=MODERATE, y=MODERATE, radius=st.floats(0.0, 1e100))
def test_setting_the_radius_scales(point: ModuleType, x: float, y: float, radius: float) -> None:
    p = point.Point(x, y)
    if x == y == 0.0:
        with pytest.raises(ValueError, match=r"^the origin cannot be scaled$"):
            p.radius = radius
        return
    p.radius = radius
    old = math.hypot(x, y)
    for actual, expected in ((p.x, x / old * radius), (p.y, y / old * radius)):
        assert math.isclose(actual, expected, rel_tol=1e-14, abs_tol=1e-320)
    assert math.isclose(p.radius, radius, rel_tol=1e-14, abs_tol=1e-320)


def test_setting_the_radius_at_the_limits_of_floats(point: ModuleType) -> None:
    smallest, largest = 5e-324, sys.float_info.max
    p = point.Point(smallest, 0.0)
    p.radius = largest
    assert p == point.Point(largest, 0.0)
    p.radius = smallest
    assert p == point.Point(smallest, 0.0)
    p.radius = 0
    assert not p


@pytest.mark.parametrize("radius", [-1.0, -5e-324, math.inf, -math.inf, math.nan, -1])
def test_radius_must_be_finite_and_not_negative(point: ModuleType, radius: float) -> None:
    p = point.Point(3.0, 4.0)
    with pytest.raises(ValueError, match=r"^radius must be finite and not negative$"):
        p.radius = radius
    assert p == point.Point(3.0, 4.0)


@pytest.mark.parametrize("x", [math.inf, -math.inf, math.nan])
def test_radius_of_an_infinite_point_cannot_be_set(point: ModuleType, x: float) -> None:
    p = point.Point(x, 1.0)
    message = r"^a point without a finite radius cannot be scaled$"
    with pytest.raises(ValueError, match=message):
        p.radius = 1.0
    assert same(p.x, x)


def test_radius_errors(point: ModuleType) -> None:
    p = point.Point(3.0, 4.0)
    with pytest.raises(AttributeError, match=r"^radius cannot be deleted$"):
        del p.radius
    with pytest.raises(TypeError):
        p.radius = "5"
    with pytest.raises(OverflowError):
        p.radius = 10**400
    assert p.radius == 5.0


def test_radius_sees_what_its_own_conversion_changed(point: ModuleType) -> None:
    p = point.Point(3.0, 4.0)

    class Moving:
        def __float__(self) -> float:
            p.x, p.y = 0.0, 2.0
            return 1.0

    p.radius = Moving()
    assert p == point.Point(0.0, 1.0)


@given(a=st.tuples(MODERATE, MODERATE), b=st.tuples(MODERATE, MODERATE))
def test_dot(point: ModuleType, a: tuple[float, float], b: tuple[float, float]) -> None:
    products = [m * n for m, n in zip(a, b, strict=True)]
    # A processor may round once for a product and a sum, or once for each of them.
    margin = sys.float_info.epsilon * sum(abs(product) for product in products)
    assert abs(point.Point(*a).dot(point.Point(*b)) - sum(products)) <= margin


def test_methods_refuse_other_arguments(point: ModuleType) -> None:
    p = point.Point(1.0, 2.0)
    for other in (1.0, (1.0, 2.0), None, point.Point):
        with pytest.raises(TypeError, match=r"^dot\(\) expects a Point$"):
            p.dot(other)
    for arguments in ((), (1.0,), (1.0, 2.0, 3.0), ("1", 2.0), (1.0, None)):
        with pytest.raises(TypeError):
            p.translate(*arguments)
    with pytest.raises(TypeError):
        p.norm(1)
    assert p == point.Point(1.0, 2.0)


@given(a=st.tuples(ANY_FLOAT, ANY_FLOAT), b=st.tuples(ANY_FLOAT, ANY_FLOAT), factor=ANY_FLOAT)
def test_arithmetic(
    point: ModuleType, a: tuple[float, float], b: tuple[float, float], factor: float
) -> None:
    p, q = point.Point(*a), point.Point(*b)
    assert repr(p + q) == repr(point.Point(a[0] + b[0], a[1] + b[1]))
    assert repr(p - q) == repr(point.Point(a[0] - b[0], a[1] - b[1]))
    scaled = repr(point.Point(a[0] * factor, a[1] * factor))
    assert repr(p * factor) == scaled
    assert repr(factor * p) == scaled
    assert bool(p) is not (a[0] == 0.0 and a[1] == 0.0)
    assert p.translate(*b) is None
    assert repr(p) == repr(point.Point(a[0] + b[0], a[1] + b[1]))
    assert repr(q) == repr(point.Point(*b))


def test_arithmetic_with_integers(point: ModuleType) -> None:
    p = point.Point(1.5, -2.0)
    assert p * 2 == 2 * p == point.Point(3.0, -4.0)
    assert p * True == p
    with pytest.raises(OverflowError):
        operator.mul(p, 10**400)


@pytest.mark.parametrize("other", [None, "2", 2j, (1.0, 2.0), Fraction(1, 2)])
def test_arithmetic_with_anything_else(point: ModuleType, other: Any) -> None:
    p = point.Point(1.0, 2.0)
    for operation in (operator.add, operator.sub, operator.mul):
        with pytest.raises(TypeError):
            operation(p, other)
        with pytest.raises(TypeError):
            operation(other, p)
    for a, b in ((p, 1.0), (1.0, p)):
        with pytest.raises(TypeError):
            operator.add(a, b)
        with pytest.raises(TypeError):
            operator.sub(a, b)
    with pytest.raises(TypeError):
        operator.mul(p, p)


@given(a=st.tuples(ANY_FLOAT, ANY_FLOAT), b=st.tuples(ANY_FLOAT, ANY_FLOAT))
def test_equality_and_hash(
    point: ModuleType, a: tuple[float, float], b: tuple[float, float]
) -> None:
    for first, second in ((a, b), (a, a)):
        p, q = point.Point(*first), point.Point(*second)
        equal = first[0] == second[0] and first[1] == second[1]
        assert (p == q) is equal
        assert (p != q) is not equal
        if equal:
            assert hash(p) == hash(q)
        assert hash(p) == hash(p)


def test_equality_of_zeros_and_other_types(point: ModuleType) -> None:
    assert point.Point(0.0, -0.0) == point.Point(-0.0, 0.0)
    assert hash(point.Point(0.0, -0.0)) == hash(point.Point(-0.0, 0.0))
    assert point.Point(1.0, 2.0) != (1.0, 2.0)
    assert (point.Point() == 0) is False
    assert operator.ne(None, point.Point()) is True


def test_there_is_no_order(point: ModuleType) -> None:
    p = point.Point(1.0, 2.0)
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        for other in (p, point.Point(3.0, 4.0), 1.0):
            with pytest.raises(TypeError):
                compare(p, other)
    assert p.__lt__(p) is NotImplemented
    assert p.__eq__(1.0) is NotImplemented


def test_points_as_keys(point: ModuleType) -> None:
    coordinates = coordinates_of_source_text()
    points = {point.Point(*pair) for pair in coordinates}
    assert {(p.x, p.y) for p in points} == set(coordinates)
    # A bad hash makes points collide by the thousand, and the set slow.
    assert len({hash(p) & 0xFFFF for p in points}) > min(len(points), 0x10000) / 2


def test_center_of_real_points(point: ModuleType) -> None:
    coordinates = coordinates_of_source_text()
    x = y = 0.0
    center = point.Point()
    moved = point.Point()
    for pair in coordinates:
        x, y = x + pair[0], y + pair[1]
        center = center + point.Point(*pair)
        moved.translate(*pair)
    assert center == moved == point.Point(x, y)
    assert center * (1 / len(coordinates)) == point.Point(
        x * (1 / len(coordinates)), y * (1 / len(coordinates))
    )


def test_subclass(point: ModuleType) -> None:
    base: Any = point.Point

    # A type that only exists at run time has no type for mypy.
    class Named(base):  # type: ignore[misc]
        def __new__(cls, name: str, x: float, y: float) -> Any:
            self = super().__new__(cls, x, y=y)
            self.name = name
            return self

        def norm(self) -> str:
            return f"{self.name}: {super().norm()}"

    named = Named("corner", 3.0, 4.0)
    assert isinstance(named, base)
    assert named.norm() == "corner: 5.0"
    assert named == base(3.0, 4.0)
    assert base(3.0, 4.0) == named
    assert hash(named) == hash(base(3.0, 4.0))
    assert type(named + named) is type(2 * named) is base
    assert named + base(1.0, 1.0) == base(4.0, 5.0)
    named.radius = 10
    assert repr(named) == "Point(x=6.0, y=8.0)"
    assert base(1.0, 1.0).dot(named) == 14.0


def test_nothing_is_kept(point: ModuleType) -> None:
    p, q, number, radius = point.Point(1.0, 2.0), point.Point(3.0, 4.0), 1234.5, 5.25

    def work() -> tuple[object, ...]:
        p.radius = radius
        p.x = number
        return (
            *(point.Point(number, y=number), p.x, p.y, p.radius, hash(p), repr(p), bool(p)),
            *(p + q, p - q, p * number, number * p, p == q, p != q, p == number),
            *(p.dot(q), p.norm(), p.translate(number, number)),
        )

    def fail() -> None:
        for call in (
            lambda: point.Point(q, 1.0),
            lambda: point.Point(y=q),
            lambda: p + number,
            lambda: p < q,
            lambda: p * q,
            lambda: p.dot(number),
            lambda: p.translate(number, q),
            lambda: setattr(p, "radius", q),
            lambda: setattr(p, "radius", -number),
            lambda: delattr(p, "radius"),
        ):
            try:
                call()
            except (TypeError, ValueError, AttributeError):
                continue
            pytest.fail("an error went unnoticed")

    assert_stable(work, point.Point, p, q, number, radius)
    assert_stable(fail, point.Point, p, q, number, radius)
