"""The page of the command, made from its parser."""

from __future__ import annotations

import argparse

from hpybc import cli

_HEAD = """# The command

`hpybc COMMAND`, or `python -m hpybc COMMAND`. `hpybc COMMAND --help` prints what stands here.

## Exit status

| status | when |
|---|---|
| 0 | all went well |
| 1 | anything fails that is not below; the message on stderr says what was found and needed |
| 2 | the command line or an environment variable cannot be meant |
| 130 | the user has interrupted it |
"""


def page() -> str:
    """The text of the page."""
    return _HEAD + "".join(_sections(cli._parser(), "hpybc", 2))


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
