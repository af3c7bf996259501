"""The example `csvparse`, compared with Python's csv module and with regular expressions."""

from __future__ import annotations

import csv
import io
import os
import pathlib
import re
import sys
from collections.abc import Callable
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.support import assert_stable, resident_bytes, source_files

Value = int | float | str

STANDARD_LIBRARY = pathlib.Path(os.__file__).parent
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
QUOTED = re.compile(r'"((?:[^"]|"")*)"(?!")')
LINE_BREAK = re.compile(r"\r?\n")

# What quotes, delimiters, line breaks and numbers are made of.
DENSE_TEXT = st.text(alphabet='",;\n\r10-.e a\u00e9')
ANY_TEXT = st.text(st.characters(codec="utf-8"))
DIGITS = st.one_of(st.just(""), st.integers(0, 10**25).map(str))
NUMBER_LIKE = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "", "-", "+"]),
        DIGITS,
        st.sampled_from(["", "", ".", ".0", ".25", ".x"]),
        st.sampled_from(["", "", "e", "E5", "e-3", "e+12", "e400"]),
    ),
)


@pytest.fixture
def csvparse(load_example: Callable[[str], ModuleType]) -> ModuleType:
    return load_example("csvparse")


def convert(field: str) -> Value:
    """An unquoted field as the module should give it."""
    number = NUMBER.fullmatch(field)
    if number is None:
        return field
    return int(field) if number[1] is None and number[2] is None else float(field)


def unconverted(field: str) -> Value:
    return field


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def reference(
    text: str, delimiter: str = ",", convert: Callable[[str], Value] = convert
) -> list[tuple[Value, ...]]:
    bare = re.compile(rf"(?:(?!{re.escape(delimiter)}|\r?\n).)*", re.DOTALL)
    rows: list[tuple[Value, ...]] = []
    position = 0
    while position < len(text):
        row: list[Value] = []
        more = LINE_BREAK.match(text, position) is None
        while more:
            if text.startswith('"', position):
                match = QUOTED.match(text, position)
                if match is None:
                    raise ValueError(f"line {line_of(text, position)}: unterminated quote")
                row.append(match[1].replace('""', '"'))
                position = match.end()
                follows = text.startswith(delimiter, position) or position == len(text)
                if not follows and LINE_BREAK.match(text, position) is None:
                    line = line_of(text, position)
                    raise ValueError(f"line {line}: text after a closing quote")
            else:
                match = bare.match(text, position)
                assert match is not None
                row.append(convert(match[0]))
                position = match.end()
            more = text.startswith(delimiter, position)
            position += more
        rows.append(tuple(row))
        line_break = LINE_BREAK.match(text, position)
        if line_break is not None:
            position = line_break.end()
    return rows


def outcome(parse: Callable[..., object], *args: object, **kwargs: object) -> str:
    """What was returned, or the error, as text: 1 == 1.0, but their texts differ."""
    try:
        return repr(parse(*args, **kwargs))
    except (ValueError, csv.Error) as error:
        return repr(error)


def rows_of_csv_module(text: str, delimiter: str = ",") -> list[tuple[str, ...]]:
    lines = io.StringIO(text, newline="")
    return [tuple(row) for row in csv.reader(lines, delimiter=delimiter, strict=True)]


def test_source_files_taken_for_csv(csvparse: ModuleType) -> None:
    """Real text with quotes in all the wrong places: results and errors are as expected."""
    errors = 0
    for text in source_files(30):
        for delimiter in (",", " ", "="):
            expected = outcome(reference, text, delimiter)
            assert outcome(csvparse.parse, text.encode(), delimiter=delimiter) == expected
            errors += expected.startswith("ValueError")
            # The csv module agrees on the fields, and on what is no CSV.
            strings = outcome(reference, text, delimiter, unconverted)
            theirs = outcome(rows_of_csv_module, text, delimiter)
            assert strings == theirs or (expected[:10], theirs[:6]) == ("ValueError", "Error(")
    assert 0 < errors < 90


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_source_files_made_into_csv(csvparse: ModuleType, delimiter: str, line_break: str) -> None:
    for text in source_files(30)[:10]:
        rows = [tuple(line.split(" ")) for line in text.splitlines()]
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter, lineterminator=line_break).writerows(rows)
        parsed = csvparse.parse(out.getvalue().encode(), delimiter=delimiter)
        # The writer quotes what contains a special character, and such text is no number.
        assert repr(parsed) == repr([tuple(convert(field) for field in row) for row in rows])


