"""Signatures of functions: from a text signature, from formats, from the kind of the function."""

from __future__ import annotations

import ast
import inspect
import keyword
import re
from dataclasses import replace
from inspect import Parameter as P
from inspect import _ParameterKind

from hpybc.jit.ir_text import CALLEE, arguments
from hpybc.stubgen import declarations
from hpybc.stubgen.constants import Constants
from hpybc.stubgen.model import Function, Parameter

#: The types that a unit of a format takes. ``p`` asks any object for its truth.
_TYPES = {**dict.fromkeys("bBhHiIlkLKn", "int"), "f": "float", "d": "float", "s": "str",
          "p": "object", "O": "Any"}  # fmt: skip

#: The type of a parameter of a typed method, and of a result, by its letter. A pointer that is NULL
#: becomes None.
_TAKEN = {**dict.fromkeys("cbBhHiIlLqQ", "int"), "f": "float", "d": "float", "D": "complex",
          "?": "object", "s": "str", "S": "str", "y": "bytes", "O": "Any"}  # fmt: skip
_RETURNED = {**_TAKEN, "?": "bool", "s": "str | None", "S": "str | None", "y": "bytes | None"}

_PARSE = re.compile(r"@(_HPyArg_Parse(?:Array|NamesArray|KeywordsDictArray))\(")

#: What a file compiled with ``-g`` has of variables.
_DEBUG = re.compile(r"^ +#dbg_.*\n", re.M)

UNKNOWN = (Parameter("args", P.VAR_POSITIONAL), Parameter("kwargs", P.VAR_KEYWORD))

#: The parameters of a function that takes none, or one, by the name of its signature.
BY_KIND: dict[str, tuple[Parameter, ...]] = {
    "NOARGS": (),
    "O": (Parameter("arg", P.POSITIONAL_ONLY),),
    "VARARGS": UNKNOWN[:1],
}


def split(doc: str | None, name: str) -> tuple[str | None, str]:
    """The text signature that ``doc`` begins with, and the rest, as CPython tells them apart.

    The first is None if there is none. It begins and ends with a parenthesis, and nobody knows
    whether Python's grammar allows what is between them.
    """
    if doc is not None and doc.startswith(f"{name}("):
        text, found, rest = doc[len(name) :].partition(")\n--\n\n")
        if found and "\n\n" not in text:
            return f"{text})", rest
    return None, doc or ""


def written(doc: str | None, name: str) -> tuple[Parameter, ...] | None:
    """The parameters in the text signature that ``doc`` begins with; None if it has none."""
    text, _ = split(doc, name)
    if text is None:
        return None
    own = "$" in text
    try:
        tree = ast.parse(f"def f{re.sub('[$]', '', text)}: pass")
    except SyntaxError:
        return None
    function = tree.body[0]
    if not isinstance(function, ast.FunctionDef):
        return None
    found = _declared(function.args)
    return found[1:] if own else found


def _declared(given: ast.arguments) -> tuple[Parameter, ...]:
    places: list[tuple[ast.arg, _ParameterKind]]
    places = [(each, P.POSITIONAL_ONLY) for each in given.posonlyargs]
    places += [(each, P.POSITIONAL_OR_KEYWORD) for each in given.args]
    defaults = [None] * (len(places) - len(given.defaults)) + [*given.defaults]
    found = [
        Parameter(each.arg, kind, default=_default(default))
        for (each, kind), default in zip(places, defaults, strict=True)
    ]
    if given.vararg:
        found.append(Parameter(given.vararg.arg, P.VAR_POSITIONAL))
    for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        found.append(Parameter(each.arg, P.KEYWORD_ONLY, default=_default(default)))
    if given.kwarg:
        found.append(Parameter(given.kwarg.arg, P.VAR_KEYWORD))
    return tuple(found)


def _default(default: ast.expr | None) -> str | None:
    if default is None:
        return None
    return ast.unparse(default) if isinstance(default, ast.Constant) else "..."


class _OnlyInC:
    """A default that only the C code knows."""

    def __repr__(self) -> str:
        return "..."


def text(parameters: tuple[Parameter, ...], own: str) -> str:
    """The text signature of a function that a doc has behind the function's name.

    Args:
        parameters: those that it is called with.
        own: the name of the first one, which is bound: ``self`` or ``module``.
    """
    first = P(own, P.POSITIONAL_ONLY)
    others = [
        P(each.name, each.kind, default=P.empty if each.default is None else _OnlyInC())
        for each in parameters
    ]
    return str(inspect.Signature([first, *others])).replace("(", "($", 1)


