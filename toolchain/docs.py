"""Docs: functions get a text signature where the code says which parameters they have.

``inspect.signature`` reads the first line of a function's doc. Authors who write none still say
which parameters there are, by the kind of the function or by the format that it parses.
"""

from __future__ import annotations

import re
from collections import Counter

from hpybc.jit import ir_text
from hpybc.jit.ir_text import NAME
from hpybc.jit.module import Module
from hpybc.loader import api
from hpybc.stubgen import signatures
from hpybc.stubgen.constants import Constants
from hpybc.stubgen.model import Parameter

#: The definition of a method (``hpy/def.h``): its name, its function, the trampoline of that, the
#: signature, padding, and the doc.
_METHOD = re.compile(
    rf"ptr ({NAME}), ptr ({NAME}), ptr ({NAME}), i32 (\d+)(?:, \[4 x i8\] \w+)?, "
    rf"ptr (null|{NAME})(?= \}})"
)

#: A variable with a string that does not change, its size, and its characters.
_STRING = (
    r"^{} = (?:private |internal |dso_local |local_unnamed_addr |unnamed_addr )*constant "
    r'\[(\d+) x i8\] (?:c"([^"]*)"|zeroinitializer)'
)

#: What a module's definition has a pointer to: the array of what is defined.
_DEFINES = 24


def with_signatures(text: str, module: Module, name: str) -> str:
    """LLVM IR of an extension, with text signatures before the docs that have none.

    A function keeps its doc unless its parameters are certain: it takes none, or one, or one call
    parses all arguments by a format that is a constant.

    Args:
        text: LLVM IR.
        module: what it is of, which has the same names.
        name: that of the module that it makes.
    """
    if "@_HPy_CallRealFunctionFromTrampoline" not in text:
        return text
    known = Constants(module)
    bodies = ir_text.functions(text)
    uses = Counter(ir_text.REFERENCE.findall(text))
    defined = _own(known, bodies.get(f"@HPyInit_{name}", ""))
    own = {each for each in defined if uses[each] == 2}  # in its definition and in this array
    added: list[str] = []

    def edited(variable: re.Match[str]) -> str:
        method = _METHOD.search(variable[0])
        if method is None:
            return variable[0]
        function = known.string(known.address(f"ptr {method[1]}"))
        parameters = _parameters(method, bodies, known)
        if function is None or parameters is None:
            return variable[0]
        names = {each.name for each in parameters}
        first = "module" if variable[1] in own and "module" not in names else "self"
        doc = None if first in names else _doc(method[5], function, text, known)
        if doc is None:
            return variable[0]
        begin = f"{function}{signatures.text(parameters, first)}\n--\n\n".encode()
        size, rest = doc
        added.append(
            f'@"hpybc.doc.{len(added)}" = private unnamed_addr constant '
            f'[{len(begin) + size} x i8] c"{_escaped(begin)}{rest}", align 1\n'
        )
        new = f'@"hpybc.doc.{len(added) - 1}"'
        start, end = method.span(5)
        return variable[0][:start] + new + variable[0][end:]

    text = re.sub(rf"^({NAME}) = [^\n]*\bi32 2, [^\n]*$", edited, text, flags=re.M)
    return f"{text.rstrip()}\n{''.join(added)}" if added else text


def _own(known: Constants, body: str) -> set[str]:
    """The definitions of the module's functions; others are those of methods of types."""
    returned = re.search(rf"^ +ret ptr ({NAME})", body, re.M)
    definition = None if returned is None else known.address(f"ptr {returned[1]}")
    array = None if definition is None else known.pointer(definition, _DEFINES)
    return {f"@{place.name}" for place in known.pointers(array)}


def _parameters(
    method: re.Match[str], bodies: dict[str, str], known: Constants
) -> tuple[Parameter, ...] | None:
    """The parameters of what a definition defines; None if they are not certain."""
    call = api.TRAMPOLINE.search(bodies.get(method[3], ""))
    if call is None or call.groups() != (method[4], method[2]) or method[2] not in bodies:
        return None
    kind = next((name for name, n in api.signatures().items() if n == int(method[4])), "")
    if kind in ("NOARGS", "O"):
        return signatures.BY_KIND[kind]
    return signatures.parsed(bodies[method[2]], known, whole=True)


def _doc(value: str, name: str, text: str, known: Constants) -> tuple[int, str] | None:
    """The size of a doc with the zero that ends it, and its characters as LLVM IR has them.

    None if it has a text signature, or is no string that is certain to stay as it is.
    """
    if value == "null":
        return 1, r"\00"
    if signatures.split(known.string(known.address(f"ptr {value}")), name)[0] is not None:
        return None
    found = re.search(_STRING.format(re.escape(value)), text, re.M)
    if found is None:
        return None
    return int(found[1]), found[2] if found[2] is not None else r"\00" * int(found[1])


def _escaped(data: bytes) -> str:
    r"""As LLVM IR has it between quotes: ``\0A`` for a line feed, for example."""
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:02X}" for byte in data
    )
