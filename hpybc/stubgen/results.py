"""Results of functions: their types, where every result comes from a function that makes one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hpybc.jit.ir_text import NAME, VALUE

#: Functions of the API and the types of what they return, unless it is HPy_NULL.
_MADE = [
    (re.compile(f"@(?:{names})$"), type_)
    for names, type_ in (
        (r"HPyLong_From\w+|HPy_Long|HPy_Index", "int"),
        ("HPyFloat_FromDouble|HPy_Float", "float"),
        (r"HPyBool_From\w+", "bool"),
        (r"HPyUnicode_From\w+|HPy_Repr|HPy_Str|HPy_ASCII", "str"),
        (r"HPyBytes_From\w+|HPy_Bytes", "bytes"),
        ("HPyList_New|HPyListBuilder_Build", "list[Any]"),
        ("HPyDict_New", "dict[Any, Any]"),
        ("HPyTuple_FromArray|HPyTupleBuilder_Build", "tuple[Any, ...]"),
    )
]

#: Those that return HPy_NULL.
_RAISES = re.compile(r"@HPyErr_(?!New)\w+$")

_RETURN = re.compile(r"^ +ret ptr ([^,\n]+)", re.M)
_DEFINITION = re.compile(rf"^ +({VALUE}) = (.*)$", re.M)
_CALL = re.compile(rf"[^@%]*\b(?:call|invoke) [^@%]*?({NAME})\((.*)")
_INCOMING = re.compile(r"\[ ([^,\[\]]+), ")
_CHOICE = re.compile(r"select i1 [^,]*, ptr ([^,]+), ptr ([^,]+)")

#: HPy_Dup of a handle, its load, and the address of ctx->h_None, the first after the head.
_DUP = re.compile(rf"ptr [^,]*, ptr (?:\w+ )*({VALUE})\)")
_LOAD = re.compile(rf"load ptr, ptr ({VALUE}),")
_NONE = re.compile(r"getelementptr inbounds (?:nuw )?i8, ptr %0, i64 24$")


def of(function: str, bodies: Mapping[str, str]) -> str:
    """The type of what a function returns: ``Any`` if not all that it returns is known.

    Args:
        function: its name.
        bodies: the definition of each function, by its name.
    """
    found = _types(function, bodies, {function})
    return " | ".join(sorted(found, key=lambda each: (each == "None", each))) if found else "Any"


def _types(function: str, bodies: Mapping[str, str], seen: set[str]) -> set[str] | None:
    """The types of what it returns, without HPy_NULL; None if one is not known."""
    body = bodies[function]
    values = dict(_DEFINITION.findall(body))
    pending = _RETURN.findall(body)
    known: set[str] = set()
    done = {"null"}
    while pending:
        value = pending.pop()
        if value in done:
            continue
        done.add(value)
        definition = values.get(value, "")
        choice = _CHOICE.match(definition)
        call = _CALL.match(definition)
        if definition.startswith("phi ptr "):
            pending += _INCOMING.findall(definition)
        elif choice is not None:
            pending += choice.groups()
        elif call is None:
            return None
        elif not _RAISES.match(call[1]):
            types = _called(call, values, bodies, seen)
            if types is None:
                return None
            known |= types
    return known


def _called(
    call: re.Match[str], values: Mapping[str, str], bodies: Mapping[str, str], seen: set[str]
) -> set[str] | None:
    """The types of what a call returns; None if they are not known."""
    name = call[1]
    if name in bodies:
        return None if name in seen else _types(name, bodies, seen | {name})
    if name == "@HPy_Dup":
        handle = _DUP.match(call[2])
        load = _LOAD.match(values.get(handle[1], "")) if handle is not None else None
        place = values.get(load[1], "") if load is not None else ""
        return {"None"} if _NONE.match(place) else None
    return next(({type_} for names, type_ in _MADE if names.match(name)), None)
