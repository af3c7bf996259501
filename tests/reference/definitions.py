"""What the headers in ``hpybc/include`` define: functions, macros, types, handles, slots.

Everything here is read from the headers; what they do not say is in ``docs/reference/facts.toml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "hpybc" / "include" / "hpy"

#: Where extension authors meet names; the other headers are lists and checks that these include.
HEADERS = ("version", "types", "func", "slot", "def", "type", "context", "module", "helpers",
           "buildvalue", "inline_helpers")  # fmt: skip

#: Macros that stand between a header and a list it includes, or between two macros.
_INTERNAL = re.compile(
    r"HPY_(SIGNATURE_\w+|HANDLE|FUNCTION|PROCEDURE|RAISING|NORETURN)"
    r"|HPyType_BuiltinShape_\w+_AsStruct|HPyCapsule_DESTRUCTOR_TRAMPOLINE|\w+_H"
)


class Parameter(NamedTuple):
    """A parameter of a function: its type as C spells it, and its name ("..." has none)."""

    type: str
    name: str


@dataclass(frozen=True)
class Function:
    """A function of the API; its place in the context, or None for a helper."""

    name: str
    type: str
    parameters: tuple[Parameter, ...]
    index: int | None = None

    @property
    def declaration(self) -> str:
        parameters = ", ".join(_joined(*parameter) for parameter in self.parameters)
        return f"{_joined(self.type, self.name)}({parameters})"


class Macro(NamedTuple):
    """A macro that is not a function as well; its parameters in parentheses, or ""."""

    name: str
    parameters: str

    @property
    def declaration(self) -> str:
        return f"#define {self.name}{self.parameters}"


class Type(NamedTuple):
    """A type, and the lines of the header that define it."""

    name: str
    declaration: str


@dataclass(frozen=True)
class Handle:
    """A handle that is a member of the context, and the object of CPython it stands for."""

    name: str
    object: str
    index: int


class Slot(NamedTuple):
    """A slot of types or modules: its number, and the signature of the function in it."""

    name: str
    number: int
    signature: str


class Signature(NamedTuple):
    """A signature that a function of an extension can have, as a C function type."""

    name: str
    type: str
    parameters: str


def _joined(type_: str, name: str) -> str:
    return type_ + name if type_.endswith("*") else f"{type_} {name}".strip()


def _header(name: str) -> str:
    return (INCLUDE / name).read_text(encoding="utf-8")


def _bare(text: str) -> str:
    """Without comments, with what continues on the next line on one."""
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S).replace("\\\n", " ")


def _parameters(text: str) -> tuple[Parameter, ...]:
    found = []
    for part in re.split(r",\s*", re.sub(r"_HPy_UNUSED|\s+", " ", text).strip()):
        head, name, array = re.fullmatch(r"(.*?)(\w*)(\[\])?", part.strip()).groups()  # type: ignore[union-attr]
        kind = re.sub(r"\s*\*\s*", "*", head).strip()
        kind = re.sub(r"(\w)\*", r"\1 *", kind)
        if part.strip() == "...":
            found.append(Parameter("...", ""))
        else:
            found.append(Parameter(kind + (" *" if array else ""), name))
    return tuple(found)


@cache
def context_functions() -> tuple[Function, ...]:
    """The functions of the context, in the order of their indices."""
    found = []
    for kind, text in re.findall(
        r"^HPY_(FUNCTION|PROCEDURE|RAISING|NORETURN)\((.*)\)$", _header("api.def"), re.M
    ):
        head, _, rest = text.partition("(")
        parts = [part.strip() for part in head.split(",") if part.strip()]
        index, name = int(parts[0]), parts[2 if kind == "FUNCTION" else 1]
        type_ = {"FUNCTION": parts[1], "RAISING": "HPy"}.get(kind, "void")
        found.append(Function(name, type_, _parameters(rest.partition(")")[0]), index))
    return tuple(sorted(found, key=lambda function: function.index or 0))


@cache
def added() -> frozenset[int]:
    """The indices of what the context has gained since HPy 0.9.0."""
    later = _header("api.def").partition("#ifndef HPY_RELEASED\n")[2]
    return frozenset(int(index) for index in re.findall(r"^HPY_\w+\((\d+), ", later, re.M))


@cache
def handles() -> tuple[Handle, ...]:
    """The handles of the context, in the order of their indices."""
    found = re.findall(r"^HPY_HANDLE\((\d+), (\w+), (.*)\)$", _header("api.def"), re.M)
    return tuple(Handle(name, object_.lstrip("&"), int(index)) for index, name, object_ in found)


@cache
def helpers() -> tuple[Function, ...]:
    """The functions that are no members of the context: helpers around them."""
    found = {}
    known = {function.name for function in context_functions()}
    for header in HEADERS:
        text = re.sub(r"^\s*#.*$", "", _bare(_header(f"{header}.h")), flags=re.M)
        for type_, name, parameters in re.findall(
            r"([\w ]+?[ *]+)\b(HPy\w+)\(([^(){};]*)\)\s*[;{]", text
        ):
            kind = re.sub(r"HPyAPI_INLINE_HELPER|_HPY_LEGACY|\s+", " ", type_).strip()
            if name not in known and kind not in ("", "return"):
                found[name] = Function(name, kind, _parameters(parameters))
    return tuple(found.values())


@cache
def macros() -> tuple[Macro, ...]:
    """The macros with a meaning of their own."""
    functions = {function.name for function in (*context_functions(), *helpers())}
    found: dict[str, Macro] = {}
    for header in ("../hpy", *HEADERS):
        text = _bare(_header(f"{header}.h"))
        for name, parameters in re.findall(
            r"^\s*#\s*define ((?:HPy|HPY_|SHAPE)\w*)(\([^)]*\))?", text, re.M
        ):
            if name not in functions and not _INTERNAL.fullmatch(name):
                found.setdefault(name, Macro(name, parameters))
    return tuple(found.values())


_STRUCT = re.compile(r"^typedef (?:struct|enum)[^;{]*\{.*?^\} (\w+);", re.M | re.S)
_PLAIN = re.compile(r"^typedef [^{;]*?\(?\*?\b(HPy\w+)\)?(?:\([^;]*\))?;", re.M)


@cache
def types() -> tuple[Type, ...]:
    """The types with a public name, but for those that a signature has."""
    found = {}
    for header in HEADERS:
        text = _header(f"{header}.h")
        for struct in re.finditer(
            r"^typedef (?:struct|enum)[^;{]*\{.*?^\} (\w+);", text, re.M | re.S
        ):
            found[struct[1]] = struct[0]
        for plain in re.finditer(r"^typedef [^{;]*?\(?\*?\b(HPy\w+)\)?(?:\([^;]*\))?;", text, re.M):
            found.setdefault(plain[1], plain[0])
    return tuple(Type(*item) for item in found.items() if item[0].startswith("HPy"))


@cache
def slots() -> tuple[Slot, ...]:
    """The slots of types and modules, in the order of their numbers."""
    text = _header("slot.h")
    signatures = dict(re.findall(r"#define _HPySlot_SIG__(\w+) (\w+)", text))
    found = re.findall(r"^    (HPy_\w+) = (\d+),", text, re.M)
    return tuple(Slot(name, int(number), signatures[name]) for name, number in found)


@cache
def signatures() -> dict[str, Signature]:
    """The signatures by the names of their enumerators."""
    found = {}
    text = _header("signatures.def")
    for void, name, rest in re.findall(
        r"^HPY_SIGNATURE_(VOID_)?\w+\((\w+), \w+, \d+, (.*)\)$", text, re.M
    ):
        head, _, parameters = rest.partition("(")
        type_ = "void" if void else head.strip(" ,")
        found[f"HPyFunc_{name}"] = Signature(f"HPyFunc_{name}", type_, parameters.partition(")")[0])
    return found


def names() -> list[str]:
    """Every name that needs facts."""
    groups = (context_functions(), helpers(), macros(), types())
    return [entry.name for group in groups for entry in group]
