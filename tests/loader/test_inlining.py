"""Which calls of the API are inlined, and which share a function."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

import growth
import hpybc
from hpybc.errors import UsageError
from hpybc.jit import edits, target
from hpybc.jit.build import Options as BuildOptions
from hpybc.jit.build import build_ir
from hpybc.jit.edits import Edit
from hpybc.jit.module import parsed
from hpybc.loader import compilation, contexts, extension, inlining
from hpybc.loader.api import NAMES
from hpybc.loader.extension import Extension
from hpybc.loader.inlining import Budget
from hpybc.loader.recipe import Recipe
from hpybc.toolchain.compile import Options, compile_extension

NOTHING = Budget(0, 0)
SHARED = Budget(0, 1_000_000)

#: A module of functions with two arguments, and one that runs once.
MODULE = """
#include "hpy.h"
{declarations}
HPyDef_METH(f, "f", HPyFunc_VARARGS)
static HPy f_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {{
    long a = 0, b = 0;
    {f}
    return HPyLong_FromLong(ctx, a * b);
}}
HPyDef_METH(g, "g", HPyFunc_VARARGS)
static HPy g_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {{
    long a = 0, b = 0;
    {g}
    return HPyLong_FromLong(ctx, a + b);
}}
HPyDef_SLOT(exec, HPy_mod_exec)
static int exec_impl(HPyContext *ctx, HPy module) {{
    {exec}
    return 0;
}}
static HPyDef *defs[] = {{&f, &g, &exec, NULL}};
static HPyModuleDef def = {{.doc = "", .defines = defs}};
HPy_MODINIT(ext, def)
"""


@pytest.fixture(scope="module")
def release() -> list[bytes]:
    """The bitcode of the stack of mode release."""
    return [extension.read(contexts.stack("release")).payload]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """written(f=, g=, exec=, declarations=, suffix=) -> the bitcode file of MODULE with these."""
    made: dict[tuple[str, ...], Path] = {}

    def compile_(suffix: str = ".c", *flags: str, **parts: str) -> Path:
        blanks = dict.fromkeys(("f", "g", "exec", "declarations"), "")
        text = MODULE.format_map({**blanks, **parts})
        key = (text, suffix, *flags)
        if key not in made:
            folder = tmp_path_factory.mktemp("written")
            source, output = folder / f"ext{suffix}", folder / "ext.bc"
            source.write_text(text)
            compile_extension([str(source)], str(output), Options(extra=flags))
            made[key] = output
        return made[key]

    return compile_


def edited(path: Path, budget: Budget) -> str:
    """LLVM IR of a bitcode file, with as much inlined as the budget allows."""
    with parsed(extension.read(path).payload) as module:
        return str(edits.generic(module, lambda text: compilation.for_release(text, budget)))


def called(text: str, function: str) -> list[str]:
    """What a function calls of the API; with a ! before what is not to be inlined there."""
    body = re.search(rf"^define [^\n]*@{function}\(.*?^\}}", text, re.M | re.S)
    assert body is not None
    outside = set(re.findall(r"^attributes (#\d+) = \{[^\n]*\bnoinline\b", text, re.M))
    found = []
    for name, group in re.findall(r"\bcall [^\n]*?@(_?HPy[\w.]+)\([^\n]*?(#\d+)?$", body[0], re.M):
        found.append(("!" if group in outside else "") + name)
    return found


PARSE = "if (!HPyArg_Parse(ctx, NULL, args, nargs, {}, &a, &b)) return HPy_NULL;"
NAMED = """
    HPyTracker ht;
    static {} *{}names[] = {{"a", {}, NULL}};
    {}
    if (!HPyArg_ParseKeywords(ctx, &ht, args, nargs, HPy_NULL, "ll", names, &a, &b))
        return HPy_NULL;
    HPyTracker_Close(ctx, ht);"""
CONST = NAMED.format("const char", "const ", '"b"', "")

#: How many functions are shared by what two functions parse with, and why.
CASES = {
    "the same format": (PARSE.format('"ll"'), PARSE.format('"ll"'), 1),
    "names in it": (PARSE.format('"ll:f"'), PARSE.format('"ll:g"'), 1),
    "a message in it": (PARSE.format('"ll;f takes two"'), PARSE.format('"ll"'), 1),
    "other units": (PARSE.format('"ll"'), PARSE.format('"l|l"'), 2),
    "a part of a string": (PARSE.format("(parts + 1)"), PARSE.format('"ll"'), 1),
    "a variable": (PARSE.format("(nargs > 2 ? unknown : other)"), PARSE.format('"ll"'), 1),
    "an array": (PARSE.format("fixed"), PARSE.format('"ll"'), 1),
    "a tracker": (
        PARSE.format('"ll"').replace("NULL,", "&ht,") + "HPyTracker_Close(ctx, ht);",
        PARSE.format('"ll"'),
        2,
    ),
    "the same keywords": (CONST, CONST, 1),
    "keywords that are not const": (CONST, NAMED.format("const char", "", '"b"', ""), 1),
    "other keywords": (CONST, NAMED.format("const char", "const ", '"c"', ""), 2),
    "keywords that change": (
        CONST,
        NAMED.format("const char", "", '"b"', "if (nargs > 2) names[0] = unknown;"),
        1,
    ),
    "built values": (
        'return HPy_BuildValue(ctx, "(ll)", a, b);',
        'return HPy_BuildValue(ctx, "(ll)", b, a);',
        1,
    ),
}
UNKNOWN = """
extern const char *unknown, *other;
const char *unknown = "ll", *other = "dd";
static const char fixed[] = "ll", parts[] = "xll";
__attribute__((unused)) static HPyTracker ht;
"""


@pytest.mark.parametrize("name", CASES)
def test_cases(name: str, written: Callable[..., Path]) -> None:
    f, g, number = CASES[name]
    text = edited(written(f=f, g=g, declarations=UNKNOWN), SHARED)
    shared = re.findall(r"^define internal [^\n]*@(_HPy\w+)\.\d+\(", text, re.M)
    assert len(shared) == number


def test_cases_of_cpp(written: Callable[..., Path]) -> None:
    parts = {"f": PARSE.format('"ll:f"'), "g": PARSE.format('"ll:g"')}
    text = edited(written(".cpp", **parts), SHARED)
    assert len(re.findall(r"^define internal [^\n]*@_HPyArg_ParseArray\.\d+\(", text, re.M)) == 1


@pytest.mark.parametrize("const", ["const ", ""])
def test_keywords_are_constants_in_what_is_shared(
    const: str, written: Callable[..., Path], release: list[bytes]
) -> None:
    """Of arrays that are not const as well: a name is compared with the characters themselves."""
    names = NAMED.format("const char", const, '"b"', "").replace("HPy_NULL,", "args[3],")
    edit = partial(compilation.for_release, budget=SHARED)
    payload = extension.read(written(f=names, g=names)).payload
    text = build_ir(
        payload, release, target.host(), BuildOptions(("PyInit_ext",), edit=Edit(edit, NAMES.match))
    )
    (parser,) = re.findall(r"^define [^\n]*@_HPyArg_ParseNamesArray\.0\(.*?^\}", text, re.M | re.S)
    assert re.search(r"icmp eq i8 %[\w.]+, 97$", parser, re.M)


@pytest.mark.parametrize("budget", ["all", "0,1000000", "none"])
def test_messages_name_the_function(
    written: Callable[..., Path], budget: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether functions share their parser or not."""
    monkeypatch.setenv("HPYBC_INLINE", budget)
    for f, g in (
        (PARSE.format('"ll:f"'), PARSE.format('"ll:g"')),
        (PARSE.format('"ll;f takes two"'), PARSE.format('"ll:g"')),
        (CONST.replace('"ll"', '"ll:f"'), CONST.replace('"ll"', '"ll:g"')),
    ):
        module = hpybc.load(written(".c", "-g", f=f, g=g))
        assert module.f(6, 7) == 42
        assert module.g(6, 7) == 13
        with pytest.raises(TypeError, match=r"^f takes two$|^f\(\) "):
            module.f()
        with pytest.raises(TypeError, match=r"^g\(\) "):
            module.g(1, 2, 3)


