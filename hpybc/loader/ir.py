"""LLVM IR as text, as far as what the loader changes in it takes."""

from __future__ import annotations

import re

#: The name of a function or variable.
NAME = r'@(?:"[^"]*"|[\w.$-]+)'

REFERENCE = re.compile(NAME)

#: A function's definition, up to the line that ends it.
FUNCTION = re.compile(rf"^define [^\n]*?({NAME})\(.*?^\}}$", re.M | re.S)

#: The first line of an instruction that calls. `invoke` goes on in a second one.
CALL = re.compile(
    r'^ +(?:%(?:"[^"]*"|[^ ]+) = )?(?:(tail|notail|musttail) )?(?:call|invoke|callbr) (.*)$'
)

#: What is called: the first name that a parenthesis follows. Types and attributes before it have
#: a space there.
CALLEE = re.compile(r'([@%](?:"[^"]*"|[\w.$-]+))\(')

#: In a trampoline, the signature and the function that it calls; see ``hpy/func.h``.
TRAMPOLINE = re.compile(
    r"@_HPy_CallRealFunctionFromTrampoline\(ptr [^,]*, i32 [a-z ]*(\d+), "
    rf"ptr [a-z ]*({NAME}),"
)

_GROUP = re.compile(r"^attributes (#\d+) = \{ (.*) \}$", re.M)

#: A declaration, or the first line of a definition, with its group of attributes.
_HEAD = re.compile(rf"^(?:declare|define) [^\n]*?({NAME})\([^\n]*? (#\d+)\b", re.M)

#: What separates and encloses arguments. A string is one token.
_TOKEN = re.compile(r'"[^"]*"|[()\[\]{}<>,]')


def groups(text: str) -> dict[str, str]:
    """The attributes of each group, by its number, such as ``#0``."""
    return dict(_GROUP.findall(text))


def attributes(text: str) -> dict[str, str]:
    """The attributes of each function that belongs to a group of them."""
    known = groups(text)
    return {name: known.get(number, "") for name, number in _HEAD.findall(text)}


def arguments(text: str, start: int) -> tuple[list[str], int]:
    """The arguments of a call, as they are written, and where the parenthesis behind them ends.

    Args:
        text: LLVM IR.
        start: the position behind the parenthesis before the first of them.
    """
    found, depth, begin = [], 0, start
    for token in _TOKEN.finditer(text, start):
        if token[0] in "([{<":
            depth += 1
        elif depth > 0:
            depth -= token[0] in ")]}>"
        elif token[0] in (",", ")"):
            found.append(text[begin : token.start()].strip())
            begin = token.end()
            if token[0] == ")":
                return [argument for argument in found if argument], begin
    return [], len(text)
