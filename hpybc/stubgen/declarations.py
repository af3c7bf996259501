"""What bitcode says of its typed methods: the descriptions that hpy/typed.h makes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import Parameter as P
from inspect import _ParameterKind

from hpybc.stubgen.constants import Constants, Place

#: The version of the description that this reads (HPyTyped_VERSION).
_VERSION = 1

#: What follows the name of an HPyDef in the name of its description.
_SUFFIX = "__typed"

#: The sizes of the structs.
_PARAMETER, _ERROR = 32, 16


@dataclass(frozen=True)
class Parameter:
    """A parameter of a typed method.

    Attributes:
        name: its name.
        kind: as in ``inspect.Parameter``.
        type: its C type, as in the source.
        code: a letter for the type: of numbers that of ``struct``, ``D`` for complex numbers, ``s``
            for ``const char *``, ``S`` for ``HPyStr``, ``y`` for ``HPyBytes``, ``O`` for ``HPy``.
        default: its default, as Python writes it; None if it has to be given.
    """

    name: str
    kind: _ParameterKind
    type: str
    code: str
    default: str | None = None


@dataclass(frozen=True)
class Result:
    """What a typed method returns, or an item of the tuple that it returns.

    Attributes:
        name: an item's name; empty otherwise.
        type: its C type, as in the source.
        code: as a parameter's.
    """

    name: str
    type: str
    code: str


@dataclass(frozen=True)
class Function:
    """A typed method.

    Attributes:
        symbol: the name of its HPyDef, hence of its C functions ``SYMBOL__c``, as declared, and
            ``SYMBOL__slots``, which takes pointers to the result and to each argument.
        name: its name in Python.
        doc: its doc, without the text signature.
        parameters: without the context and the receiver.
        results: one; or the items of a tuple, which have names; or none.
        errors: the name of the exception and the message of each that it declares.
        context: whether it takes an ``HPyContext *``.
        receiver: whether it is a method of a type.
    """

    symbol: str
    name: str
    doc: str
    parameters: tuple[Parameter, ...]
    results: tuple[Result, ...]
    errors: tuple[tuple[str, str], ...]
    context: bool
    receiver: bool

    @property
    def signature(self) -> inspect.Signature:
        """The parameters; a default is the text of it."""
        return inspect.Signature(
            [
                P(each.name, each.kind, default=P.empty if each.default is None else each.default)
                for each in self.parameters
            ]
        )


def all_of(constants: Constants) -> list[Function]:
    """Those of a module, in the order of its variables."""
    found = []
    for variable in constants.module.variables:
        if variable.name.endswith(_SUFFIX):
            function = of(constants, variable.name[: -len(_SUFFIX)])
            if function is not None:
                found.append(function)
    return found


def of(constants: Constants, symbol: str) -> Function | None:
    """The typed method whose HPyDef is ``symbol``; None if there is none that this reads."""
    place = Place(symbol + _SUFFIX)
    if constants.integer(place) != _VERSION:
        return None
    call = constants.pointer(place, 8)
    if call is None:
        return None

    def text(owner: Place, offset: int) -> str:
        return constants.string(constants.pointer(owner, offset)) or ""

    kinds, parameters = text(place, 64), _parameters(constants, call, text(call, 8))
    if parameters is None:
        return None
    return Function(
        symbol,
        text(call, 0),
        text(place, 16),
        parameters,
        tuple(Result(*each[:3]) for each in _described(constants, constants.pointer(place, 24))),
        tuple(_errors(constants, constants.pointer(place, 48), constants.integer(place, 56))),
        "c" in kinds,
        "s" in kinds,
    )


def _errors(constants: Constants, place: Place | None, n: int) -> Iterator[tuple[str, str]]:
    """The exception and the message of each item of an array, of which there are at most ``n``."""
    while place is not None and n > 0:
        exception, message = (constants.string(constants.pointer(place, at)) for at in (0, 8))
        if exception is None:
            return
        yield exception, message or ""
        place, n = Place(place.name, place.offset + _ERROR), n - 1


def _described(constants: Constants, place: Place | None) -> list[tuple[str, str, str, str | None]]:
    """The name, type, letter and default of each item of an array."""
    found = []
    while place is not None and (code := constants.integer(place, 24, 1)):
        name, type_, default = (
            constants.string(constants.pointer(place, offset)) for offset in (0, 8, 16)
        )
        found.append((name or "", type_ or "", chr(code & 0xFF), default))
        place = Place(place.name, place.offset + _PARAMETER)
    return found


def _parameters(constants: Constants, call: Place, letters: str) -> tuple[Parameter, ...] | None:
    """What ``letters`` and the array of parameters say; None if they do not agree."""
    described = _described(constants, constants.pointer(call, 16))
    if len(described) != sum(letter not in "/*" for letter in letters):
        return None
    rest = iter(described)
    found: list[Parameter] = []
    kind: _ParameterKind = P.POSITIONAL_ONLY if "/" in letters else P.POSITIONAL_OR_KEYWORD
    for letter in letters:
        if letter == "/":
            kind = P.POSITIONAL_OR_KEYWORD
        elif letter == "*":
            kind = P.KEYWORD_ONLY
        else:
            name, type_, code, default = next(rest)
            found.append(Parameter(name, kind, type_, code, default))
    return tuple(found)
