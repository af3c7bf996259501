"""Formats: calls that say the same by constants share what is specialised for these.

``HPyArg_Parse``, ``HPy_BuildValue`` and their like are written to vanish where they are inlined:
the format is a constant there, its loop unrolls, and its switches fold. A *case* is what a call
says by constants: the function, the units of the format, the keywords, whether there is a tracker,
how many variables there are. Here is what tells the case of a call, and the function that calls of
one case share; which of them do, ``inlining`` decides. (``HPyUnicode_FromFormat`` and
``HPyErr_Format`` are variadic, hence functions that all calls share as it is.)

A name in a format, behind its ``:``, is not of the case. The shared function is told the caller's
format, and makes its messages from that.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from hpybc.jit.ir_text import NAME, REFERENCE, arguments


class _Function(NamedTuple):
    """A function that takes a format.

    Attributes:
        units: the function with the same arguments and, before its format, that of the case; None
            if all of the format says what to do.
        format, tracker, keywords, number: the positions of these arguments; -1 if there is none.
        steps: what inlining a call takes for each variable, see ``inlining``.
    """

    units: str | None
    format: int
    tracker: int
    keywords: int
    number: int
    steps: int


_FUNCTIONS = {
    "@_HPyArg_ParseArray": _Function("@_HPyArg_ParseUnits", 4, 1, -1, 6, 3),
    "@_HPyArg_ParseNamesArray": _Function("@_HPyArg_ParseNamesUnits", 5, 1, 6, 8, 8),
    "@_HPyArg_ParseKeywordsDictArray": _Function("@_HPyArg_ParseKeywordsDictUnits", 5, 1, 6, 8, 8),
    "@_HPy_BuildValueArray": _Function(None, 1, -1, -1, 3, 4),
}

#: The definition of a string, or of an array of pointers, with all of its value. What another
#: definition may replace is none.
_VALUE = re.compile(
    rf"^({NAME}) = (?![^\n\"@]*\b(?:weak|linkonce|common|external|available_externally) )"
    r"(?:[^\n\"@]* )?(constant|global) "
    r'(\[\d+ x i8\] (?:c"[^"]*"|zeroinitializer)'
    rf"|\[\d+ x ptr\] \[(?:ptr (?:{NAME}|null)(?:, |(?=\])))+\])(?=,|$)",
    re.M,
)

#: What nobody outside sees, hence all that is done to it is seen here.
_OWN = re.compile(r" = (?:internal|private) ")

#: The units of a format of ``HPyArg_Parse``.
_UNITS = re.compile(r'c"[^":;\\]*')

_PARSE = re.compile(r"(@_HPyArg_Parse\w+)\(")

_TYPE = r"(ptr|i\d+|\[\d+ x i\d+\])"

#: An argument: its type, attributes, and a value, by which constants are told.
_ARGUMENT = re.compile(rf"{_TYPE}(?: [^@%]*?)?(?: ({NAME}|%\"[^\"]*\"|%[^ ]+|-?\d+|null))?$")

#: A result: attributes, its type.
_RESULT = re.compile(rf"(?:.* )?{_TYPE}$")


#: How LLVM's inliner, which specialises a function before it inlines it, is told that it pays. It
#: would not be specialised before if it were `alwaysinline`.
_INLINED = '"function-inline-cost"="0" "function-inline-threshold"="1000000"'


class Case(NamedTuple):
    """What a call says by constants.

    Attributes:
        function: what is called.
        types: that of the result, and those of the arguments.
        fixed: the arguments that are of the case, by their contents, and their positions.
        steps: what inlining the call takes, see ``inlining``.
    """

    function: str
    types: tuple[str, ...]
    fixed: tuple[tuple[int, str], ...]
    steps: int


def steps(function: str, values: list[str]) -> int:
    """What inlining a call takes, at least a step; see ``inlining``."""
    known = _FUNCTIONS.get(function)
    if known is None or len(values) <= known.number:
        return 1
    number = values[known.number].rpartition(" ")[2]
    return 1 + known.steps * int(number) if number.isdecimal() else 1


class Formats:
    """The formats and keywords in a module."""

    def __init__(self, text: str) -> None:
        """Reads them in LLVM IR."""
        self._contents: dict[str, str] = {}
        arrays = []
        uses: Counter[str] | None = None
        for found in _VALUE.finditer(text):
            name, kind, value = found.groups()
            if kind == "global":
                # An array that is not const, and yet nobody but the API, which reads it, has it.
                if "x ptr" not in value or not _OWN.search(found[0]):
                    continue
                if uses is None:
                    uses = Counter(REFERENCE.findall(text))
                    uses.subtract(_keywords(text))
                if uses[name] != 1:  # its definition
                    continue
            if "x ptr" in value:
                arrays.append((name, value))
            else:
                self._contents[name] = value
        for name, value in arrays:
            self._contents[name] = REFERENCE.sub(self._content, value)

    def _content(self, name: re.Match[str]) -> str:
        return self._contents.get(name[0], name[0])

    def case(self, function: str, result: str, values: list[str]) -> Case | None:
        """That of a call; None if it has none, as its format is no constant.

        Args:
            function: what is called.
            result: the result's type and attributes.
            values: the arguments.
        """
        known = _FUNCTIONS.get(function)
        parts = [_RESULT.match(result), *map(_ARGUMENT.match, values)]
        if known is None or len(values) <= known.number:
            return None
        types = tuple(part[1] for part in parts if part is not None)
        if len(types) != len(parts):
            return None
        fixed = []
        for place in (known.format, known.keywords, known.number, known.tracker):
            if place < 0:
                continue
            part = parts[place + 1]
            value = "" if part is None else part[2] or ""
            if place == known.tracker:
                if value != "null":
                    continue
            elif place == known.number:
                if not value.isdecimal():
                    return None
            else:
                value = self._contents.get(value, "")
                if place == known.format and known.units is not None:
                    units = _UNITS.search(value)
                    value = units[0] if units is not None else value
                if not value:
                    return None
            fixed.append((place, value))
        return Case(function, types, tuple(fixed), steps(function, values))


def shared(case: Case, name: str, values: list[str]) -> str:
    """The function that calls of ``case`` share; it takes the arguments that each of them has.

    Args:
        case: what these calls say by constants.
        name: the function's name.
        values: the arguments of one of these calls.
    """
    known = _FUNCTIONS[case.function]
    result, *types = case.types
    places = dict(case.fixed)
    passed = [
        values[place] if place in places else f"{type_} %{place}"
        for place, type_ in enumerate(types)
    ]
    callee = case.function
    if known.units is not None:
        callee = known.units
        passed.insert(known.format + 1, f"{types[known.format]} %{known.format}")
    parameters = ", ".join(f"{type_} %{place}" for place, type_ in enumerate(types))
    return (
        f"define internal {result} {name}({parameters}) nounwind uwtable {_INLINED} {{\n"
        f"  %result = call {result} {callee}({', '.join(passed)})\n"
        f"  ret {result} %result\n}}\n"
    )


def passed(case: Case, values: list[str]) -> list[str]:
    """The arguments ``values`` of a call as they are passed to the function of its case.

    That has keywords of its own: to pass them all the same would hide that nobody changes them.
    """
    place = _FUNCTIONS[case.function].keywords
    return [
        f"{case.types[place + 1]} null" if number == place else value
        for number, value in enumerate(values)
    ]


def declarations(text: str) -> str:
    """Those of the functions with units that are called in ``text`` and not declared there."""
    found = []
    for name, known in _FUNCTIONS.items():
        if known.units is None or f"{known.units}(" not in text:
            continue
        declared = re.search(rf"^declare [^\n]*{re.escape(known.units)}\(", text, re.M)
        own = re.search(
            rf"^declare (?:!dbg ![0-9]+ )?([^\n]*?){re.escape(name)}\(([^\n]*)$", text, re.M
        )
        if declared is None and own is not None:
            values, _ = arguments(own[0], own.start(2) - own.start())
            values.insert(known.format + 1, values[known.format])
            found.append(f"declare {own[1]}{known.units}({', '.join(values)})\n")
    return "".join(found)


def _keywords(text: str) -> list[str]:
    """The names of the arrays of keywords in calls, each as often as it occurs as such."""
    found = []
    for call in _PARSE.finditer(text):
        known = _FUNCTIONS.get(call[1])
        if known is not None and known.keywords >= 0:
            values, _ = arguments(text, call.end())
            if len(values) > known.number:
                found.append(values[known.keywords].rpartition(" ")[2])
    return found
