"""HPyDefs: a function that the context calls by its trampoline alone need not exist by itself.

A definition names a function and its trampoline, into which LLVM inlines it. As the definition
holds the function's own address too, LLVM would compile it once more, for nobody.
"""

from __future__ import annotations

import re

from hpybc.jit.ir_text import FUNCTION, NAME, REFERENCE
from hpybc.loader import api
from hpybc.loader.api import TRAMPOLINE

#: The signatures of slots that the context calls without their trampolines
#: (toolchain/context/cpython/ctx_spec.c).
_CALLED = ("NEWFUNC", "TRAVERSEPROC")

#: A variable's definition.
_VARIABLE = re.compile(rf"^({NAME}) = (?:[^\n]* )?(?:global|constant) [^\n]*$", re.M)


def without_functions(text: str) -> str:
    """LLVM IR of an extension, with null for each function that only a trampoline calls.

    A definition stays as it is if the extension's own code refers to it, or to an array with it.
    """
    called = {str(api.signatures()[name]) for name in _CALLED}
    functions: dict[str, str] = {}  # of trampolines
    seen: set[str] = set()
    for body in FUNCTION.finditer(text):
        seen.update(REFERENCE.findall(body[0]))
        call = TRAMPOLINE.search(body[0])
        if call is not None and call[1] not in called:
            functions[body[1]] = call[2]
    variables = list(_VARIABLE.finditer(text))
    for variable in variables:
        if variable[1] in seen and " x ptr] [" in variable[0]:
            seen.update(REFERENCE.findall(variable[0]))

    def edited(variable: re.Match[str]) -> str:
        line = variable[0]
        for trampoline in () if variable[1] in seen else REFERENCE.findall(line):
            if trampoline in functions:
                # Before its trampoline: only definitions are made like that.
                own = (
                    rf"ptr {re.escape(functions[trampoline])}(?=, .*ptr {re.escape(trampoline)}\b)"
                )
                line = re.sub(own, "ptr null", line, count=1)
        return line

    return _VARIABLE.sub(edited, text)