@given(text=DENSE_TEXT, delimiter=st.sampled_from(",;1.e "))
def test_any_text(csvparse: ModuleType, text: str, delimiter: str) -> None:
    expected = outcome(reference, text, delimiter)
    assert outcome(csvparse.parse, text.encode(), delimiter=delimiter) == expected


@given(text=DENSE_TEXT.map(lambda text: text.replace("\r", "")))
def test_the_reference_agrees_with_the_csv_module(text: str) -> None:
    ours = outcome(reference, text, ",", unconverted)
    theirs = outcome(rows_of_csv_module, text)
    assert ours == theirs or (ours[:10], theirs[:6]) == ("ValueError", "Error(")


@given(
    rows=st.lists(st.lists(st.one_of(ANY_TEXT, NUMBER_LIKE), max_size=4), max_size=4),
    line_break=st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_quoted_stays_text(
    csvparse: ModuleType, rows: list[list[str]], line_break: str
) -> None:
    # By hand: the writer of the csv module refuses NUL before 3.11.
    lines = (",".join('"' + field.replace('"', '""') + '"' for field in row) for row in rows)
    text = "".join(line + line_break for line in lines)
    assert csvparse.parse(text.encode()) == [tuple(row) for row in rows]


@given(fields=st.lists(NUMBER_LIKE, min_size=1, max_size=10))
def test_numbers(csvparse: ModuleType, fields: list[str]) -> None:
    expected = [tuple(convert(field) for field in fields)] if fields != [""] else []
    assert repr(csvparse.parse(",".join(fields).encode())) == repr(expected)


@given(number=st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_survive(csvparse: ModuleType, number: float) -> None:
    assert repr(csvparse.parse(repr(number).encode())) == repr([(number,)])


# Codes, telephone numbers, names and unfinished numbers are no numbers.
NEARLY_NUMBERS = """
    007 -01 +1 1_000 1,5 1. .5 -.5 - + --1 1- 1e 1e+ 1e5.0 e5 01.5 0x10 1.2.3 1\x00
    nan inf -inf Infinity True None \u0661 \uff11 \u00b2
"""


@pytest.mark.parametrize("field", NEARLY_NUMBERS.split())
def test_what_only_looks_like_a_number(csvparse: ModuleType, field: str) -> None:
    assert csvparse.parse(field.encode(), delimiter=";") == [(field,)]


@pytest.mark.parametrize("field", [" 1", "1 ", "\t1.5", "1\r", "1\u00a0"])
def test_space_belongs_to_the_field(csvparse: ModuleType, field: str) -> None:
    assert csvparse.parse(field.encode()) == [(field,)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("-0", 0),
        ("-0.0", -0.0),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", 2**63),
        ("-9223372036854775809", -(2**63) - 1),
        ("1" + "0" * 100, 10**100),
        ("0.1", 0.1),
        ("0e0", 0.0),
        ("1E5", 1e5),
        ("-2.5e-3", -0.0025),
        ("1e999", float("inf")),
    ],
)
def test_known_numbers(csvparse: ModuleType, text: str, number: float) -> None:
    assert repr(csvparse.parse(text.encode())) == repr([(number,)])
    assert csvparse.parse(f'"{text}"'.encode()) == [(text,)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n", [()]),
        (b"\r\n\n", [(), ()]),
        (b",", [("", "")]),
        (b'""', [("",)]),
        (b'a,"b""c""",d\r\n', [("a", 'b"c"', "d")]),
        (b'"two\r\nlines",1\n2', [("two\r\nlines", 1), (2,)]),
        (b'a"b,c""d', [('a"b', 'c""d')]),
        (b' "a"', [(' "a"',)]),
        (b"a\rb\r\nc\r", [("a\rb",), ("c\r",)]),
        (b"1,2\n3\n\n4,5,6", [(1, 2), (3,), (), (4, 5, 6)]),
        (b'a\x00b,"c\x00"', [("a\x00b", "c\x00")]),
        ('\u00e9\x00,\u20ac,"\U0001f40d"""'.encode(), [("\u00e9\x00", "\u20ac", '\U0001f40d"')]),
        (b",".join([b"7"] * 1000), [(7,) * 1000]),
    ],
)
def test_known_data(csvparse: ModuleType, data: bytes, expected: list[tuple[Value, ...]]) -> None:
    assert csvparse.parse(data) == expected
    assert all(type(row) is tuple for row in csvparse.parse(data))


