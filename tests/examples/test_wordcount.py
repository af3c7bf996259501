"""The example `wordcount`, compared with a regular expression and a Counter."""

from __future__ import annotations

import os
import pathlib
import re
import sys
from collections import Counter
from collections.abc import Callable
from pydoc_data.topics import topics
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.support import assert_stable, resident_bytes

STANDARD_LIBRARY = pathlib.Path(os.__file__).parent
WORD = re.compile(r"[A-Za-z0-9_]+(?:'[A-Za-z0-9_]+)*")
# Letters of each kind next to each other: borders of words are where mistakes are.
DENSE_TEXT = st.text(alphabet="aBz_09''-\n éß\u2019\U0001f40d\x00")
# Neither of them may be taken for the ASCII letter it would be under str.lower().
KELVIN_AND_DOTTED_I = "\u212a \u0130"


@pytest.fixture
def wordcount(load_example: Callable[[str], ModuleType]) -> ModuleType:
    return load_example("wordcount")


def reference(text: str) -> dict[str, int]:
    return dict(Counter(word.lower() for word in WORD.findall(text)))


def top_reference(text: str, n: int) -> list[tuple[str, int]]:
    return sorted(reference(text).items(), key=lambda item: (-item[1], item[0]))[:n]


def real_texts() -> list[str]:
    """Source text, Python's manual in plain text, and its licence where it is installed."""
    texts = [
        path.read_text(encoding="utf-8") for path in sorted(STANDARD_LIBRARY.glob("*.py"))[:40]
    ]
    texts += [topics[name] for name in sorted(topics)]
    texts += [path.read_text(encoding="utf-8") for path in STANDARD_LIBRARY.glob("LICENSE*.txt")]
    return texts


def test_real_texts(wordcount: ModuleType) -> None:
    for text in real_texts():
        counts = wordcount.count(text)
        assert counts == reference(text)
        # The dict is in the order of the first occurrences.
        assert list(counts) == list(reference(text))
        assert wordcount.top(text) == top_reference(text, 10)


def test_everything_at_once(wordcount: ModuleType) -> None:
    text = "\n".join(real_texts())
    everything = top_reference(text, sys.maxsize)
    assert wordcount.count(text) == dict(everything)
    assert wordcount.top(text, sys.maxsize) == everything
    assert len(everything) > 5000


@given(text=st.one_of(st.text(), DENSE_TEXT))
def test_count(wordcount: ModuleType, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        with pytest.raises(UnicodeEncodeError):
            wordcount.count(text)
    else:
        counts = wordcount.count(text)
        assert list(counts.items()) == list(reference(text).items())


@given(text=DENSE_TEXT, n=st.integers(0, 8))
def test_top(wordcount: ModuleType, text: str, n: int) -> None:
    expected = top_reference(text, n)
    assert wordcount.top(text, n) == expected
    assert wordcount.top(text, n=n) == expected
    assert wordcount.top(n=n, text=text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("'", {}),
        ("Don't DON'T don't", {"don't": 3}),
        ("'quoted' rock'n'roll dogs'", {"quoted": 1, "rock'n'roll": 1, "dogs": 1}),
        ("a''b", {"a": 1, "b": 1}),
        ("na\u00efve", {"na": 1, "ve": 1}),
        (KELVIN_AND_DOTTED_I, {}),
        ("snake_case_1 2nd", {"snake_case_1": 1, "2nd": 1}),
        ("a\x00b", {"a": 1, "b": 1}),
        ("x" * 10_000, {"x" * 10_000: 1}),
    ],
)
def test_what_a_word_is(wordcount: ModuleType, text: str, expected: dict[str, int]) -> None:
    assert wordcount.count(text) == expected
    assert reference(text) == expected


def test_results_are_new_and_of_plain_types(wordcount: ModuleType) -> None:
    assert type(wordcount.count("a")) is dict
    assert wordcount.count("a") is not wordcount.count("a")
    assert [type(pair) for pair in wordcount.top("b a")] == [tuple, tuple]
    assert wordcount.top("b a A c", 2) == [("a", 2), ("b", 1)]


@pytest.mark.parametrize("wrong", [None, b"bytes", 1, ["a"]])
def test_only_str_is_text(wordcount: ModuleType, wrong: object) -> None:
    with pytest.raises(TypeError, match=r"^text must be a str$"):
        wordcount.count(wrong)
    with pytest.raises(TypeError, match=r"^text must be a str$"):
        wordcount.top(wrong)


def test_a_lone_surrogate_has_no_utf8(wordcount: ModuleType) -> None:
    with pytest.raises(UnicodeEncodeError):
        wordcount.count("a \ud800 b")
    with pytest.raises(UnicodeEncodeError):
        wordcount.top("a \ud800 b")


def test_top_refuses_wrong_limits(wordcount: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"^n must not be negative$"):
        wordcount.top("a", -1)
    with pytest.raises(TypeError):
        wordcount.top("a", "1")
    with pytest.raises(TypeError):
        wordcount.top("a", 1.0)
    with pytest.raises(OverflowError):
        wordcount.top("a", sys.maxsize + 1)
    with pytest.raises(TypeError):
        wordcount.top()
    with pytest.raises(TypeError):
        wordcount.count()


def test_nothing_is_kept(wordcount: ModuleType) -> None:
    # Counts beyond the small integers, which Python makes only once.
    text, surrogate, n = "the cat and the dog and caf\u00e9 " * 150, "a \ud800", 2**40

    def work() -> None:
        wordcount.count(text)
        wordcount.top(text)
        wordcount.top(text, n=n)

    def fail() -> None:
        for call, arguments in (
            (wordcount.count, (n,)),
            (wordcount.count, (surrogate,)),
            (wordcount.top, (text, -n)),
            (wordcount.top, (text, text)),
            (wordcount.top, (surrogate, n)),
        ):
            try:
                call(*arguments)
            except (TypeError, ValueError):
                continue
            pytest.fail(f"{call} accepted {arguments}")

    assert_stable(work, text, n)
    assert_stable(fail, text, surrogate, n)


def test_memory_of_the_c_library_is_given_back(wordcount: ModuleType) -> None:
    text = "word " * 100_000 + "\u00e9"
    surrogate = text + "\ud800"

    def work() -> None:
        wordcount.count(text)
        with pytest.raises(UnicodeEncodeError):
            wordcount.count(surrogate)

    work()
    before = resident_bytes()
    for _ in range(100):
        work()
    # Each call needs half a million bytes.
    assert resident_bytes() - before < 20_000_000
