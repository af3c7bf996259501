"""Which calls of the API are inlined, by a budget of steps.

A *step* is what inlining one function of the API takes; for the functions that take a format it
is several for each variable (``formats``). To inline everything everywhere would cost faster than
linearly in the calls of one function, and in a module of many functions as much as it has calls,
most of which are never in a hurry. So there is a budget:

- A function's calls are inlined up to a number of steps, those in the innermost loops first. What
  runs once (``once``), and what is marked cold, has nothing inlined but in loops.
- A module's calls are inlined up to a number of steps: those in loops first, then those in the
  smallest functions. Of a module that exceeds it, calls that share a case share one function.

Calls that share a case share a function where they are inlined, too: LLVM specialises it once, and
inlines it after that. A call that is not inlined is marked ``noinline``: what it calls is then
compiled once, as it is.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from hpybc.errors import UsageError
from hpybc.jit.ir_text import CALL, CALLEE, FUNCTION, arguments, attributes, depths
from hpybc.loader import formats, once
from hpybc.loader.recipe import INLINE
from hpybc.process import progress


class Budget(NamedTuple):
    """How many steps may be inlined in one function, and in all of a module."""

    function: int
    module: int


USUAL = Budget(100, 500)

#: No budget at all.
_ALL = Budget(1 << 62, 1 << 62)

#: Functions of the API, and those of them that are nothing or next to it where they are inlined.
_API = re.compile(r"@_?HPy\w+$")
_SMALL = re.compile(r"@_HPy(?:Context_|Module_|_Call|_AsStruct_)")

_COLD = re.compile(r"\bcold\b")


def chosen() -> Budget:
    """The budget that the environment names: ``all``, ``none``, or both numbers, ``100,500``.

    Raises:
        UsageError: it is none of these.
    """
    text = os.environ.get(INLINE, "")
    if not text:
        return USUAL
    if text in ("all", "none"):
        return _ALL if text == "all" else Budget(0, 0)
    numbers = text.split(",")
    if len(numbers) != 2 or not all(n.isascii() and n.isdecimal() for n in numbers):
        raise UsageError(
            f"{INLINE} is no budget for inlining",
            found=text,
            needed="'all', 'none', or the steps of a function and of a module: "
            f"{USUAL.function},{USUAL.module}",
            remedy=f"correct {INLINE}, or unset it",
        )
    return Budget(int(numbers[0]), int(numbers[1]))


class _Call:
    """A call of the API.

    Attributes:
        name: where what is called is named in the text.
        end: the position behind its arguments.
        depth: how many loops it is in.
        steps: what inlining it takes.
        case: see ``formats``.
        values: the arguments of a call with a case.
        size: the steps of all calls of its function.
    """

    def __init__(  # no dataclass: every cold load would import ``inspect`` for it, twice
        self,
        name: slice,
        end: int,
        depth: int,
        steps: int,
        case: formats.Case | None,
        values: list[str],
    ) -> None:
        self.name, self.end, self.depth = name, end, depth
        self.steps, self.case, self.values = steps, case, values
        self.size = 0


def within(text: str, budget: Budget) -> str:
    """LLVM IR of an extension in which ``budget`` decides what is inlined."""
    if budget == _ALL or ("@HPy" not in text and "@_HPy" not in text):
        return text
    seldom = once.functions(text)
    marks = attributes(text)
    text = once.quick(text, seldom)
    known = formats.Formats(text)
    inlined: list[_Call] = []
    called: list[_Call] = []
    for function in FUNCTION.finditer(text):
        calls = list(_calls(text, function, known))
        left = budget.function
        size = sum(call.steps for call in calls)
        waits = function[1] in seldom or _COLD.search(marks.get(function[1], ""))
        for call in sorted(calls, key=lambda call: -call.depth):
            call.size = size
            if call.steps > left or (call.depth == 0 and waits):
                called.append(call)
            else:
                left -= call.steps
                inlined.append(call)
    shared = {call.case for call in called if call.case is not None}
    total = sum(call.steps for call in inlined) + sum(case.steps for case in shared)
    if total > budget.module:
        inlined, called, shared = _shared(inlined, called, budget.module)
    else:  # what is made once is inlined as well as what is made where it stands
        uses = Counter(call.case for call in inlined if call.case is not None)
        shared |= {case for case, number in uses.items() if number > 1}
    progress.debug(
        "%d of %d calls inlined in %d steps, %d formats shared (%s=%d,%d)",
        len(inlined),
        len(inlined) + len(called),
        sum(call.steps for call in inlined),
        len(shared),
        INLINE,
        *budget,
    )
    return _edited(text, inlined, called, shared)


def _shared(
    inlined: list[_Call], called: list[_Call], left: int
) -> tuple[list[_Call], list[_Call], set[formats.Case]]:
    """The calls that a module's budget inlines, the others, and the cases that these share."""
    kept = []
    for call in sorted(inlined, key=lambda call: -call.depth):
        if call.depth > 0 and call.steps <= left:
            left -= call.steps
            kept.append(call)
    rest = set(inlined).difference(kept)
    uses = Counter(call.case for call in (*rest, *called) if call.case is not None)
    shared = set()
    for case, number in uses.most_common():
        if number > 1 and case.steps <= left:
            left -= case.steps
            shared.add(case)
    for call in sorted(inlined, key=lambda call: call.size):
        if call in rest and call.case not in shared and call.steps <= left:
            left -= call.steps
            kept.append(call)
    return kept, [*called, *set(inlined).difference(kept)], shared


def _edited(
    text: str, inlined: Iterable[_Call], called: Iterable[_Call], shared: Collection[formats.Case]
) -> str:
    outside = set(called)
    names: dict[formats.Case, str] = {}
    made, parts, end = [], [], 0
    for call in sorted((*inlined, *called), key=lambda call: call.end):
        parts.append(text[end : call.name.start])
        if call.case in shared and call.case is not None:
            name = names.get(call.case)
            if name is None:
                name = names[call.case] = f"{call.case.function}.{len(names)}"
                made.append(formats.shared(call.case, name, call.values))
            passed = ", ".join(formats.passed(call.case, call.values))
            parts.append(f"{name}({passed})")
        else:
            parts.append(text[call.name.start : call.end])
        if call in outside:
            parts.append(" noinline")
        end = call.end
    edited = "".join([*parts, text[end:], "\n", *made])
    return edited + formats.declarations(edited)


def _calls(text: str, function: re.Match[str], known: formats.Formats) -> list[_Call]:
    """The calls of the API in a function, in their order."""
    found: list[_Call] = []
    lines = function[0].split("\n")
    depth: list[int] = []
    position = function.start()
    for number, line in enumerate(lines):
        call = _call(text, position, line, known) if "HPy" in line else None
        if call is not None:
            depth = depth or depths(lines)
            call.depth = depth[number]
            found.append(call)
        position += len(line) + 1
    return found


def _call(text: str, position: int, line: str, known: formats.Formats) -> _Call | None:
    """The call in a line, which stands at ``position``; None if it is none of the API."""
    call = CALL.match(line)
    callee = CALLEE.search(line, call.start(2)) if call is not None else None
    if call is None or callee is None or call[1] == "musttail":
        return None
    if _API.match(callee[1]) is None or _SMALL.match(callee[1]):
        return None
    values, end = arguments(text, position + callee.end())
    result = line[call.start(2) : callee.start()].strip()
    return _Call(
        slice(position + callee.start(1), position + callee.end(1)),
        end,
        0,
        formats.steps(callee[1], values),
        known.case(callee[1], result, values),
        values,
    )
