"""Phis, in LLVM IR: where a block begins with a value that depends on the way to it.

``%x = phi i32 [ 0, %a ], [ -1, %b ], [ -1, %c ]`` is 0 after the block ``%a``, and -1 after both
others.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from hpybc.jit.ir_text import LABEL, TARGET, VALUE

#: What stands before the pairs of a value and a block, the pairs, and what may stand behind them.
_PHI = re.compile(rf"( +{VALUE} = phi [^\n]*?)(\[ .* \])((?:, !.*)?)$")

_PAIR = re.compile(rf"\[ (.*?), ({VALUE}) \](?:, (?=\[ )|$)")

#: What begins a block that only exceptions come to, after its phis, and what is a computed jump.
_PAD = re.compile(r" +(?:%\S+ = )?(?:landingpad|catchswitch|catchpad|cleanuppad)\b")
_COMPUTED = re.compile(r"^ +(?:indirectbr|(?:%\S+ = )?callbr)\b", re.M)


def joined(function: str) -> str:
    """A function's definition in which ways to a block that bring the same values are one way.

    Each is a new block that jumps to the former. LLVM's quick instruction selection, and passes
    after it, look at all ways to a block for each of them.
    """
    if _COMPUTED.search(function):
        return function
    prefix = "joined"
    while f"{prefix}." in function:
        prefix += "_"
    lines = function.split("\n")
    labels = {line: label[1] for line, label in enumerate(map(LABEL.match, lines)) if label}
    away: dict[str, dict[str, str]] = defaultdict(dict)  # by the block left, its targets
    for line, label in labels.items():
        end = line + 1
        while _PHI.match(lines[end]):
            end += 1
        if _PAD.match(lines[end]):
            continue
        for number, before in enumerate(_alike(lines[line + 1 : end])):
            joint = f"{prefix}.{line}.{number}"
            for phi in range(line + 1, end):
                lines[phi] = _shorter(lines[phi], before, joint)
            for block in before:
                away[block][label] = joint
    return "\n".join(_redirected(lines, labels, away))


def _alike(phis: list[str]) -> list[list[str]]:
    """The blocks from which one comes to ``phis``, where more than one bring the same values."""
    brought: dict[str, list[str]] = defaultdict(list)
    for line in phis:
        for block, value in _pairs(line).items():
            brought[block].append(value)
    blocks: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for block, values in brought.items():
        blocks[tuple(values)].append(block)
    return [before for before in blocks.values() if len(before) > 1]


def _pairs(line: str) -> dict[str, str]:
    """The values of a phi, by the block before."""
    phi = _PHI.match(line)
    assert phi is not None
    return {block: value for value, block in _PAIR.findall(phi[2])}


def _shorter(line: str, before: list[str], joint: str) -> str:
    """A phi to whose block one comes by ``joint``, and no more from the blocks ``before``."""
    phi = _PHI.match(line)
    assert phi is not None
    gone = set(before)
    kept = [f"[ {value}, {block} ]" for value, block in _PAIR.findall(phi[2]) if block not in gone]
    new = f"[ {_pairs(line)[before[0]]}, %{joint} ]"
    return f"{phi[1]}{', '.join([*kept, new])}{phi[3]}"


def _redirected(
    lines: list[str], labels: dict[int, str], away: dict[str, dict[str, str]]
) -> Iterator[str]:
    """The lines of a function whose blocks go ``away`` to others, which are new.

    The first block may have a name without a label, a number. No other has.
    """
    named = {f"%{label}" for label in labels.values()}
    targets = next((away[block] for block in away if block not in named), {})
    joints: dict[str, set[str]] = defaultdict(set)
    for blocks in away.values():
        for block, joint in blocks.items():
            joints[block].add(joint)
    for number, line in enumerate(lines):
        if number in labels:
            targets = away.get(f"%{labels[number]}", {})
            for joint in sorted(joints[labels[number]]):
                yield f"{joint}:\n  br label %{labels[number]}\n"
        elif targets and "label %" in line:
            line = TARGET.sub(partial(_target, targets), line)
        yield line


def _target(targets: dict[str, str], target: re.Match[str]) -> str:
    return f"label %{targets.get(target[1], target[1])}"
