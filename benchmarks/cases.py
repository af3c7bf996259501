"""What is timed: a statement, in a scope where the measured module is ``m``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Statement:
    """A statement and what has to run once before it.

    Attributes:
        code: the statement; None if ``setup`` defines ``timer``, a function that makes so many
            calls and returns the seconds they took.
        setup: statements that run before, in the same scope.
    """

    code: str | None
    setup: str = "pass"


@dataclass(frozen=True)
class Case:
    """One line of the table.

    Attributes:
        name: its label.
        statement: what is timed.
        needs: the attribute of the module it uses. A variant without it cannot express the case.
        empty: the call of the same shape that does nothing, of the hand-tuned C API module.
        checks: expressions, in the scope of the setup, whose results or exceptions have to be the
            same in all variants.
        loop: whether the cost of the empty loop is to be subtracted.
        number: how many calls one timing makes; 0 for what takes a slice of time.
    """

    name: str
    statement: Statement
    needs: str = ""
    empty: Statement | None = None
    checks: tuple[str, ...] = ()
    loop: bool = True
    number: int = 0
