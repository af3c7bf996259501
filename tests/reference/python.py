"""The page of the Python API, made from signatures and docstrings."""

from __future__ import annotations

import importlib
import inspect
import re
from types import ModuleType

#: Modules whose public names are the API, in the order of the page.
ERRORS = "hpybc.errors"
MODULES = ("hpybc", "hpybc.debug", "hpybc.trace", ERRORS)


def page() -> str:
    """The text of the page."""
    parts = ["# The Python API\n"]
    for name in MODULES:
        module = importlib.import_module(name)
        parts.append(f"\n## `{name}`\n\n{_markdown(module.__doc__ or '')}\n")
        parts += [_entry(module, public) for public in _names(module)]
    return "".join(parts)


def _names(module: ModuleType) -> list[str]:
    """The module's own: what it has from another module of the page is told there."""
    values = {name: getattr(module, name) for name in getattr(module, "__all__", vars(module))}
    if hasattr(module, "__all__"):
        return [name for name, v in values.items() if getattr(v, "__module__", "") != ERRORS]
    return [name for name, v in values.items() if isinstance(v, type) and v.__module__ == ERRORS]


def _entry(module: ModuleType, name: str) -> str:
    value = getattr(module, name)
    if isinstance(value, str):
        return f"\n### `{module.__name__}.{name}`\n\nThe version of hpybc, as a str.\n"
    signature = "" if isinstance(value, type) else _signature(value)
    bases = [base.__name__ for base in getattr(value, "__bases__", ())]
    kind = f"A class, of {' and '.join(bases)}.\n\n" if bases not in ([], ["object"]) else ""
    code = f"```python\n{module.__name__}.{name}{signature}\n```\n\n" if signature else ""
    return f"\n### `{name}`\n\n{code}{kind}{_markdown(inspect.getdoc(value) or '')}\n"


def _signature(value: object) -> str:
    if not inspect.isfunction(value):  # but one in C
        return "(...)"
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(inspect.signature(value)))


def _markdown(docstring: str) -> str:
    """From what docstrings are written in: code in double backticks and blocks, and sections."""
    text = inspect.cleandoc(docstring)
    text = re.sub(r"``(.+?)``", r"`\1`", text)
    text = re.sub(r"::$", ":", text, flags=re.M)
    sections = re.split(r"^(Args|Raises|Attributes|Returns):\n", text, flags=re.M)
    parts = [sections[0].rstrip()]
    for title, body in zip(sections[1::2], sections[2::2], strict=True):
        items = re.split(r"^    (?=\S)", body, flags=re.M)[1:]
        parts.append(f"\n\n{title}:\n")
        for item in items:
            name, _, meaning = " ".join(item.split()).partition(": ")
            parts.append(f"\n- `{name}`: {meaning}" if meaning else f"\n- {name}")
    return "".join(parts).rstrip()
