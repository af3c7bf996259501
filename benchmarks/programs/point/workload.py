"""The example point: construction, attributes, methods, arithmetic and comparison."""

from __future__ import annotations

import math
import random
from types import ModuleType
from typing import Any

SOURCE = "../../../examples/point.c"


def setup(module: ModuleType) -> list[tuple[float, float]]:
    """Coordinates of the corners of a polygon."""
    rng = random.Random(1)
    return [(rng.uniform(-10, 10), rng.uniform(-10, 10)) for _ in range(8000)]


def run(module: ModuleType, data: list[tuple[float, float]]) -> float:
    """The centre, and of the corners as seen from there the circumference and a few more."""
    point = module.Point
    corners = [point(x, y) for x, y in data]
    total = point()
    for corner in corners:
        total = total + corner
    centre = total * (1 / len(corners))
    length = 0.0
    previous = corners[-1] - centre
    for corner in corners:
        seen = corner - centre
        length += (seen - previous).norm() + abs(seen.x) + seen.y
        if seen == previous or seen.dot(previous) == 0.0:
            length += seen.radius
        seen.translate(1.0, -1.0)
        previous = seen
    length += len(set(corners))
    result: float = length
    return result


def check(module: ModuleType) -> None:
    point: Any = module.Point
    assert math.isclose(run(module, setup(module)), _expected(setup(module)), rel_tol=1e-9)
    p, q = point(3, y=4), point(x=-1.5, y=2.0)
    assert (p.x, p.y, p.norm(), p.radius, p.dot(q)) == (3.0, 4.0, 5.0, 5.0, 3.5)
    for result, x, y in (
        (p + q, 1.5, 6.0),
        (p - q, 4.5, 2.0),
        (p * 2, 6.0, 8.0),
        (0.5 * p, 1.5, 2),
    ):
        assert type(result) is point
        assert (result.x, result.y) == (x, y)
        assert result == point(x, y)
        assert result != p
        assert hash(result) == hash(point(x, y))
    assert repr(point(1.5, 1e300)) == "Point(x=1.5, y=1e+300)"
    assert point(0.0, -0.0) == point()
    assert hash(point(0.0, -0.0)) == hash(point())
    assert (bool(point()), bool(p)) == (False, True)
    p.radius = 10
    assert (p.x, p.y) == (6.0, 8.0)
    p.translate(-6, 1)
    p.y += 1
    assert (p.x, p.y) == (0.0, 10.0)

    class Sub(point):  # type: ignore[misc]
        pass

    sub = Sub(1, y=2)
    assert type(sub) is Sub
    assert type(sub + sub) is point
    assert sub == point(1, 2)
    wrong: Any
    for wrong in (
        lambda: point("1"),
        lambda: point(1, 2, 3),
        lambda: point(z=1),
        lambda: point(1, x=1),
        lambda: p + 1,
        lambda: p * "2",
        lambda: p.dot(1),
        lambda: p.translate(1),
    ):
        try:
            wrong()
        except TypeError:
            continue
        raise AssertionError("accepted what is wrong")


def _expected(data: list[tuple[float, float]]) -> float:
    corners = [complex(x, y) for x, y in data]
    centre = sum(corners) / len(corners)
    length = float(len(set(corners)))
    previous = corners[-1] - centre
    for corner in corners:
        seen = corner - centre
        length += abs(seen - previous) + abs(seen.real) + seen.imag
        previous = seen + complex(1, -1)
    return length