def parsed(body: str, constants: Constants, *, whole: bool = False) -> tuple[Parameter, ...] | None:
    """The parameters that a function parses; None unless one call parses all of them.

    Args:
        body: the function's definition, in LLVM IR.
        constants: those of its module.
        whole: whether a function that gets keywords has to parse them. One that does not accepts
            all of them, and does nothing with them.
    """
    body = _DEBUG.sub("", body)  # which names arguments, and looks at none
    calls = list(_PARSE.finditer(body))
    if len(calls) != 1:
        return None
    values, _ = arguments(body, calls[0].end())
    named = calls[0][1] != "_HPyArg_ParseArray"
    head = CALLEE.search(body)
    own = [] if head is None else [_word(each) for each in arguments(body, head.end())[0][2:]]
    given = [_word(each) for each in values[2 : 5 if named else 4]]
    # All of the arguments, and not those from the second on, for example.
    if given != own[: len(given)] or (whole and len(given) != len(own)):
        return None
    # What else looks at the arguments may take more of them, or fewer.
    for word in given:
        if len(re.findall(rf"{re.escape(word)}(?![\w.$-])", body)) != 2:
            return None
    format_ = constants.string(constants.address(_plain(values[5 if named else 4])))
    if format_ is None:
        return None
    names: list[str | None] = []
    if named:
        place = constants.address(_plain(values[6]))
        names = [constants.string(each) for each in constants.pointers(place)]
    return _units(re.split("[:;]", format_)[0], names if named else None)


def _word(value: str) -> str:
    """What an argument or a parameter is, without its type and attributes."""
    return value.rpartition(" ")[2]


def _plain(value: str) -> str:
    return f"ptr {_word(value)}"


def declared(function: declarations.Function) -> Function:
    """A typed method, of which its declaration says all."""
    parameters = tuple(_typed(each) for each in function.parameters)
    types = [_RETURNED.get(each.code, "Any") for each in function.results]
    result = types[0] if types else "None"
    if function.results and function.results[0].name:
        result = f"tuple[{', '.join(types)}]"
    return Function(function.name, parameters, result)


def _typed(given: declarations.Parameter) -> Parameter:
    type_, default = _TAKEN.get(given.code, "Any"), given.default
    if default == "None":
        type_ = type_ if type_ in ("Any", "object") else f"{type_} | None"
    elif default is not None:
        try:
            default = _default(ast.parse(default, mode="eval").body)
        except SyntaxError:
            default = "..."
    return Parameter(given.name, given.kind, type_, default)


def _units(units: str, names: list[str | None] | None) -> tuple[Parameter, ...] | None:
    found: list[Parameter] = []
    optional = named = False
    for unit in units:
        if unit in "|$":
            optional, named = optional or unit == "|", named or unit == "$"
            continue
        if unit not in _TYPES:
            return None
        name: str | None = ""
        if names is not None:
            if len(found) >= len(names):
                return None
            name = names[len(found)]
        kind: _ParameterKind = P.KEYWORD_ONLY if named else P.POSITIONAL_OR_KEYWORD
        if not name:
            name, kind = f"arg{len(found) + 1}", P.POSITIONAL_ONLY
        if keyword.iskeyword(name):  # only ``**`` can give it, and no stub can name it
            return None
        default = "..." if optional else None
        found.append(Parameter(name, kind, _TYPES[unit], default))
    try:  # what Python itself takes for a signature
        empty = P.empty
        inspect.Signature(
            [P(p.name, p.kind, default=empty if p.default is None else 0) for p in found]
        )
    except ValueError:
        return None
    return tuple(found)


def joined(
    own: tuple[Parameter, ...] | None, parsed: tuple[Parameter, ...] | None
) -> tuple[Parameter, ...] | None:
    """Names and defaults of a text signature with the types of a format, if these match."""
    if own is None or parsed is None or len(own) != len(parsed):
        return parsed if own is None else own
    return tuple(
        # None stands for what is not given, whatever the format's type is.
        replace(a, type="Any" if a.default == "None" else b.type)
        for a, b in zip(own, parsed, strict=True)
    )
