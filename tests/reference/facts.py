"""``docs/reference/facts.toml``, with what is left to a default put in its place."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from reference import definitions
from reference.definitions import Function, Macro, Type

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest needs it there

FILE = definitions.ROOT / "docs" / "reference" / "facts.toml"


class Example(NamedTuple):
    """Arguments and what comes of them, all as Python expressions; `after` may be empty."""

    arguments: str
    result: str
    after: str

    @property
    def tuple(self) -> str:
        """The arguments as one expression."""
        return f"({self.arguments},)" if self.arguments else "()"

    @property
    def raises(self) -> bool:
        """Whether an exception comes of it, and not a value."""
        return self.result.endswith(("Error", "Warning"))


@dataclass(frozen=True)
class Fact:
    """One function, macro or type: its definition, and what the file says about it."""

    entry: Function | Macro | Type
    does: str
    returns: str = ""  # a key of [returns], a sentence, or "" for what returns nothing
    raises: dict[str, str] = field(default_factory=dict)
    null: dict[str, str] = field(default_factory=dict)
    keeps: tuple[str, ...] = ()
    closes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    use: str = ""
    examples: tuple[Example, ...] = ()
    unseen: tuple[str, ...] = ()
    where: str = "function"
    before: str = ""

    @property
    def name(self) -> str:
        return self.entry.name


class Page(NamedTuple):
    """A page of the reference."""

    name: str
    title: str
    intro: str
    outro: str
    hybrid: bool
    facts: tuple[Fact, ...]


@cache
def load() -> dict[str, Any]:
    """The file as it is."""
    with open(FILE, "rb") as file:
        found: dict[str, Any] = tomllib.load(file)
    return found


@cache
def pages() -> tuple[Page, ...]:
    """All pages, in the order of the file."""
    groups = (definitions.context_functions(), definitions.helpers(), definitions.macros(),
              definitions.types())  # fmt: skip
    entries = {entry.name: entry for group in groups for entry in group}
    found = []
    for page in load()["page"]:
        own = {k: v for k, v in page.items() if isinstance(v, dict) and k != "defaults"}
        facts = [
            _fact(entries[name], {**page.get("defaults", {}), **said}) for name, said in own.items()
        ]
        found.append(
            Page(page["name"], page["title"], page["intro"].strip(),
                 page.get("outro", "").strip(), page.get("hybrid", False), tuple(facts))
        )  # fmt: skip
    return tuple(found)


def facts() -> list[Fact]:
    """Every fact, in the order of the file."""
    return [fact for page in pages() for fact in page.facts]


def _fact(entry: Function | Macro | Type, said: dict[str, Any]) -> Fact:
    said = dict(said)
    for name in ("keeps", "closes", "gives", "unseen"):
        said[name] = tuple(said.get(name, ()))
    said["examples"] = tuple(map(_example, said.get("examples", ())))
    if isinstance(entry, Function):
        said.setdefault("returns", load()["types"].get(entry.type, ""))
        said.setdefault("use", _plain_call(entry))
    return Fact(entry, **said)


def _example(text: str) -> Example:
    rest, _, after = text.partition("; ")
    arguments, _, result = rest.rpartition("-> ")
    return Example(arguments.strip(), result, after)


def _plain_call(function: Function) -> str:
    call = f"{function.name}({', '.join(p.name for p in function.parameters)})"
    if function.type == "void":
        return f"{call};"
    kind = load()["types"].get(function.type, "")
    if kind == "status" and function.type == "int":
        return f"const int result = {call};"
    separator = "" if function.type.endswith("*") else " "
    return f"{function.type}{separator}result = {call};"
