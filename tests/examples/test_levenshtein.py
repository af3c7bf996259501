"""The example `levenshtein`, compared with the textbook's table in Python."""

from __future__ import annotations

import os
import pathlib
import random
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import overload

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.support import assert_stable, resident_bytes, source_files

STANDARD_LIBRARY = pathlib.Path(os.__file__).parent
# One to four bytes of UTF-8, and few of each, so that texts have something in common.
SIMILAR_TEXT = st.text(alphabet="ab\u00e9\u00df\u20ac\u4e2d\U0001f40d\x00", max_size=20)
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


@pytest.fixture
def levenshtein(load_example: Callable[[str], ModuleType]) -> ModuleType:
    return load_example("levenshtein")


def reference(a: str, b: str) -> int:
    previous = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        current = [i]
        for j, right in enumerate(b, 1):
            replace = previous[j - 1] + (left != right)
            current.append(min(replace, previous[j] + 1, current[j - 1] + 1))
        previous = current
    return previous[-1]


def ratio_reference(a: str, b: str) -> float:
    return 1.0 - reference(a, b) / max(len(a), len(b)) if a or b else 1.0


def identifiers() -> list[str]:
    """The long names of a few source files."""
    return sorted({name for text in source_files(20) for name in re.findall(r"\w{8,}", text)})


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("", "", 0),
        ("", "abc", 3),
        ("kitten", "sitting", 3),
        ("flaw", "lawn", 2),
        ("abc", "abc", 0),
        ("Stra\u00dfe", "Strasse", 2),
        ("\U0001f40d", "\U0001f40e", 1),
        ("\u00e9", "e\u0301", 2),
        ("a\x00b", "a\x00c", 1),
    ],
)
def test_known_distances(levenshtein: ModuleType, a: str, b: str, expected: int) -> None:
    assert levenshtein.distance(a, b) == expected
    assert levenshtein.distance(b, a) == expected


@given(a=st.one_of(SIMILAR_TEXT, ANY_TEXT), b=st.one_of(SIMILAR_TEXT, ANY_TEXT))
def test_distance_and_ratio(levenshtein: ModuleType, a: str, b: str) -> None:
    assert levenshtein.distance(a, b) == levenshtein.distance(b, a) == reference(a, b)
    assert levenshtein.ratio(a, b) == levenshtein.ratio(b, a) == ratio_reference(a, b)


@given(a=SIMILAR_TEXT, b=SIMILAR_TEXT, c=SIMILAR_TEXT)
def test_distance_is_a_metric(levenshtein: ModuleType, a: str, b: str, c: str) -> None:
    distance = levenshtein.distance
    assert (distance(a, b) == 0) is (a == b)
    assert abs(len(a) - len(b)) <= distance(a, b) <= max(len(a), len(b))
    assert distance(a, c) <= distance(a, b) + distance(b, c)


def test_every_length_of_utf8(levenshtein: ModuleType) -> None:
    """Code points at the borders of the encoding are told apart from their neighbours."""
    borders = [0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFE, 0x10FFFF]
    for a in borders:
        for b in borders:
            assert levenshtein.distance(f"x{a:c}y", f"x{b:c}y") == (a != b)


def test_real_lines(levenshtein: ModuleType) -> None:
    lines = [line for text in source_files(20) for line in text.splitlines() if len(line) < 80]
    chooser = random.Random(0)
    for _ in range(150):
        a, b = chooser.choice(lines), chooser.choice(lines)
        assert levenshtein.distance(a, b) == reference(a, b)
        assert levenshtein.ratio(a, b) == ratio_reference(a, b)


def test_long_texts(levenshtein: ModuleType) -> None:
    text = "".join(source_files(20))[:6000]
    assert levenshtein.distance(text, text) == 0
    assert levenshtein.distance(text, text[100:]) == 100
    assert levenshtein.distance(text.replace("e", ""), text) == text.count("e")
    assert levenshtein.distance(text, "\u20ac" * len(text)) == len(text)


def test_nearest_among_real_names(levenshtein: ModuleType) -> None:
    names = identifiers()[:400]
    for word in ("Exception", "get_attribute", "readlines", "\u00fcberschrift"):
        expected = min(names, key=lambda name: reference(word, name))
        assert levenshtein.nearest(word, names) == (expected, reference(word, expected))


class Squares(Sequence[str]):
    """A sequence which makes its items on demand."""

    def __len__(self) -> int:
        return 5

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        assert isinstance(index, int)
        return str(index * index)


@given(word=SIMILAR_TEXT, candidates=st.lists(SIMILAR_TEXT, min_size=1, max_size=8))
def test_nearest(levenshtein: ModuleType, word: str, candidates: list[str]) -> None:
    expected = min(candidates, key=lambda candidate: reference(word, candidate))
    best, distance = levenshtein.nearest(word, candidates)
    assert (best, distance) == (expected, reference(word, expected))
    assert best is candidates[candidates.index(expected)]
    assert levenshtein.nearest(word, tuple(candidates)) == (best, distance)