def test_nothing_is_inlined(written: Callable[..., Path]) -> None:
    text = edited(written(f=PARSE.format('"ll"')), NOTHING)
    assert called(text, "f_impl") == ["!_HPyArg_ParseArray", "!HPyLong_FromInt64_t"]


def test_everything_is_inlined(written: Callable[..., Path]) -> None:
    text = edited(written(f=PARSE.format('"ll"')), inlining.USUAL)
    assert called(text, "f_impl") == ["_HPyArg_ParseArray", "HPyLong_FromInt64_t"]


def test_what_is_shared_is_inlined(written: Callable[..., Path], release: list[bytes]) -> None:
    """It is specialised once, and nothing is left of it by itself."""
    path = written(f=PARSE.format('"ll:f"'), g=PARSE.format('"ll:g"'))
    text = edited(path, inlining.USUAL)
    for function in ("f_impl", "g_impl"):
        assert called(text, function) == ["_HPyArg_ParseArray.0", "HPyLong_FromInt64_t"]
    options = BuildOptions(("PyInit_ext",), edit=Edit(compilation.for_release, NAMES.match))
    optimised = build_ir(extension.read(path).payload, release, target.host(), options)
    assert "@_HPyArg_ParseArray" not in optimised


def test_innermost_loops_come_first(written: Callable[..., Path]) -> None:
    body = """
        HPy list = args[0];
        HPy_Length(ctx, list);
        for (size_t i = 0; i < nargs; i++) {
            HPy_Type(ctx, args[i]);
            for (size_t j = 0; j < nargs; j++)
                a += HPyLong_AsLong(ctx, args[j]);
        }
        HPy_Dup(ctx, list);"""
    path = written(f=body)
    every = [name.strip("!") for name in called(edited(path, NOTHING), "f_impl")]
    for number, expected in enumerate(
        [set(), {"HPyLong_AsInt64_t"}, {"HPyLong_AsInt64_t", "HPy_Type"}]
    ):
        found = called(edited(path, Budget(number, 500)), "f_impl")
        assert [name.strip("!") for name in found] == every
        assert {name for name in found if not name.startswith("!")} == expected


