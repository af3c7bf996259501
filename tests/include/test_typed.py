"""Typed methods that are declared wrongly: an error at their line, which says what is wrong."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import hpybc
from hpybc.toolchain import clang

#: The rest of a declaration, and what is said of it.
WRONG = [
    (
        "long, DOC, (long, a, 1), (long, b)) { return a; }",
        "a parameter without a default follows one with a default",
    ),
    (
        "long, DOC, (long, a, 1), (/), (long, b)) { return a; }",
        "a parameter without a default follows one with a default",
    ),
    ("long, DOC, (long, a), (*)) { return a; }", r"no parameter follows \(\*\)"),
    ("long, DOC, (/), (long, a)) { return a; }", r"no parameter precedes \(/\)"),
    ("long, DOC, (*), (long, a), (/)) { return a; }", r"\(/\) follows \(\*\)"),
    ("long, DOC, (*), (long, a), (*), (long, b)) { return a; }", "a marker stands there twice"),
    ("long, DOC, (-), (long, a)) { return a; }", r"a marker is \(\*\) or \(/\)"),
    (
        "long, DOC, (FILE *, a)) { return 1; }",
        r"no Python type belongs to the C type (struct )?\w+ \*",
    ),
    ("FILE *, DOC, (long, a)) { return NULL; }", "no Python type belongs to the C type"),
    ("HPy, DOC, (HPy, a)) { return a; }", "for which it needs a parameter"),
    ("long, DOC, (long, a)) { HPy_FAIL(0); return a; }", "_hpy_failure"),
]
RAISES = [
    ("long, DOC, ((ValueError, DOC)), (long, a)) { HPy_FAIL(1); return a; }", "fewer errors"),
    ("long, DOC, ((WrongError, DOC)), (long, a)) { return a; }", "h_WrongError"),
]


def said(tmp_path: Path, macro: str, rest: str, standard: str) -> str:
    """What clang says of a declaration, which is in line 4."""
    is_cpp = "++" in standard
    source = tmp_path / ("wrong.cpp" if is_cpp else "wrong.c")
    source.write_text(
        f'#include "hpy/typed.h"\n#include <stdio.h>\n#define DOC "d"\n{macro}(f, "f", {rest}\n'
    )
    command = [*clang.find(cxx=is_cpp).command(str(source)), f"-std={standard}", "-fsyntax-only"]
    done = subprocess.run(
        [*command, "-I", hpybc.include_path(), str(source)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "wrong.c" in done.stderr
    return done.stderr


@pytest.mark.parametrize("standard", ["c11", "c++17"])
@pytest.mark.parametrize(
    ("macro", "rest", "message"),
    [("HPyDef_TYPED", *each) for each in WRONG]
    + [("HPyDef_TYPED_RAISES", *each) for each in RAISES],
)
def test_wrong(tmp_path: Path, macro: str, rest: str, message: str, standard: str) -> None:
    errors = said(tmp_path, macro, rest, standard)
    first = re.search(r"wrong\.\w+:(\d+):\d+: error: (.*)", errors)
    assert first is not None
    assert first[1] == "4"
    assert re.search(message, errors)
