"""The process that one variant is measured in: it does what it is told on stdin, line by line."""

from __future__ import annotations

import json
import os
import sys
from types import ModuleType
from typing import Any

import variants
from cases import Statement
from hpybc import bench


def main(description: str) -> None:
    """Loads the variant of that description and answers requests until stdin ends.

    A request and its answer are a line of JSON each. ``{"time": statement, "number": n}`` is
    answered by the seconds that n calls took,
    ``{"check": statement, "expressions": [...]}`` by their outcomes, ``{"has": name}`` by whether
    the module has it. Whatever is raised comes back as ``{"error": text}``.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the module prints is no answer
    module = variants.loads(description).load()
    timers: dict[tuple[str | None, str], bench.Timer] = {}
    for line in sys.stdin:
        try:
            answer = _answer(module, timers, json.loads(line))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _answer(
    module: ModuleType,
    timers: dict[tuple[str | None, str], bench.Timer],
    request: dict[str, Any],
) -> object:
    if "has" in request:
        return hasattr(module, request["has"])
    if "check" in request:
        statement = Statement(*request["check"])
        return [_outcome(module, statement.setup, text) for text in request["expressions"]]
    statement = Statement(*request["time"])
    key = (statement.code, statement.setup)
    if key not in timers:
        timers[key] = _timer(module, statement)
    return timers[key](request["number"])


def _timer(module: ModuleType, statement: Statement) -> bench.Timer:
    if statement.code is not None:
        return bench.timer(module, module.__name__, statement.code, statement.setup)
    scope: dict[str, Any] = {"m": module}
    exec(statement.setup, scope)
    timer: bench.Timer = scope["timer"]
    return timer


def _outcome(module: ModuleType, setup: str, expression: str) -> str:
    """What ``expression`` gives, in a fresh scope, as text: its value or the exception's type."""
    scope = {"m": module}
    exec(setup, scope)
    try:
        return repr(eval(expression, scope))
    except Exception as error:
        # ctypes has a type of its own for arguments of the wrong one.
        return type(error).__name__.replace("ArgumentError", "TypeError")


if __name__ == "__main__":
    main(sys.argv[1])
