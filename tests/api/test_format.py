"""HPyUnicode_FromFormat and HPyErr_Format."""

from __future__ import annotations

import struct
import sys
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.support import assert_stable

LONG_BITS = 8 * struct.calcsize("l")
LONG_LONG = st.integers(-(2**63), 2**63 - 1)


def test_plain_text(module: ModuleType) -> None:
    assert module.plain() == "no units"
    assert module.empty() == ""
    assert module.percent() == "100%!"


def test_numbers_of_every_size(module: ModuleType) -> None:
    limits = [-(2**31), 2**31 - 1, 2**32 - 1, "ffffffff"]
    for bits in (LONG_BITS, 64, 8 * struct.calcsize("n")):
        limits += [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, 2**bits - 1]
    assert module.numbers() == " ".join(map(str, limits))


@given(
    value=LONG_LONG,
    zero=st.booleans(),
    width=st.integers(0, 30),
    precision=st.none() | st.integers(0, 30),
)
def test_numbers_are_padded_as_printf_pads(
    module: ModuleType, value: int, zero: bool, width: int, precision: int | None
) -> None:
    """With one difference of HPy: the 0 flag counts beside a precision, too."""
    digits = str(abs(value)).rjust(precision or 0, "0")
    sign = "-" if value < 0 else ""
    if zero:
        digits = digits.rjust(width - len(sign), "0")
    unit = f"%{'0' if zero else ''}{width or ''}{'' if precision is None else f'.{precision}'}lld"
    assert module.number(unit, value) == (sign + digits).rjust(width)


def test_pointers(module: ModuleType) -> None:
    assert module.pointers() == "0xbeef 0x0"


@pytest.mark.parametrize("code", [0, 65, 0xE9, 0xD800, 0x20AC, 0x1F600, 0x10FFFF])
def test_characters(module: ModuleType, code: int) -> None:
    assert module.character(code) == f"<{chr(code)}>"


@pytest.mark.parametrize("code", [-1, 0x110000])
def test_no_character(module: ModuleType, code: int) -> None:
    with pytest.raises(OverflowError, match=r"^character argument not in range\(0x110000\)$"):
        module.character(code)


@pytest.mark.parametrize("value", ["é", "\ud800", 1.5, None, [1, "ü"]])
def test_objects(module: ModuleType, value: object) -> None:
    assert module.objects(value) == f"{value!a}|{value!s}|{value!r}"


@given(text=st.text())
def test_width_and_precision_count_characters(module: ModuleType, text: str) -> None:
    expected = f"[{text}][{text:>6}][{text:.2}][{text:>6.2}]"
    assert module.unicode(text) == expected


def test_unicode_must_be_str(module: ModuleType) -> None:
    with pytest.raises(TypeError, match=r"^a str is required$"):
        module.unicode(b"x")


def test_either(module: ModuleType) -> None:
    assert module.either("given") == "given used"


def test_va_list(module: ModuleType) -> None:
    assert module.va_list_of([1, 2], b"abcdef") == "[1, 2], 2, abc"


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0")), limit=st.integers(0, 9))
def test_precision_of_c_strings_counts_bytes(module: ModuleType, text: str, limit: int) -> None:
    data = text.encode()
    assert module.utf8("%s", data) == text
    assert module.utf8(f"%.{limit}s", data) == data[:limit].decode(errors="ignore")


def test_invalid_utf8_is_replaced(module: ModuleType) -> None:
    assert module.replaced() == "a\ufffdb"


def test_null(module: ModuleType) -> None:
    with pytest.raises(SystemError, match=r"^HPy_NULL passed as value for formatting unit '%S'$"):
        module.null_object()
    with pytest.raises(SystemError, match=r"^null c string passed as value .* '%s'$"):
        module.null_string()


def test_format_must_be_ascii(module: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"got a non-ASCII byte: 0xc3$"):
        module.non_ascii()


@pytest.mark.parametrize("unit", ["%", "%y", "%5", "%.", "%l", "%ls", "%zx", "%5%", "%lll", "%-5d"])
def test_no_unit(module: ModuleType, unit: str) -> None:
    with pytest.raises(SystemError, match=r"^invalid format string$"):
        module.number(unit, 0)


@pytest.mark.parametrize("conversion", "pscAUVSR")
def test_zero_padding_is_for_numbers(module: ModuleType, conversion: str) -> None:
    with pytest.raises(SystemError, match=rf"^formatting unit '%{conversion}' does not support 0-"):
        module.number(f"%05{conversion}", 0)


@pytest.mark.parametrize("unit", ["%5c", "%.5p"])
def test_width_is_not_for_every_unit(module: ModuleType, unit: str) -> None:
    with pytest.raises(SystemError, match=r"does not support width nor precision$"):
        module.number(unit, 0)


def test_numbers_too_big_to_count(module: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"^width too big$"):
        module.number(f"%{sys.maxsize + 1}d", 0)
    with pytest.raises(ValueError, match=r"^precision too big$"):
        module.number(f"%.{sys.maxsize + 1}d", 0)
    with pytest.raises(MemoryError):
        module.number(f"%{sys.maxsize}d", 0)


def test_exceptions(module: ModuleType) -> None:
    with pytest.raises(KeyError) as caught:
        module.raise_formatted(KeyError, "é")
    assert caught.value.args == ("é is 42",)
    with pytest.raises(TypeError, match=r"^a str is required$"):
        module.raise_badly(1)


def test_nothing_is_kept(module: ModuleType) -> None:
    text = "é" * 10

    def work() -> None:
        module.objects(text)
        module.unicode(text)
        for fail, value in ((module.unicode, 1), (module.raise_badly, 1), (module.character, -1)):
            with pytest.raises((TypeError, OverflowError)):
                fail(value)

    assert_stable(work, text)
