"""The page of the command, made from its parser."""

from __future__ import annotations

import argparse

from hpybc.cli import parser as command_line
from hpybc.cli.status import STATUSES

_HEAD = """# The command

`hpybc COMMAND`, or `python -m hpybc COMMAND`. `hpybc COMMAND --help` prints what stands here.
`hpybc --version` prints the versions of hpybc, the interpreter, LLVM and clang.

bash, zsh and tcsh can complete command lines. With the extra `completion`, `hpybc
--print-completion` prints a script for the shell, which goes where the shell looks for such:

<!-- not run: it installs from the package index, into the user's home -->
```sh
pip install 'hpybc[completion]'
hpybc --print-completion bash > ~/.local/share/bash-completion/completions/hpybc
```

## Exit status

| status | when |
|---|---|
"""


def page() -> str:
    """The text of the page."""
    statuses = [f"| {status} | {when} |\n" for status, when in STATUSES.items()]
    return "".join([_HEAD, *statuses, *_sections(command_line.of_hpybc(), "hpybc", 2)])


def _sections(parser: argparse.ArgumentParser, name: str, level: int) -> list[str]:
    """The options of a parser, and a section for each of its commands."""
    options: list[argparse.Action] = []
    parts: list[str] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help for choice in action._choices_actions}
            for command, child in action.choices.items():
                text = child.description or helps.get(command) or ""
                parts.append(f"\n{'#' * level} `{name} {command}`\n\n{_sentence(text)}\n")
                parts += _sections(child, f"{name} {command}", level + 1)
        elif action.dest != "help" and action.help != argparse.SUPPRESS:
            options.append(action)
    if isinstance(parser, command_line.Parser):
        block = ["<!-- run by: tests/test_cli.py -->", "```sh", *parser.examples, "```"]
        parts.insert(0, "\n".join(["", *block, ""]))
    if not options:
        return parts
    rows = [f"| {_spelling(option)} | {option.help or ''} |\n" for option in options]
    return ["\n| option | |\n|---|---|\n", *rows, *parts]


def _spelling(action: argparse.Action) -> str:
    """``-o FILE``, ``FILE...``: as one writes it."""
    value = action.metavar or " or ".join(map(str, action.choices or ())) or action.dest.upper()
    if not action.option_strings:
        return f"`{value}{'...' if action.nargs in ('+', '*') else ''}`"
    spellings = ", ".join(f"`{text}`" for text in action.option_strings)
    needed = ", needed" if action.required else ""
    return f"{spellings}{'' if action.nargs == 0 else f' `{value}`'}{needed}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
