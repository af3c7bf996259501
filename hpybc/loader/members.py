"""Members of the context that an extension reads by itself, ``ctx->h_None`` for one.

In bitcode such a read is a load at an offset from a pointer that might be anyone's. What the API is
called with is a context, and so is what a function passes on as one or gets as one.
"""

from __future__ import annotations

import re

from hpybc.jit.ir_text import FUNCTION, NAME, VALUE
from hpybc.loader import contexts

#: A pointer in first place among parameters or arguments, with its attributes.
_FIRST = rf"\(ptr (?:\w+(?:\((?:[^()]|\([^()]*\))*\))? )*({VALUE})"

_PARAMETER = re.compile(_FIRST)

_CALL = re.compile(rf"\b(?:call|invoke) [^\n@]*({NAME}){_FIRST}")

#: A trampoline's call, with the function that is called with the same context.
_TRAMPOLINE = re.compile(
    rf"(@_HPy_CallRealFunctionFromTrampoline){_FIRST}, i32 [a-z ]*\d+, ptr [a-z ]*({NAME}),"
)

_GOTTEN = re.compile(rf"({VALUE}) = [^\n]*(@_HPyContext_Get)\(\)")

#: An address at an offset in bytes, constant or not, and that of a member by its number.
_OFFSET = re.compile(rf"getelementptr (?:inbounds )?(?:nuw )?i8, ptr ({VALUE}), i64 (\d+|{VALUE})")
_NUMBER = re.compile(rf"getelementptr [^\n]*_HPyContext_s[^\n]*, ptr {VALUE}, i\d+ 0, i32 (\d+)\b")

#: Members before the one with index 0: name, private data, ABI version.
_HEAD = 3


def reads(text: str, index: int) -> bool:
    """Whether LLVM IR of an extension reads the member ``index`` of a context (see api.def)."""
    number = _HEAD + index
    if str(number) in _NUMBER.findall(text):
        return True
    offset = str(8 * number)
    if offset not in text:  # which takes no time to find out
        return False
    functions = list(FUNCTION.finditer(text))
    known = _contexts(functions, contexts.api())
    for body in functions:
        for base, place in _OFFSET.findall(body[0]):
            if (body[1], base) not in known:
                continue
            # One of two members: the place is computed.
            computed = rf"^ *{re.escape(place)} = [^\n]*\b{offset}\b"
            if place == offset or re.search(computed, body[0], re.M):
                return True
    return False


def _contexts(functions: list[re.Match[str]], api: frozenset[str]) -> set[tuple[str, str]]:
    """The values that are contexts, each with the function it belongs to."""
    parameters = {body[1]: _PARAMETER.match(body.string, body.end(1)) for body in functions}
    known: set[tuple[str, str]] = set()
    passed = []

    def first(function: str) -> str:
        found = parameters.get(function)
        return "" if found is None else found[1]

    for body in functions:
        name, text = body[1], body[0]
        known.update((name, value) for value, _ in _GOTTEN.findall(text))
        for callee, value in _CALL.findall(text):
            if callee in parameters:
                passed.append(((name, value), (callee, first(callee))))
            elif callee[1:] in api:
                known.add((name, value))
        for _, value, callee in _TRAMPOLINE.findall(text):
            passed.append(((name, value), (callee, first(callee))))
    size = -1
    while size != len(known):
        size = len(known)
        for pair in passed:
            if not known.isdisjoint(pair):
                known.update(pair)
    return known
