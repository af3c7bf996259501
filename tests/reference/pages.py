"""The pages of ``docs/reference`` about the API, made from the headers and the file of facts."""

from __future__ import annotations

import argparse
import re
import textwrap
from pathlib import Path

from reference import command, definitions, guide, python, variables
from reference.definitions import Function, Parameter
from reference.facts import Example, Fact, Page, load, pages

FOLDER = definitions.ROOT / "docs" / "reference"

MADE = (
    "<!-- made by nox -s reference -->\n"
    "<!-- blocks run by: tests/reference/test_reference.py -->\n\n"
)


def made() -> dict[Path, str]:
    """The text of every page that is made, by its path."""
    texts = {page.name: _page(page) for page in pages()}
    texts |= {"slots": _slots(), "constants": _constants(), "index": _index()}
    texts |= {"command": command.page(), "environment": variables.page(), "python": python.page()}
    return {FOLDER / f"{name}.md": MADE + _filled(text) for name, text in texts.items()}


def _filled(text: str) -> str:
    """With lines of at most 100 columns, but in code and tables."""
    lines, is_code = [], False
    for line in text.split("\n"):
        is_code ^= line.startswith("```")
        if len(line) <= 100 or is_code or line.startswith(("|", "    ")):
            lines.append(line)
        else:
            indent = "  " if line.startswith("- ") else ""
            lines += textwrap.wrap(
                line, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
            )
    return "\n".join(lines)


def _page(page: Page) -> str:
    parts = [f"# {page.title}\n\n{page.intro}\n"]
    parts += [f"\n{_entry(fact)}" for fact in page.facts]
    if page.name == "definitions":
        parts.append(_members())
    if page.outro:
        parts.append(f"\n{page.outro}\n")
    return "".join(parts)


def _entry(fact: Fact) -> str:
    lines = [f"## `{fact.name}`", "", "```c", _declaration(fact), "```", "", fact.does, ""]
    if isinstance(fact.entry, Function):
        lines.append(f"- **Returns**: {load()['returns'].get(fact.returns, fact.returns)}")
        if references := _references(fact, fact.entry.parameters):
            lines.append(f"- **References**: {references}")
    if fact.raises:
        reasons = [f"`{name}`: {reason}" for name, reason in fact.raises.items()]
        lines.append(f"- **Raises**: {'; '.join(reasons)}.")
    if fact.null:
        reasons = [f"`{name}`: {reason}" for name, reason in fact.null.items()]
        lines.append(f"- **NULL**: {'; '.join(reasons)}.")
    if fact.examples:
        shown = [_example(fact.name, example) for example in fact.examples]
        lines.append(f"- **For example**: {'; '.join(shown)}.")
    if twins := guide.twins().get(fact.name):
        lines.append(f"- **In the C API**: {'; '.join(twins)}.")
    if isinstance(fact.entry, Function) and fact.entry.index is not None:
        since = ", since 0.9.0" if fact.entry.index in definitions.added() else ""
        lines.append(f"- Function {fact.entry.index} of the context{since}.")
    return "\n".join([*lines, *_use(fact), ""])


def _use(fact: Fact) -> list[str]:
    statements = "\n".join(filter(None, (fact.before, fact.use)))
    if fact.where == "function":  # one a line, but not within for (...; ...; ...)
        statements = re.sub(r"; (?![^(]*\))", ";\n", statements)
    return ["", "```c", statements, "```"]


def _declaration(fact: Fact) -> str:
    text = fact.entry.declaration
    if not isinstance(fact.entry, Function):
        return text
    if len(text) < 98:
        return f"{text};"
    head, _, rest = text.partition("(")
    lines, line = [], f"{head}("
    for part in rest.rstrip(")").split(", "):
        if len(line) + len(part) > 94:
            lines.append(line.rstrip())
            line = " " * (len(head) + 1)
        line += f"{part}, "
    return "\n".join([*lines, f"{line[:-2]});"])


def _references(fact: Fact, parameters: tuple[Parameter, ...]) -> str:
    handles = [p.name for p in parameters if p.type in ("HPy", "const HPy *", "HPy *")]
    borrowed = [name for name in handles if name not in (*fact.closes, *fact.gives)]
    said = [f"closes {_names(fact.closes)}"] if fact.closes else []
    if borrowed:
        said.append(f"borrows {_names(borrowed)}")
    if fact.keeps:
        what = "those that follow" if fact.keeps == ("...",) else f"what {_names(fact.keeps)}"
        said.append(f"keeps {what}{'' if fact.keeps == ('...',) else _stands(fact.keeps)}")
    if fact.gives:
        said.append(f"gives new handles through {_names(fact.gives)}")
    return f"{'; '.join(said)}." if said else ""


def _stands(names: tuple[str, ...]) -> str:
    return " stand for" if len(names) > 1 else " stands for"


def _names(names: list[str] | tuple[str, ...]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))


def _example(name: str, example: Example) -> str:
    verb = "raises" if example.raises else "gives"
    after = f", and then `{example.after}`" if example.after else ""
    return f"`{name}({example.arguments})` {verb} `{example.result}`{after}"


def _members() -> str:
    rows = ["\n## Kinds of members\n\n| kind | in C | in Python |\n|---|---|---|\n"]
    rows += [f"| `{kind}` | `{c}` | {py} |\n" for kind, (c, py) in load()["members"].items()]
    return "".join(rows)


def _slots() -> str:
    said = load()["slots_page"]
    parts = [said["intro"], "\n| slot | number | signature | what for |\n|---|---|---|---|\n"]
    for slot in definitions.slots():
        signature = f"[`{slot.signature}`](#signatures)"
        what = load()["slots"][slot.name]
        parts.append(f"| `{slot.name}` | {slot.number} | {signature} | {what} |\n")
    parts += ["\n## Signatures\n\n", said["signatures"]]
    parts.append("\n| signature | returns | parameters |\n|---|---|---|\n")
    parts += [
        f"| `{found.name}` | `{found.type}` | `{found.parameters}` |\n"
        for found in definitions.signatures().values()
    ]
    return "".join(parts)


def _constants() -> str:
    parts = [load()["constants_page"]["intro"], "\n| member | object | index |\n|---|---|---|\n"]
    for handle in definitions.handles():
        since = ", since 0.9.0" if handle.index in definitions.added() else ""
        parts.append(f"| `{handle.name}` | `{handle.object}` | {handle.index}{since} |\n")
    return "".join(parts)


def _index() -> str:
    parts = [load()["index"]["intro"], "\n## The API\n\n"]
    parts += [f"- [{page.title}]({page.name}.md)\n" for page in pages()]
    parts += [f"\n{load()['index']['outro']}\n## All names\n\n| name | |\n|---|---|\n"]
    told = [(fact, page) for page in pages() for fact in page.facts]
    for fact, page in sorted(told, key=lambda pair: pair[0].name.lower().lstrip("_")):
        kind = type(fact.entry).__name__.lower()
        anchor = f"{page.name}.md#{fact.name.lower()}"
        parts.append(f"| [`{fact.name}`]({anchor}) | {kind} |\n")
    return "".join(parts)


def main() -> None:
    """Writes the pages."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    for path, text in made().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
