"""Formats that do not fit their arguments: a warning of the compiler at the line of the call."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import hpybc
from hpybc.toolchain import clang
from hpybc.toolchain.compile import Options, compile_extension

HEAD = """
#include <hpy.h>
void test(HPyContext *ctx, HPy h, const HPy *args, size_t nargs, HPy kw, const char *s);
void test(HPyContext *ctx, HPy h, const HPy *args, size_t nargs, HPy kw, const char *s) {
    char c; signed char b; unsigned char B; short w; unsigned short H; int i; unsigned I; long l;
    unsigned long k; long long L; unsigned long long K; HPy_ssize_t n; size_t z; int64_t i64;
    int32_t i32; float f; double d; char *m; const char *t; HPy o; HPyField field; HPyTracker ht;
    bool q; char buffer[10]; void *any = &l; enum { ONE, TWO } e; const long *to_const = &l;
    static const char *keywords[12] = {"a", "b", NULL};
    static const char *const names[] = {"a", "b", NULL}, *none[] = {NULL};
    const char *const *known = names; char **pointer = &m; extern const char *far_away[];
    (void)names, (void)none, (void)known, (void)pointer, (void)far_away;
    struct { int i; long l; const char *s; HPy o; double d[2]; } many, *more = &many;
    (void)args, (void)nargs, (void)h, (void)kw, (void)s, (void)keywords, (void)any, (void)more;
    (void)to_const;
    (void)&c, (void)&b, (void)&B, (void)&w, (void)&H, (void)&i, (void)&I, (void)&l, (void)&k;
    (void)&L, (void)&K, (void)&n, (void)&z, (void)&i64, (void)&i32, (void)&f, (void)&d, (void)&m;
    (void)&t, (void)&o, (void)&field, (void)&ht, (void)&q, (void)&buffer, (void)&e;
"""

FEW = "the format has more units than there are variables"
MANY = "the format has fewer units than there are variables"
UNKNOWN = "unknown unit in the format"
TAKES = {
    "b": "'b' and 'B' take an unsigned char *",
    "h": "'h' takes a short *",
    "H": "'H' takes an unsigned short *",
    "i": "'i' takes an int *",
    "I": "'I' takes an unsigned int *",
    "p": "'p' takes an int *",
    "l": "'l' takes a long *",
    "k": "'k' takes an unsigned long *",
    "L": "'L' takes a long long *",
    "K": "'K' takes an unsigned long long *",
    "n": "'n' takes an HPy_ssize_t *",
    "f": "'f' takes a float *",
    "d": "'d' takes a double *",
    "s": "'s' takes a const char **",
    "O": "'O' takes an HPy *",
}

#: What fits, as the arguments behind those that are no format: of either sign, of any integer type
#: of the size, through pointers of all kinds; and what cannot be known.
FINE = [
    '""',
    '"|:name"',
    '"bBBbb", &c, &b, &B, &q, buffer',
    '"hHhiIIip", &w, &H, &H, &i, &I, &i32, &i, &i',
    '"lkLKnlLnk", &l, &k, &L, &K, &n, &z, &i64, &i64, &n',
    '"fdssO", &f, &d, &m, &t, &o',
    '"i|$l:l|l$l", &i, &l',
    '"l$i|d;i|l", &l, &i, &d',
    '"i" "l" "sOdd", &more->i, &many.l, &many.s, &more->o, more->d, &many.d[1]',
    '"lis", any, any, &any',
    '"l:\\xc3\\xa4", &l',
    "s, &l",
    '"l|$l:name", (long *)any, (&l)',
    "s, (long *)any",
]

#: What does not, and what is said about it.
WRONG = [
    ('"l", &i', TAKES["l"]),
    ('"i", &l', TAKES["i"]),
    ('"lllli", &l, &k, &l, &k, &l', TAKES["i"]),
    ('"l|$i:l|l$l", &l, &l', TAKES["i"]),
    ('"|p", &q', TAKES["p"]),
    ('"d", &f', TAKES["d"]),
    ('"f", &d', TAKES["f"]),
    ('"l", &d', TAKES["l"]),
    ('"d", &l', TAKES["d"]),
    ('"s", buffer', TAKES["s"]),
    ('"s", &buffer', TAKES["s"]),
    ('"s", &o', TAKES["s"]),
    ('"O", &t', TAKES["O"]),
    ('"O", &field', TAKES["O"]),
    ('"n", &i32', TAKES["n"]),
    ('"h", &i', TAKES["h"]),
    ('"H", &B', TAKES["H"]),
    ('"b", &w', TAKES["b"]),
    ('"B", &i', TAKES["b"]),
    ('"I", &z', TAKES["I"]),
    ('"k", &I', TAKES["k"]),
    ('"L", &i', TAKES["L"]),
    ('"K", &f', TAKES["K"]),
    ('"l", &more', TAKES["l"]),
    ('"y*", &m', UNKNOWN),
    ('"s#", &t, &n', UNKNOWN),
    ('"O!", &o, &o', UNKNOWN),
    ('"(ll)", &l, &l', UNKNOWN),
    ('"l"', FEW),
    ('"ll:name", &l', FEW),
    ('"l|$l", &l', FEW),
    ('"", &l', MANY),
    ('"l:name", &l, &l', MANY),
    ('"l|l", (long *)any', FEW),
    ('"l|l", &l, (long *)any, &l', MANY),
    ('"l|$l:name", (long *)any, (&l), &l, &l, &l', MANY),
    ('"|;name", &l, &l, &l', MANY),
]

#: The same for values of HPy_BuildValue; in C, formats with inner brackets are only counted on by
#: their first units.
VALUES_FINE = [
    '""',
    '"()"',
    '"iIlkLKn", c, B, w, H, i, K, q',
    '"(lll)", 5, TWO, e',
    '"dfd", f, d, 2.5',
    '"sss", buffer, m, s',
    '"s", NULL',
    '"OS", h, o',
    '"((i)i)", 1, 2',
    '"(O)O", h, h',
    '"(i)(i)", 1, 2',
    '"i, i", 1, 2',
    '"{s:i, s:[dO]}", "a", 1, "b", d, h',
    "s, l",
]
VALUES_WRONG = [
    ('"d", l', "'f' and 'd' take a double"),
    ('"(if)", 1, 1', "'f' and 'd' take a double"),
    ('"l", d', "unit takes an integer"),
    ('"(OI)", h, s', "unit takes an integer"),
    ('"O", s', "'O' and 'S' take an HPy"),
    ('"S", l', "'O' and 'S' take an HPy"),
    ('"s", h', "'s' takes a const char *"),
    ('"s", i', "'s' takes a const char *"),
    ('"ll", l', "the format has more units than there are values"),
    ('"(l)"', "the format has more units than there are values"),
    ('"l", l, l', "the format has fewer units than there are values"),
    ('"(l)", l, l', "the format has fewer units than there are values"),
    ('"y#", s, n', UNKNOWN),
    ('"N", h', UNKNOWN),
]
CALLS = {
    "HPyArg_Parse": "ctx, &ht, args, nargs, {}",
    "HPyArg_ParseKeywords": "ctx, &ht, args, nargs, kw, {}",
    "HPyArg_ParseKeywordsDict": "ctx, &ht, args, n, kw, {}",
}


def call(function: str, arguments: str) -> str:
    """A statement that parses by a format and variables."""
    if "Keywords" in function:
        format_, comma, variables = arguments.partition(", ")
        arguments = f"{format_}, keywords{comma}{variables}"
    return f"(void){function}({CALLS[function].format(arguments)});"


def warnings(statements: list[str], folder: Path, standard: str, *flags: str) -> list[list[str]]:
    """What clang says of each statement, compiled with hpybc's headers as users have them."""
    plusplus = standard.startswith("c++")
    source = folder / ("source.cpp" if plusplus else "source.c")
    source.write_text(HEAD + "\n".join(statements) + "\n}\n")
    found = clang.find()
    done = subprocess.run(
        [
            *(found.cxx if plusplus else found.c),
            *(f"-std={standard}", "-Wall", "-Wextra", "-isystem", hpybc.include_path()),
            *("-Wno-uninitialized", *flags, "-O1", "-c", "-emit-llvm", str(source)),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    said: list[list[str]] = [[] for _ in statements]
    first = HEAD.count("\n") + 1
    for line, severity, text in re.findall(
        rf"^{re.escape(str(source))}:(\d+):\d+: (error|warning): (.*)$", done.stderr, re.MULTILINE
    ):
        assert severity == "warning", done.stderr
        said[int(line) - first].append(text)
    assert done.returncode == 0, done.stderr
    return said


@pytest.mark.parametrize("standard", ["c11", "c23", "c++11", "c++20"])
def test_formats_that_fit(standard: str, tmp_path: Path) -> None:
    """No false alarm."""
    statements = [call(function, arguments) for function in CALLS for arguments in FINE]
    statements += [f"(void)HPy_BuildValue(ctx, {values});" for values in VALUES_FINE]
    if not standard.startswith("c++"):
        statements += [call(function, '"ll", (long[2]){1, 2}, &l') for function in CALLS]
    said = warnings(statements, tmp_path, standard)
    assert {s: w for s, w in zip(statements, said, strict=True) if w} == {}


@pytest.mark.parametrize("standard", ["c11", "c++11"])
def test_formats_that_do_not(standard: str, tmp_path: Path) -> None:
    """One warning at the line of each, of the group that turns them off."""
    wanted = [(call(function, a), message) for function in CALLS for a, message in WRONG]
    wanted += [(f"(void)HPy_BuildValue(ctx, {a});", message) for a, message in VALUES_WRONG]
    statements = [statement for statement, _ in wanted]
    for (statement, message), said in zip(
        wanted, warnings(statements, tmp_path, standard), strict=True
    ):
        assert any(message in text for text in said), (statement, said)
        assert said[0].endswith("[-Wuser-defined-warnings]")
    off = warnings(statements, tmp_path, standard, "-Wno-user-defined-warnings")
    assert off == [[] for _ in statements]


#: Keywords and variables: as many as can be told, and fewer.
NAMES_FINE = [
    '"ll", names, &l, &l',
    '"l", names, &l',
    '"", none',
    '"lll", known, &l, &l, &l',
    '"l", &names[1], &l',
    '"ll", (const char **)pointer, &l, &l',
    '"lll", far_away, &l, &l, &l',
]
NAMES_WRONG = [
    '"lll", names, &l, &l, &l',
    '"l", none, &l',
    '"lll:name", names, &l, &l, (long *)any',
]


@pytest.mark.parametrize("standard", ["c11", "c23", "c++11", "c++20"])
@pytest.mark.parametrize("function", [name for name in CALLS if "Keywords" in name])
def test_keywords(function: str, standard: str, tmp_path: Path) -> None:
    """There has to be one for each variable, and a NULL."""
    statements = [
        f"(void){function}({CALLS[function].format(arguments)});"
        for arguments in (*NAMES_FINE, *NAMES_WRONG)
    ]
    said = warnings(statements, tmp_path, standard, "-pedantic")
    few = "there are fewer keywords, with a NULL behind them, than variables"
    assert [few in "".join(texts) for texts in said] == [
        *(False for _ in NAMES_FINE),
        *(True for _ in NAMES_WRONG),
    ]
    assert all(len(texts) == 1 for texts in said[len(NAMES_FINE) :])


def test_inner_brackets(tmp_path: Path) -> None:
    """C++ reads a whole format of HPy_BuildValue."""
    wrong = [
        '"(i[l]{s:O})", l, 1, "x", s',
        '"i, (d)", 1, 2',
        '"{s:i, s:i}", "a", 1, "b"',
        '"((i)i)", 1, 2, 3',
    ]
    said = warnings([f"(void)HPy_BuildValue(ctx, {w});" for w in wrong], tmp_path, "c++17")
    assert all(said)


def test_compile_reports_them(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """hpybc compile shows the warning, and nothing of the check is left in the file."""
    source = tmp_path / "wrong.c"
    source.write_text(
        HEAD
        + '(void)HPyArg_Parse(ctx, NULL, args, nargs, "l",\n &i);\n}\n'
        + "static HPyModuleDef definition = {NULL, 0, NULL, NULL, NULL};\n"
        + "HPy_MODINIT(wrong, definition)\n"
    )
    output = tmp_path / "wrong.bc"
    compile_extension([str(source)], str(output), Options())
    line = HEAD.count("\n") + 1
    assert f"{source}:{line}:7: warning: the format's 'l' takes a long *" in capfd.readouterr().err
    assert b"_HPyCheck" not in output.read_bytes()
    assert hpybc.load(output).__name__ == "wrong"