def test_small_functions_come_first(written: Callable[..., Path]) -> None:
    path = written(f="a = HPyLong_AsLong(ctx, args[0]); b = HPy_Length(ctx, args[1]);")
    text = edited(path, Budget(100, 1))
    assert not [name for name in called(text, "f_impl") if not name.startswith("!")]
    assert called(text, "g_impl") == ["HPyLong_FromInt64_t"]


SELDOM = """
__attribute__((noinline)) static int once(HPyContext *ctx, HPy module) {
    return HPy_SetAttr_s(ctx, module, "once", ctx->h_None);
}
__attribute__((noinline)) static int often(HPyContext *ctx, HPy module) {
    return HPy_SetAttr_s(ctx, module, "often", ctx->h_None);
}
__attribute__((cold, noinline)) static int cold(HPyContext *ctx, HPy module) {
    return HPy_SetAttr_s(ctx, module, "cold", ctx->h_None);
}
"""


def test_what_runs_seldom_is_not_inlined(written: Callable[..., Path]) -> None:
    path = written(
        declarations=SELDOM,
        f="if (often(ctx, args[0]) < 0 || cold(ctx, args[0]) < 0) return HPy_NULL;",
        exec="if (once(ctx, module) < 0 || often(ctx, module) < 0) return -1;"
        'HPy_SetAttr_s(ctx, module, "exec", ctx->h_None);',
    )
    text = edited(path, inlining.USUAL)
    for function in ("exec_impl", "once", "cold"):
        found = called(text, function)
        assert found
        assert all(name.startswith("!") for name in found)
    assert not any(name.startswith("!") for name in called(text, "often"))


def test_a_loop_of_what_runs_once_is_inlined(written: Callable[..., Path]) -> None:
    path = written(exec="for (long i = 0; i < 9999; i++) HPy_Close(ctx, HPy_Dup(ctx, module));")
    assert called(edited(path, inlining.USUAL), "exec_impl") == ["HPy_Dup", "HPy_Close"]


