"""LLVM IR as text: what a name, a function, a call look like, and which blocks are in loops.

llvmlite shows a module's functions, but not what is in it besides, and changes little of either. So
edits read and change LLVM IR as LLVM prints it. All of them take their patterns from here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

#: What comes behind the sigil of a name.
WORD = r'(?:"[^"]*"|[\w.$-]+)'

#: The name of a function or variable, and that of a value in a function.
NAME, VALUE = f"@{WORD}", f"%{WORD}"

REFERENCE = re.compile(NAME)

#: A function's definition, up to the line that ends it.
FUNCTION = re.compile(rf"^define [^\n]*?({NAME})\(.*?^\}}$", re.M | re.S)

#: The first line of an instruction that calls. `invoke` goes on in a second one.
CALL = re.compile(
    r'^ +(?:%(?:"[^"]*"|[^ ]+) = )?(?:(tail|notail|musttail) )?(?:call|invoke|callbr) (.*)$'
)

#: What is called: the first name that a parenthesis follows. Types and attributes before it have
#: a space there.
CALLEE = re.compile(rf"([@%]{WORD})\(")

_GROUP = re.compile(r"^attributes (#\d+) = \{ (.*) \}$", re.M)

#: A declaration, or the first line of a definition, with its group of attributes.
HEAD = re.compile(rf"^(?:declare|define) [^\n]*?({NAME})\([^\n]*? (#\d+)\b", re.M)

#: The label that begins a block, and those to which the block's end goes on.
LABEL = re.compile(rf"({WORD}):")
TARGET = re.compile(rf"\blabel %({WORD})")

#: What separates and encloses arguments. A string is one token.
_TOKEN = re.compile(r'"[^"]*"|[()\[\]{}<>,]')


def functions(text: str) -> dict[str, str]:
    """The definition of each function, by its name."""
    return {function[1]: function[0] for function in FUNCTION.finditer(text)}


def groups(text: str) -> dict[str, str]:
    """The attributes of each group, by its number, such as ``#0``."""
    return dict(_GROUP.findall(text))


def attributes(text: str) -> dict[str, str]:
    """The attributes of each function that belongs to a group of them."""
    known = groups(text)
    return {name: known.get(number, "") for name, number in HEAD.findall(text)}


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


def depths(lines: Sequence[str]) -> list[int]:
    """How many loops each line of a function's definition is in.

    A loop is an edge that goes back to a block on the way to its own, and all blocks from which it
    can be reached without that one (Aho, Sethi and Ullman, Compilers, 10.4: natural loops).
    """
    blocks, block = [0] * len(lines), 0
    numbers: dict[str, int] = {}
    targets: list[list[str]] = [[]]
    for number, line in enumerate(lines):
        label = LABEL.match(line)
        if label is not None:
            block = numbers[label[1]] = len(targets)
            targets.append([])
        elif "label %" in line:
            targets[block] += TARGET.findall(line)
        blocks[number] = block
    # What comes before the first label has one that nobody goes to, hence none.
    after = [[numbers[name] for name in names if name in numbers] for names in targets]
    if not after[0] and len(after) > 1:
        after[0] = [1]
    before: list[list[int]] = [[] for _ in after]
    for block, successors in enumerate(after):
        for successor in successors:
            before[successor].append(block)
    depth = [0] * len(after)
    for head, ends in _back(after).items():
        inside, pending = {head}, ends
        while pending:
            block = pending.pop()
            if block not in inside:
                inside.add(block)
                pending += before[block]
        for block in inside:
            depth[block] += 1
    return [depth[block] for block in blocks]


def _back(after: Sequence[Sequence[int]]) -> dict[int, list[int]]:
    """The blocks that edges go back to, and from which."""
    found: dict[int, list[int]] = {}
    path, seen = {0}, {0}
    pending = [(0, iter(after[0]))]
    while pending:
        block, successors = pending[-1]
        for successor in successors:
            if successor in path:
                found.setdefault(successor, []).append(block)
            elif successor not in seen:
                seen.add(successor)
                path.add(successor)
                pending.append((successor, iter(after[successor])))
                break
        else:
            pending.pop()
            path.remove(block)
    return found