def assert_error(parse: Callable[..., object], data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        parse(data)
    # Not the UnicodeDecodeError by which the module noticed.
    assert type(caught.value) is ValueError
    assert str(caught.value) == message
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'"', "line 1: unterminated quote"),
        (b'a\nb,"c\nd\ne', "line 2: unterminated quote"),
        (b'"a""', "line 1: unterminated quote"),
        (b'"a\r\nb"\r\n"c\r\n', "line 3: unterminated quote"),
        (b'"a"b', "line 1: text after a closing quote"),
        (b'1\n"a\nb" ,2', "line 3: text after a closing quote"),
        (b'"a"\r', "line 1: text after a closing quote"),
        (b"\xff", "line 1: invalid UTF-8"),
        (b"a\r\nb\n1,\xc3,2\n", "line 3: invalid UTF-8"),
        (b'a\n"\xe2\x82\n",b', "line 2: invalid UTF-8"),
        (b'a\n"""\xed\xa0\x80"', "line 2: invalid UTF-8"),
        # A field is read before the next one: the first mistake is the one which is reported.
        (b'a\xff\n"', "line 1: invalid UTF-8"),
    ],
)
def test_errors_name_the_line(csvparse: ModuleType, data: bytes, message: str) -> None:
    assert_error(csvparse.parse, data, message)


def test_more_digits_than_python_converts(csvparse: ModuleType) -> None:
    limit = sys.get_int_max_str_digits()
    assert csvparse.parse(b"1" * limit) == [(int("1" * limit),)]
    assert_error(csvparse.parse, b"a\nb," + b"1" * (limit + 1), "line 2: too many digits")


@pytest.mark.parametrize("data", ["a,b", bytearray(b"a"), memoryview(b"a"), None, 1])
def test_data_must_be_bytes(csvparse: ModuleType, data: object) -> None:
    with pytest.raises(TypeError, match=r"^data must be bytes$"):
        csvparse.parse(data)


WRONG_DELIMITER = r"^delimiter must be an ASCII character, but no NUL, quote or line break$"


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "\r", "\x00", "\u00e9", "\u20ac"])
def test_delimiter_must_be_a_character(csvparse: ModuleType, delimiter: str) -> None:
    with pytest.raises(ValueError, match=WRONG_DELIMITER):
        csvparse.parse(b"a", delimiter=delimiter)


@pytest.mark.parametrize("delimiter", [None, b",", 44])
def test_delimiter_must_be_a_str(csvparse: ModuleType, delimiter: object) -> None:
    with pytest.raises(TypeError, match=WRONG_DELIMITER):
        csvparse.parse(b"a", delimiter=delimiter)


def test_signature(csvparse: ModuleType) -> None:
    assert csvparse.parse(data=b"1;2", delimiter=";") == [(1, 2)]
    with pytest.raises(TypeError):
        csvparse.parse()
    with pytest.raises(TypeError):
        csvparse.parse(b"a", ",")
    with pytest.raises(UnicodeEncodeError):
        csvparse.parse(b"a", delimiter="\ud800")


def test_nothing_is_kept(csvparse: ModuleType) -> None:
    data = 'a,1,2.5,"b"\n"c""d",12345678901234567890,\u00e9,\n\n'.encode() * 3
    delimiter, number = ";", 2**40
    wrong = [data + tail for tail in (b'1,2,"', b"3,\xff", b'"a"b', b'4,"""\xff"')]

    def work() -> None:
        csvparse.parse(data)
        csvparse.parse(data.replace(b",", b";"), delimiter=delimiter)

    def fail() -> None:
        for arguments in (*wrong, number):
            try:
                csvparse.parse(arguments)
            except (TypeError, ValueError):
                continue
            pytest.fail("an error went unnoticed")
        for keyword in (number, "ab", "\u00e9"):
            try:
                csvparse.parse(data, delimiter=keyword)
            except (TypeError, ValueError):
                continue
            pytest.fail("an error went unnoticed")

    assert_stable(work, data, delimiter)
    assert_stable(fail, data, number, *wrong)


def test_memory_of_the_c_library_is_given_back(csvparse: ModuleType) -> None:
    data = b'"' + b'""x' * 170_000 + b'"'
    wrong = data[:-1] + b'\xff"'

    def work() -> None:
        csvparse.parse(data)
        with pytest.raises(ValueError, match="invalid UTF-8"):
            csvparse.parse(wrong)

    work()
    before = resident_bytes()
    for _ in range(100):
        work()
    # Each call needs half a million bytes.
    assert resident_bytes() - before < 20_000_000
