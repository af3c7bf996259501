"""Functions that run once for each module, and what a load need not do for them.

That is the function ``HPy_mod_exec``, for example, and what is only called from there. There may be
much of it, such as thousands of constants. To optimise it would cost more than it ever saves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from hpybc.jit import ir_text, phis
from hpybc.jit.ir_text import CALLEE, FUNCTION, HEAD, NAME, REFERENCE, depths
from hpybc.loader.api import TRAMPOLINE

#: A definition of a slot that runs once for each module, up to its trampoline: HPy_mod_create and
#: HPy_mod_exec (hpy/slot.h).
_ONCE = re.compile(
    rf"\bi32 200[01], (?:\[\d+ x i8\] [a-z]+, )?ptr (?:{NAME}|null), ptr ({NAME}) \}}"
)

#: A call that asks for a kept name, with its result and the type of that (hpy/helpers.h).
_NAME = re.compile(
    r'^( +%(?:"[^"]*"|[^ ]+)) = (?:tail )?call [^@\n]*?(ptr|i\d+) @_HPyName_Get\([^\n]*$', re.M
)

#: A function that nobody outside sees.
_OWN = re.compile(r"^define (?:internal|private) ")

#: What LLVM allows no function to be that it is not to optimise, and what is said of it anew.
_OPTIMISED = re.compile(
    r"(?<![\"-])\b(?:alwaysinline|inlinehint|noinline|minsize|optsize|optdebug) ?"
)

#: From how many lines of LLVM IR on what runs once is not optimised. With less there is little to
#: save, and the machine code of an extension is the same with and without ``-g``.
_MUCH = 1000


def functions(text: str) -> set[str]:
    """The functions that run once: those that make a module, and what only they call."""
    bodies = ir_text.functions(text)
    found: set[str] = set()
    for trampoline in _ONCE.findall(text):
        call = TRAMPOLINE.search(bodies.get(trampoline, ""))
        if call is not None:
            found.add(call[2])
    uses = Counter(REFERENCE.findall(text)) if found else Counter()
    calls: Counter[str] = Counter()
    more = set(found)
    while more:
        for name in more & bodies.keys():
            calls.update(CALLEE.findall(bodies[name]))
        # All that there is of its name: these calls, and its definition.
        more = {
            name
            for name in calls.keys() & bodies.keys() - found
            if calls[name] == uses[name] - 1 and _OWN.match(bodies[name])
        }
        found |= more
    return found


def quick(text: str, once: Collection[str]) -> str:
    """LLVM IR in which the functions ``once`` cost little to compile.

    Where there is much of it, what runs once and in no loop is compiled as it is, by LLVM's quick
    instruction selection. That looks at all ways to a block for each of them: where each of a
    thousand calls is followed by the way out in case of an error, these ways are joined first. A
    loop may be busy for long, and is optimised. No function keeps names for another time, but in
    loops.
    """
    bodies = {f[1]: f[0].split("\n") for f in FUNCTION.finditer(text) if f[1] in once}
    inside = {name: depths(lines) for name, lines in bodies.items()}
    is_much = sum(map(len, bodies.values())) >= _MUCH
    straight = _straight(bodies, inside) if is_much else set()
    known = ir_text.groups(text)
    number = 1 + max((int(name[1:]) for name in known), default=0)
    groups: dict[str, str] = {}

    def edited(function: re.Match[str]) -> str:
        if function[1] not in bodies:
            return function[0]
        lines = _nameless(bodies[function[1]], inside[function[1]])
        head = HEAD.match(lines[0])
        if head is None or function[1] not in straight:
            return "\n".join(lines)
        group = groups.setdefault(head[2], f"#{number + len(groups)}")
        lines[0] = lines[0][: head.start(2)] + group + lines[0][head.end(2) :]
        return phis.joined("\n".join(lines))

    parts = [FUNCTION.sub(edited, text) if bodies else text]
    for old, new in groups.items():
        left = _OPTIMISED.sub("", known[old])
        parts.append(f"\nattributes {new} = {{ noinline optnone {left} }}\n")
    return "".join(parts)


def _straight(bodies: Mapping[str, list[str]], inside: Mapping[str, list[int]]) -> set[str]:
    """Those of the functions ``bodies`` that have no loop, and are in none.

    What makes a module, which none of the others calls, and what one of these calls in one place.
    """
    calls: dict[str, list[tuple[str, int]]] = {name: [] for name in bodies}
    for name, lines in bodies.items():
        for line, depth in zip(lines[1:], inside[name][1:], strict=True):
            for callee in CALLEE.findall(line) if "call" in line or "invoke" in line else ():
                if callee in calls:
                    calls[callee].append((name, depth))
    found: set[str] = set()
    more = {n for n, places in calls.items() if not places}
    while more:
        found |= {n for n in more if not any(inside[n])}
        here = {(caller, 0) for caller in more & found}
        more = {n for n, places in calls.items() if len(places) == 1 and places[0] in here}
    return found


def _nameless(lines: Sequence[str], depth: Sequence[int]) -> list[str]:
    """A function's lines without names that are kept, but in loops: to ask for one gives none."""
    none = r"\1 = select i1 true, \2 zeroinitializer, \2 zeroinitializer"
    return [
        line if inside or "@_HPyName_Get" not in line else _NAME.sub(none, line)
        for line, inside in zip(lines, depth, strict=True)
    ]
