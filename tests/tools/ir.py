"""Optimised LLVM IR, read for tests: its functions, their blocks, and what they call."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: A name as LLVM writes it after its sigil, or before the colon of a block.
NAME = r'[-\w.$]+|"[^"]+"'
CALL = re.compile(r"\b(?:call|invoke)\b[^@\n%]*(?:@([\w.]+)|(%[\w.]+))\(")


class Function:
    """A function of the optimised IR: its text, and its basic blocks by name."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.blocks: dict[str, list[str]] = {"entry": []}
        name = self.first = "entry"
        for line in text.splitlines()[1:-1]:
            label = re.match(rf"({NAME}):", line)
            if label:
                if not self.blocks[name]:  # that is what the first block is called
                    self.first = label[1]
                name = label[1]
                self.blocks[name] = []
            else:
                self.blocks[name].append(line)

    def calls(self, block: str | None = None) -> set[str]:
        """The functions called, in one block or in all, without LLVM's intrinsics."""
        text = self.text if block is None else "\n".join(self.blocks[block])
        called = {name or "a pointer" for name, _ in CALL.findall(text)}
        return {name for name in called if not name.startswith("llvm.")}

    def returns(
        self, allowed: re.Pattern[str], without: re.Pattern[str] | None = None
    ) -> Iterator[frozenset[str]]:
        """What is called on the ways to a return on which nothing else but ``allowed`` is.

        Blocks with something that ``without`` matches are on none of them.
        """
        found: set[tuple[str, frozenset[str]]] = set()
        pending = [(self.first, frozenset[str]())]
        while pending:
            block, before = pending.pop()
            called = before | self.calls(block)
            if without is not None and without.search("\n".join(self.blocks[block])):
                continue
            if (block, called) in found or not all(map(allowed.fullmatch, called)):
                continue
            found.add((block, called))
            last = "\n".join(self.blocks[block])
            if re.search(r"^\s*ret\b", last, re.MULTILINE):
                yield called
            pending += [(name, called) for name in re.findall(rf"label %({NAME})", last)]


def functions(ir: str) -> dict[str, Function]:
    """The functions that ``ir`` defines, by their names."""
    return {
        found[1]: Function(found[0])
        for found in re.finditer(r"^define [^@]*@([\w.]+)\(.*?^}", ir, re.MULTILINE | re.DOTALL)
    }
