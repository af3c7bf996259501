"""The example wordcount: the words of a text of natural frequencies."""

from __future__ import annotations

import random
import re
from collections import Counter
from types import ModuleType

SOURCE = "../../../examples/wordcount.c"

_WORD = re.compile(r"[A-Za-z0-9_]+(?:'[A-Za-z0-9_]+)*")


def setup(module: ModuleType) -> str:
    """A text of 20,000 words. The n-th of 2,000 is about n times as rare as the first."""
    rng = random.Random(1)
    words = ["".join(rng.choices("etaoinshrdlu", k=rng.randint(1, 10))) for _ in range(2000)]
    weights = [1 / n for n in range(1, len(words) + 1)]
    chosen = rng.choices(words, weights, k=20_000)
    return " ".join(word.capitalize() + "," if rng.random() < 0.1 else word for word in chosen)


def run(module: ModuleType, data: str) -> list[tuple[str, int]]:
    module.count(data)
    top: list[tuple[str, int]] = module.top(data, n=100)
    return top


def check(module: ModuleType) -> None:
    data = setup(module)
    for text in (data, "", "a", "Don't 'quote' it's", "naïve\u2019s x_1\x00B \U0001f40da", "'"):
        expected = Counter(word.lower() for word in _WORD.findall(text))
        counts = module.count(text)
        assert list(counts.items()) == list(expected.items())
        ranked = sorted(expected.items(), key=lambda item: (-item[1], item[0]))
        assert module.top(text) == ranked[:10]
        assert module.top(n=3, text=text) == ranked[:3]
    assert run(module, data) == ranked_all(data)[:100]
    for args, error in ((("a", -1), ValueError), ((b"a",), TypeError), (("a", "1"), TypeError)):
        try:
            module.top(*args)
        except Exception as raised:
            assert type(raised) is error, (args, raised)
        else:
            raise AssertionError(f"{args} was accepted")


def ranked_all(text: str) -> list[tuple[str, int]]:
    counts = Counter(word.lower() for word in _WORD.findall(text))
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