def test_nearest_takes_any_sequence_and_the_first_of_equals(levenshtein: ModuleType) -> None:
    assert levenshtein.nearest("ab", ["xb", "ax", "ab"]) == ("ab", 0)
    assert levenshtein.nearest("ab", ["xyz", "xb", "ax"]) == ("xb", 1)
    assert levenshtein.nearest("19", Squares()) == ("1", 1)
    assert levenshtein.nearest("36", Squares()) == ("16", 1)
    assert levenshtein.nearest("c", "abcd") == ("c", 0)
    assert levenshtein.nearest("b", {0: "a", 1: "b"}) == ("b", 0)


@pytest.mark.parametrize("name", ["distance", "ratio"])
def test_arguments_must_be_str(levenshtein: ModuleType, name: str) -> None:
    function = getattr(levenshtein, name)
    for a, b in (("a", b"a"), (1, "a"), (None, None)):
        with pytest.raises(TypeError, match=r"^both arguments must be str$"):
            function(a, b)
    for arguments in ((), ("a",), ("a", "b", "c")):
        with pytest.raises(TypeError):
            function(*arguments)
    with pytest.raises(TypeError):
        function(a="a", b="b")
    for a, b in (("a", "\ud800"), ("\udfff", "b")):
        with pytest.raises(UnicodeEncodeError):
            function(a, b)


def test_nearest_errors(levenshtein: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"^nearest\(\) needs at least one candidate$"):
        levenshtein.nearest("a", [])
    with pytest.raises(TypeError, match=r"^candidate 2 is not a str$"):
        levenshtein.nearest("a", ["b", "c", 3])
    with pytest.raises(TypeError, match=r"^candidate 0 is not a str$"):
        levenshtein.nearest("a", b"abc")
    with pytest.raises(TypeError, match=r"^word must be a str$"):
        levenshtein.nearest(b"a", ["a"])
    for candidates in ({"a"}, iter(["a"]), None, 1):
        with pytest.raises(TypeError):
            levenshtein.nearest("a", candidates)
    with pytest.raises(KeyError):
        levenshtein.nearest("a", {1: "a"})
    with pytest.raises(UnicodeEncodeError):
        levenshtein.nearest("a", ["a", "\ud800"])


#: In a process of its own: malloc in this one may have any amount of memory in store, which no
#: limit takes away, and a call that succeeds takes days.
OUT_OF_MEMORY = """
import mmap, resource, hpybc
levenshtein = hpybc.load({path!r})
text = "x" * 16_000_000
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * mmap.PAGESIZE
before = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (used + 2 * len(text), before[1]))
raised = []
for call in (lambda: levenshtein.distance(text, text), lambda: levenshtein.nearest(text, [text])):
    try:
        call()
    except MemoryError:
        raised.append(True)
resource.setrlimit(resource.RLIMIT_AS, before)
print(raised, levenshtein.distance("a", "b"))
"""


def test_out_of_memory(levenshtein: ModuleType) -> None:
    script = OUT_OF_MEMORY.format(path=levenshtein.__file__)
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("[True, True] 1\n", "")


def test_nothing_is_kept(levenshtein: ModuleType) -> None:
    a, b, surrogate = "levenshtein" * 2, "caf\u00e9 \u20ac \U0001f40d", "\ud800"
    candidates, wrong = [a, b, "x" * 9], [b, a, 2**40]

    def work() -> None:
        levenshtein.distance(a, b)
        levenshtein.ratio(a, b)
        levenshtein.nearest(b, candidates)

    def fail() -> None:
        for call, arguments in (
            (levenshtein.distance, (a, wrong)),
            (levenshtein.distance, (a, surrogate)),
            (levenshtein.ratio, (surrogate, a)),
            (levenshtein.nearest, (a, wrong)),
            (levenshtein.nearest, (a, [])),
            (levenshtein.nearest, (a, None)),
        ):
            try:
                call(*arguments)
            except (TypeError, ValueError):
                continue
            pytest.fail(f"{call} accepted {arguments}")

    assert_stable(work, a, b, candidates, *candidates)
    assert_stable(fail, a, b, surrogate, candidates, wrong, *wrong)


def test_memory_of_the_c_library_is_given_back(levenshtein: ModuleType) -> None:
    text = "x" * 1000
    before = resident_bytes()
    for _ in range(500):
        levenshtein.distance(text, text)
        levenshtein.ratio(text, text)
    # Each of them needs one array of eight thousand bytes, and one of four thousand.
    assert resident_bytes() - before < 2_500_000
