"""Edits: what is changed in an extension's IR before anything is linked to it.

llvmlite cannot make these changes in a module, so LLVM IR is changed as text. To print a module
and to read it again takes longer than all of the edits, and for debug information much longer than
LLVM takes to read bitcode. So what depends on neither the machine nor the interpreter is edited
when the extension is compiled, and not again.
"""

from __future__ import annotations

from hpybc.jit import aliases, loops, remarks, symbols, typenames

#: Changes with what ``lasting`` does: a file with another number is edited when it is loaded.
VERSION = 1


def lasting(text: str, entry: str, file: bytes, *, foreign: bool = False) -> str:
    """LLVM IR of an extension with the changes that every load needs.

    Done twice they are the same as done once, but for the names of types, which nobody compares
    with those in another file.

    Args:
        text: LLVM IR.
        entry: the function that makes the module.
        file: what no other file has.
        foreign: nobody knows what has compiled it, hence which marks its loops have.
    """
    named = symbols.in_assembly(text)
    text = aliases.with_entry(remarks.silenced(text), entry)
    text = typenames.distinct(aliases.resolved(text, named), file)
    return text if foreign else loops.unrollable(text)
