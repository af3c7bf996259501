"""Foreign calls: what an extension calls that is neither of the API nor its own.

Behind a function pointer, in another library or another extension there may be Python, and no
context sees the way there. So every such call settles first: it counts the references that are
deferred (``toolchain/context/cpython/deferred.h``). The rule is that everything settles unless it
is known not to reach Python:

- Functions of the API settle by themselves, where they must.
- Functions that the extension defines settle inside, at their own foreign calls.
- LLVM knows functions of the C library that call nobody back, and an extension's author may have
  declared others as such: ``nocallback``, or no access to memory but their arguments'.
- Assembly without side effects computes a value and no more.

The way back is the same in reverse: a function that foreign code may call, because its address is
known outside, settles before it returns.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from hpybc.jit import ir_text
from hpybc.jit.ir_text import (
    CALL,
    CALLEE,
    FUNCTION,
    REFERENCE,
    attributes,
    groups,
)
from hpybc.loader.api import TRAMPOLINE

#: Assembly, and whether it does more than compute its results.
_ASSEMBLY = re.compile(r'^[^"@%]*\basm (sideeffect )?[a-z ]*"')

#: How a function ends: it returns, or passes an exception on.
_END = re.compile(r"^ +(?:ret|resume)\b")

#: Definitions that another file's replaces, and those that are nothing but assembly.
_NOT_OWN = re.compile(r"^define available_externally ")
_NAKED = re.compile(r"\bnaked\b")

#: Which memory a function reads or writes.
_MEMORY = re.compile(r"\bmemory\(([^)]*)\)")

_POSITION = re.compile(r", !dbg !\d+")

_TRAMPOLINE = "@_HPy_CallRealFunctionFromTrampoline"


def settled(text: str, api: Collection[str]) -> str:
    """LLVM IR of an extension with a call before each foreign call that settles.

    ``api`` are the functions that the contexts define for it.
    """
    known = {f"@{name}" for name in api}
    functions = ir_text.functions(text)
    heads = attributes(text)
    quiet = {number for number, group in groups(text).items() if _is_quiet(group)}
    naked = {name for name in functions if _NAKED.search(heads.get(name, ""))}
    # CPython's way in: it settles before it returns, and relies on its caller, as CPython is one.
    trampolines = {name for name, body in functions.items() if _TRAMPOLINE in body}
    replaced = {name for name, body in functions.items() if _NOT_OWN.match(body)}
    own = functions.keys() - trampolines - replaced - naked
    exposed = _exposed(text, functions) & _deferring(functions, known) - trampolines

    def is_foreign(call: re.Match[str]) -> bool:
        assembly = _ASSEMBLY.match(call[2])
        if assembly is not None:
            return assembly[1] is not None
        name = _callee(call)
        # What LLVM makes code of by itself calls nobody.
        if name in own or name in known or name.startswith("@llvm."):
            return False
        if _is_quiet(heads.get(name, "")):
            return False
        return quiet.isdisjoint(re.findall(r"#\d+", call[2]))

    def edited(function: re.Match[str]) -> str:
        if function[1] in naked:
            return function[0]
        lines = []
        position = ""  # in the source, which LLVM wants to know of a call that it may inline
        jumps = False  # in the place of a return: to a function that settles for the caller
        for line in function[0].split("\n"):
            call = CALL.match(line)
            if call is not None:
                jumps = call[1] == "musttail"
                needed = jumps or is_foreign(call)
            else:
                ends = _END.match(line) is not None
                needed = ends and not jumps and function[1] in exposed
                jumps = jumps and not ends
            if place := _POSITION.search(line):
                position = place[0]
            if needed:
                lines.append(f"  call void @_HPy_Settle(){position}")
            lines.append(line)
        return "\n".join(lines)

    return FUNCTION.sub(edited, text) + "\ndeclare void @_HPy_Settle()\n"


def _callee(call: re.Match[str]) -> str:
    """The name of the function that is called; "" if that is computed by a constant expression."""
    found = CALLEE.search(call[2])
    return "" if found is None else found[1]


def _is_quiet(attributes: str) -> bool:
    """Whether a function with these attributes cannot reach Python."""
    if re.search(r"\bnocallback\b", attributes):
        return True
    memory = _MEMORY.search(attributes)
    if memory is None:
        return False
    # An access that names no kind of memory is to all other kinds.
    others = [access for access in memory[1].split(", ") if ":" not in access]
    return others in ([], ["none"], ["read"])


def _exposed(text: str, functions: dict[str, str]) -> set[str]:
    """The functions whose address is used for more than a call, or that return for another."""
    exposed: set[str] = set()
    targets: dict[str, str] = {}  # of trampolines
    for name, body in functions.items():
        if (found := TRAMPOLINE.search(body)) is not None:
            targets[name] = found[2]
    for line in text.split("\n"):
        call = CALL.match(line)
        used: list[str] = REFERENCE.findall(line)
        if call is not None:
            if _TRAMPOLINE in line:
                continue
            callee = _callee(call)
            if call[1] != "musttail" and callee in used:
                used.remove(callee)
        elif line.startswith("define "):
            del used[0]
        elif line.startswith("@"):
            # A definition's function, beside its trampoline: the context calls it and settles.
            for target in [targets.get(name) for name in used]:
                if target in used:
                    used.remove(target)
        exposed.update(used)
    return exposed & functions.keys()


def _deferring(functions: dict[str, str], api: Collection[str]) -> set[str]:
    """The functions that may return with something deferred: those that come to call the API."""
    callers: dict[str, set[str]] = {}
    for name, body in functions.items():
        for callee in _calls(body):
            callers.setdefault(callee, set()).add(name)
    found: set[str] = set()
    more = {name for callee in callers if callee in api for name in callers[callee]}
    while more:
        found |= more
        more = {caller for name in more for caller in callers.get(name, ())} - found
    return found


def _calls(body: str) -> Iterator[str]:
    for line in body.split("\n"):
        call = CALL.match(line)
        if call is not None:
            yield _callee(call)
