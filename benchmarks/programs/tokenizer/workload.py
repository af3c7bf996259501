"""A tokenizer: the source of a module of 400 short functions."""

from __future__ import annotations

import random
import re
from types import ModuleType

Tokens = list[tuple[str, str, int, int]]

_KEYWORDS = [
    *("and", "def", "elif", "else", "for", "if", "in", "not", "or", "pass", "return", "while"),
    *("True", "False", "None"),
]
_TOKEN = re.compile(
    r"""[ \t]*(?:(?P<name>[A-Za-z_][A-Za-z_0-9]*)
    |(?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)
    |(?P<string>"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*')
    |(?P<operator>\*\*=?|//=?|<<=?|>>=?|->|[-+*/%&|^<>=!]=|[-+*/%&|^<>=()\[\]{},:.;@~])
    |(?P<comment>\#[^\n]*)
    |(?P<newline>\n))""",
    re.VERBOSE,
)


def setup(module: ModuleType) -> str:
    """3,600 lines, 30,800 tokens."""
    rng = random.Random(1)
    names = ["".join(rng.choices("abcdefgh_", k=rng.randint(1, 9))) for _ in range(150)]
    functions = []
    for number in range(400):
        a, b, c = rng.choices(names, k=3)
        functions.append(
            f"def function_{number}({a}, {b}=None):\n"
            f"    # adds up what is left of {c}\n"
            f"    for {c} in range({rng.randint(0, 999)}):\n"
            f"        if {a}.{b}[{c}] >= {rng.uniform(0, 9):.3f} and not {b} ** 2:\n"
            f'            {a}["{rng.choice(names)}"] += {c} * ({b} - 1) // 3\n'
            f"        elif {a} == 'caf\u00e9':\n"
            f"            {rng.choice(names)}({a}, {b}, {c})\n"
            f"    return {a} if {b} else -{c}\n\n"
        )
    return "".join(functions)


def run(module: ModuleType, data: str) -> Tokens:
    tokens: Tokens = module.tokenize(data)
    return tokens


def check(module: ModuleType) -> None:
    assert run(module, setup(module)) == _expected(setup(module))
    rng = random.Random(2)
    pieces = [
        "a",
        "if",
        "x1",
        "1",
        ".",
        "5e",
        "e+3",
        '"',
        "'",
        "\\",
        "#",
        "\n",
        " ",
        "\t",
        "é",
        "\x00",
    ]
    pieces += ["=", "**", "/", "//", "<<=", "!", "!=", "->", "(", "]", "\U0001f40d", "z" * 40, "$"]
    outcomes = []
    for _ in range(4000):
        text = "".join(rng.choices(pieces, k=rng.randint(0, 9)))
        assert _outcome(module, text) == _expected(text), repr(text)
        outcomes.append(_outcome(module, text))
    assert {type(outcome) for outcome in outcomes} == {list, str}
    assert _outcome(module, 'é"') == "line 1, column 0: unexpected character"
    assert _outcome(module, "a\n'é' \"b") == "line 2, column 4: unterminated string"
    try:
        module.tokenize(b"a")
    except TypeError:
        return
    raise AssertionError("took bytes")


def _outcome(module: ModuleType, text: str) -> Tokens | str:
    try:
        tokens: Tokens = module.tokenize(text)
    except ValueError as error:
        return str(error)
    return tokens


def _expected(text: str) -> Tokens | str:
    tokens: Tokens = []
    position, line, line_start = 0, 1, 0
    while rest := text[position:].lstrip(" \t"):
        start = len(text) - len(rest)
        match = _TOKEN.match(text, position)
        if match is None:
            problem = "unterminated string" if rest[0] in "\"'" else "unexpected character"
            return f"line {line}, column {start - line_start}: {problem}"
        kind = match.lastgroup
        assert kind is not None
        tokens.append((kind, match[kind], line, start - line_start))
        if match[kind] in _KEYWORDS:
            tokens[-1] = ("keyword", *tokens[-1][1:])
        position = match.end()
        if kind == "newline":
            line, line_start = line + 1, position
    return tokens
