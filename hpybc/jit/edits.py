"""Edits: what is changed in an extension's IR before anything is linked to it.

llvmlite cannot make these changes in a module, so LLVM IR is changed as text. To print a module
and to read it again takes longer than all of the edits, and for debug information much longer than
LLVM takes to read bitcode. So what depends on neither the machine nor the interpreter is edited
when the extension is compiled, and not again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from hpybc.jit import aliases, features, loops, remarks, symbols, typenames
from hpybc.jit.module import Module

#: Changes with what ``lasting`` does: a file with another number is edited when it is loaded.
VERSION = 1


#: What LLVM IR begins with: a comment, and the source's name with its folder.
_FOLDER = re.compile(r'(?:;[^\n]*\n)*source_filename = "([^\n]*/)')


class Edit(NamedTuple):
    """A change of LLVM IR.

    Attributes:
        change: the change.
        concerns: whether a function or variable of that name makes it necessary. A module without
            one stays as it is.
    """

    change: Callable[[str], str]
    concerns: Callable[[str], object]


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


def generic(
    module: Module,
    edit: Callable[[str], str] | None = None,
    *,
    usual: str | None = None,
    target: str = "",
) -> Module:
    """A copy of ``module``, beside it, that names neither a processor nor a folder.

    Functions then take the processor of the TargetMachine, and functions of an extension and of a
    context are inlined into each other; and the bitcode does not depend on where its source lies.

    Args:
        module: the original, which is the result as well if nothing is to be changed.
        edit: changes the text after that.
        usual, target: which features of the processor stay, see ``features.without``.
    """
    original = text = str(module)
    if features.name_processor(text):
        text = _without_folder(features.without(text, usual, target))
    if edit is not None:
        text = edit(text)
    if text == original:
        return module
    # A group of attributes may not be empty; a name LLVM does not know has no effect.
    return module.assemble(text.replace(" = { }\n", ' = { "any-cpu" }\n'))


def _without_folder(text: str) -> str:
    found = _FOLDER.match(text)
    return text if found is None else text[: found.start(1)] + text[found.end(1) :]