def test_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HPYBC_INLINE", raising=False)
    assert inlining.chosen() == inlining.USUAL
    monkeypatch.setenv("HPYBC_INLINE", "3,40")
    assert inlining.chosen() == Budget(3, 40)
    monkeypatch.setenv("HPYBC_INLINE", "none")
    assert inlining.chosen() == NOTHING
    monkeypatch.setenv("HPYBC_INLINE", "all")
    assert inlining.chosen() > Budget(1_000_000, 1_000_000)


@pytest.mark.parametrize("wrong", ["some", "3", "3,", "3,4,5", "-1,4", "²,3"])
def test_no_budget(
    wrong: str, written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HPYBC_INLINE", wrong)
    with pytest.raises(UsageError, match="HPYBC_INLINE"):
        hpybc.load(written())


def test_a_budget_has_images_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for budget in ("", "all", "none", "1,2"):
        monkeypatch.setenv("HPYBC_INLINE", budget)
        found.add(Recipe(Extension(b"", ""), "release", "PyInit_ext").key())
    assert len(found) == 4


def test_the_log_says_what_is_inlined(
    written: Callable[..., Path], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Though another process decides it."""
    with caplog.at_level(logging.DEBUG, "hpybc.build"):
        hpybc.load(written(f=PARSE.format('"ll"')))
    said = [line for line in caplog.messages if "inlined" in line]
    assert len(said) == 1
    assert re.search(r"3 of 3 calls inlined in 9 steps.*HPYBC_INLINE=100,500", said[0])


def test_names_are_kept_for_more_than_once(written: Callable[..., Path]) -> None:
    sets = 'if (HPy_SetAttr_s(ctx, {}, "{}", ctx->h_None) < 0) return {};'
    loop = f"for (int i = 0; i < 9; i++) {{ {sets.format('module', 'b', -1)} }}"
    path = written(
        f=sets.format("args[0]", "c", "HPy_NULL"), exec=sets.format("module", "a", -1) + loop
    )
    text = edited(path, inlining.USUAL)
    assert called(text, "exec_impl").count("_HPyName_Get") == 1
    assert called(text, "f_impl").count("_HPyName_Get") == 1
    module = hpybc.load(path)
    assert (module.a, module.b) == (None, None)


@pytest.mark.parametrize("mode", ["debug", "trace"])
def test_other_modes(
    mode: str, written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for budget in ("0,1000000", "none"):
        monkeypatch.setenv("HPYBC_INLINE", budget)
        module = hpybc.load(written(f=PARSE.format('"ll:f"'), g=PARSE.format('"ll:g"')), mode=mode)
        assert (module.f(6, 7), module.g(6, 7)) == (42, 13)
        with pytest.raises(TypeError, match=r"^g\(\) "):
            module.g()


#: Sizes at which a case is beyond the budget, or far beyond it: N, 2 N and 4 N; and how many lines
#: of optimised code one more line of the compiler's may come to.
SIZES = {
    "formats": (100, 1.5), "named_formats": (100, 1.5), "keywords": (20, 2),
    "own_keywords": (20, 1.5), "items": (50, 1.5), "constants": (50, 1.5),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("name", growth.CASES)
def test_growth(name: str, tmp_path: Path, release: list[bytes]) -> None:
    """Twice the code is not more than twice the optimised code, and more of it costs but calls."""
    options = BuildOptions(("PyInit_growth",), edit=Edit(compilation.for_release, NAMES.match))
    size, most = SIZES[name]
    written, optimised = [], []
    for factor in (1, 2, 4):
        source, output = tmp_path / "growth.c", tmp_path / "growth.bc"
        source.write_text(growth.CASES[name](factor * size))
        compile_extension([str(source)], str(output))
        payload = extension.read(output).payload
        with parsed(payload) as module:
            written.append(str(module).count("\n"))
        text = build_ir(payload, release, target.host(), options)
        optimised.append(text.count("\n"))
    # Of each line that the compiler wrote: what one more comes to does not grow, nor is it much.
    more = [
        (after - before) / (now - then)
        for (before, after), (then, now) in zip(pairwise(optimised), pairwise(written), strict=True)
    ]
    assert more[1] < 1.1 * more[0]
    assert more[1] < most
