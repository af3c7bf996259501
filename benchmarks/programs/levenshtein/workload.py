"""The example levenshtein: the nearest of many words, and a pair of long texts."""

from __future__ import annotations

import random
from types import ModuleType
from typing import Any

SOURCE = "../../../examples/levenshtein.c"

Data = tuple[list[str], list[str], str, str]


def setup(module: ModuleType) -> Data:
    """Misspelt words, the words they are looked for in, and two long texts."""
    rng = random.Random(1)
    words = [_word(rng, "abcdefghij") for _ in range(500)]
    misspelt = [word[:1] + "x" + word[2:] for word in words[:20]]
    a = "".join(rng.choices("acgt", k=500))
    return misspelt, words, a, "".join(rng.choices("acgt", k=500))


def run(module: ModuleType, data: Data) -> int:
    misspelt, words, a, b = data
    nearest, ratio = module.nearest, module.ratio
    for word in misspelt:
        nearest(word, words)
        for other in words[:100]:
            ratio(word, other)
    distance: int = module.distance(a, b)
    return distance


def check(module: ModuleType) -> None:
    rng = random.Random(2)
    words = ["", "é", "\U0001f40d", *(_word(rng, "abé\u20ac\U0001f40d") for _ in range(60))]
    for a, b in zip(words, reversed(words), strict=True):
        expected = _distance(a, b)
        assert module.distance(a, b) == expected
        longest = max(len(a), len(b))
        assert module.ratio(a, b) == (1.0 - expected / longest if longest else 1.0)
    for word in words[:10]:
        best = min(words[10:], key=lambda other: _distance(word, other))
        for candidates in (words[10:], tuple(words[10:])):
            assert module.nearest(word, candidates) == (best, _distance(word, best))
    assert module.nearest("b", "abc") == ("b", 0)
    for function, args, expected_error in (
        (module.distance, ("a", b"a"), TypeError),
        (module.distance, ("a",), TypeError),
        (module.distance, ("a", "\ud800"), UnicodeEncodeError),
        (module.nearest, ("a", []), ValueError),
        (module.nearest, ("a", ["b", 1]), TypeError),
        (module.nearest, ("a", iter([])), TypeError),
        (module.nearest, (1, []), TypeError),
    ):
        try:
            function(*args)
        except Exception as error:
            assert type(error) is expected_error, (args, error)
        else:
            raise AssertionError(f"{args} was accepted")
    assert run(module, setup(module)) == _distance(*setup(module)[2:])


def _word(rng: random.Random, alphabet: str) -> str:
    return "".join(rng.choices(alphabet, k=rng.randint(1, 12)))


def _distance(a: str, b: str) -> int:
    """The whole table, from the definition."""
    table: Any = {(i, 0): i for i in range(len(a) + 1)}
    table.update({(0, j): j for j in range(len(b) + 1)})
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1, j + 1] = min(
                table[i, j + 1] + 1, table[i + 1, j] + 1, table[i, j] + (x != y)
            )
    distance: int = table[len(a), len(b)]
    return distance
