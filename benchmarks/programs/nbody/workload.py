"""Five bodies: steps in Python, each operation of which is a call, and steps in C."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

_DAY = 365.24
_SUN = 4 * math.pi**2

#: Position, velocity in astronomical units per year, mass: of the sun and the giant planets.
_SYSTEM = [
    ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), _SUN),
    (
        (4.84143144246472090, -1.16032004402742839, -0.103622044471123109),
        (0.00166007664274403694 * _DAY, 0.00769901118419740425 * _DAY, -6.9046001697206e-05 * _DAY),
        0.000954791938424326609 * _SUN,
    ),
    (
        (8.34336671824457987, 4.12479856412430479, -0.403523417114321381),
        (-0.00276742510726411 * _DAY, 0.00499852801234917238 * _DAY, 2.30417297573763e-05 * _DAY),
        0.000285885980666130812 * _SUN,
    ),
    (
        (12.8943695621391310, -15.1111514016986312, -0.223307578892655734),
        (
            0.00296460137564761618 * _DAY,
            0.00237847173959480950 * _DAY,
            -2.96589568540237556e-05 * _DAY,
        ),
        4.36624404335156298e-05 * _SUN,
    ),
    (
        (15.3796971148509165, -25.9193146099879641, 0.179258772950371181),
        (
            0.00268067772490389322 * _DAY,
            0.00162824170038242295 * _DAY,
            -9.51592254519715870e-05 * _DAY,
        ),
        5.15138902046611451e-05 * _SUN,
    ),
]
_DT = 0.01
_STEPS_IN_PYTHON = 150
_STEPS_IN_C = 4000


def setup(module: ModuleType) -> list[Any]:
    """The bodies; they move on with every run."""
    return [
        module.Body(module.Vector(*position), module.Vector(*velocity), mass)
        for position, velocity, mass in _SYSTEM
    ]


def run(module: ModuleType, data: list[Any]) -> float:
    for _ in range(_STEPS_IN_PYTHON):
        _advance(data)
    module.advance(data, _DT, _STEPS_IN_C)
    energy: float = module.energy(data)
    return energy


def _advance(bodies: list[Any]) -> None:
    for i, a in enumerate(bodies):
        for b in bodies[i + 1 :]:
            apart = a.position - b.position
            magnitude = _DT / apart.dot(apart) ** 1.5
            a.velocity = a.velocity - apart * (b.mass * magnitude)
            b.velocity = b.velocity + apart * (a.mass * magnitude)
    for body in bodies:
        body.position = body.position + _DT * body.velocity


def check(module: ModuleType) -> None:
    vector, body = module.Vector, module.Body
    state = [(list(position), list(velocity), mass) for position, velocity, mass in _SYSTEM]
    bodies = setup(module)
    assert _close(module.energy(bodies), _energy(state))
    _advance(bodies)
    module.advance(bodies, _DT, 100)
    for _ in range(101):
        _advance_lists(state)
    for moved, (position, velocity, mass) in zip(bodies, state, strict=True):
        assert all(map(_close, (moved.position.x, moved.position.y, moved.position.z), position))
        assert all(map(_close, (moved.velocity.x, moved.velocity.y, moved.velocity.z), velocity))
        assert moved.mass == mass
    assert _close(module.energy(bodies), _energy(state))

    v, w = vector(1, 2.5, True), vector(-1.0, 0.5, 2.0)
    assert (v.x, v.y, v.z) == (1.0, 2.5, 1.0)
    assert v + w == vector(0, 3, 3)
    assert v - w == vector(2, 2, -1)
    assert v * 2 == 2.0 * v == vector(2, 5, 2)
    assert v.dot(w) == 2.25
    assert (v == w, v != w, v == 1, v == vector(1, 2.5, 1)) == (False, True, False, True)
    b = body(v, w, 3)
    assert b.position is v
    b.position = w
    assert b.position is b.velocity is w
    assert module.energy([]) == 0.0
    wrong: Any
    for wrong, error in (
        (lambda: vector(1, 2), TypeError),
        (lambda: vector(1, 2, "3"), TypeError),
        (lambda: vector(1, 2, z=3), TypeError),
        (lambda: vector(1, 2, 10**400), OverflowError),
        (lambda: v + 1, TypeError),
        (lambda: v * "1", TypeError),
        (lambda: v * v, TypeError),
        (lambda: v.dot(1), TypeError),
        (lambda: v < w, TypeError),
        (lambda: setattr(v, "x", 1.0), AttributeError),
        (lambda: body(v, 1, 3), TypeError),
        (lambda: setattr(b, "velocity", 1), TypeError),
        (lambda: delattr(b, "velocity"), AttributeError),
        (lambda: module.energy([v]), TypeError),
        (lambda: module.energy((b,)), TypeError),
        (lambda: module.advance([b, v], 1.0, 1), TypeError),
        (lambda: module.advance([b], "1", 1), TypeError),
        (lambda: type("Sub", (vector,), {}), TypeError),
    ):
        try:
            wrong()
        except Exception as raised:
            assert type(raised) is error, raised
        else:
            raise AssertionError("accepted what is wrong")


def _close(a: float, b: float) -> bool:
    # A machine that multiplies and adds in one step rounds once where others round twice.
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


State = list[tuple[list[float], list[float], float]]


def _advance_lists(state: State) -> None:
    for i, (position_a, velocity_a, mass_a) in enumerate(state):
        for position_b, velocity_b, mass_b in state[i + 1 :]:
            apart = [p - q for p, q in zip(position_a, position_b, strict=True)]
            magnitude = _DT / sum(d * d for d in apart) ** 1.5
            for k in range(3):
                velocity_a[k] -= apart[k] * mass_b * magnitude
                velocity_b[k] += apart[k] * mass_a * magnitude
    for position, velocity, _ in state:
        for k in range(3):
            position[k] += _DT * velocity[k]


def _energy(state: State) -> float:
    kinetic = sum(0.5 * mass * sum(v * v for v in velocity) for _, velocity, mass in state)
    return kinetic - sum(
        mass_a * mass_b / math.dist(position_a, position_b)
        for i, (position_a, _, mass_a) in enumerate(state)
        for position_b, _, mass_b in state[i + 1 :]
    )
