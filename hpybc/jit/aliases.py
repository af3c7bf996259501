"""Aliases and indirect functions: symbols that LLVM's C interface, hence llvmlite, does not show.

An alias is a second name of a function or variable, or of a place in one. An indirect function
(``ifunc``) is one of several, which code of the extension chooses when the image is loaded; of them
are the functions that ``target_clones`` makes.
"""

from __future__ import annotations

import re

from hpybc.errors import LinkError
from hpybc.jit.ir_text import NAME

#: An alias's definition, with its name and what it stands for.
_ALIAS = re.compile(
    rf"^({NAME}) = [^\n\"]*\balias [^\n]*?, ptr ({NAME}|[a-z]+ [^\n]*?\))"
    r"(?:, partition [^\n]*)?\n",
    re.M,
)

#: The definition of an indirect function, up to what it is.
_INDIRECT = re.compile(rf"^({NAME} = )[^\n\"]*?\b(?=ifunc )", re.M)

#: The definition of either.
_DEFINED = re.compile(rf"^({NAME}) = [^\n\"]*?\b(?:alias|ifunc) ", re.M)

#: What comes between an alias's name and what it stands for, if that is a function which takes
#: nothing and returns a pointer, as entry points do.
_OF_ENTRY = r" = (?:[\w()]+ )*?alias ptr \(\), ptr "

#: A name, or a string, which is none.
_TOKEN = re.compile(rf'{NAME}|"[^"]*"')


def names(text: str) -> set[str]:
    """The names of the aliases and indirect functions that LLVM IR defines."""
    return {name.strip('@"') for name in _DEFINED.findall(text)}


def with_entry(text: str, name: str) -> str:
    """LLVM IR in which the entry point ``name`` is a function, if it was an alias of one."""
    if " alias " not in text:
        return text
    alias = re.compile(
        rf"^(@\"?{re.escape(name)}\"?){_OF_ENTRY}({NAME}|[a-z]+ [^\n]*?\))[^\n]*\n", re.M
    )
    return alias.sub(r"define ptr \1() {\n  %1 = call ptr \2()\n  ret ptr %1\n}\n", text)


def resolved(text: str, kept: frozenset[str] = frozenset()) -> str:
    """LLVM IR without aliases, and with indirect functions that are visible to it alone.

    What refers to an alias then refers to what the alias stands for, which has the same address.

    Args:
        text: LLVM IR.
        kept: names that assembly refers to; an alias of such a name stays.

    Raises:
        LinkError: aliases stand for one another.
    """
    if " ifunc " not in text and " alias " not in text:  # which takes no time to find out
        return text
    meanings = {
        name: meaning for name, meaning in _ALIAS.findall(text) if name.strip('@"') not in kept
    }
    text = _INDIRECT.sub(r"\1internal ", text)
    if not meanings:
        return text
    text = _ALIAS.sub(lambda alias: "" if alias[1] in meanings else alias[0], text)
    # An alias may stand for a place in what is an alias itself.
    for _ in meanings:
        meanings = {name: _replaced(meaning, meanings) for name, meaning in meanings.items()}
        if not any(found in meanings for m in meanings.values() for found in _TOKEN.findall(m)):
            return _replaced(text, meanings)
    raise LinkError(
        "aliases stand for one another",
        reason="aliases",
        found=", ".join(sorted(meanings)),
        needed="an alias of a function or a variable",
        remedy="correct the source",
    )


def _replaced(text: str, meanings: dict[str, str]) -> str:
    return _TOKEN.sub(lambda token: meanings.get(token[0], token[0]), text)
