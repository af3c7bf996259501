"""What runs once for each module is compiled with the least effort."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from hpybc.jit import edits
from hpybc.jit.module import parsed
from hpybc.loader import compilation, extension

#: ``step`` is called in a loop, ``part``, which is long, in one place, ``add`` in two, ``sums`` has
#: a loop.
SOURCE = """
#include "hpy.h"
#define SET if (HPy_SetAttr_s(ctx, module, "one", one) < 0) return -1;
#define FEW SET SET SET SET SET SET SET SET SET SET SET SET SET SET SET SET
#define MANY FEW FEW FEW FEW FEW FEW FEW FEW FEW FEW FEW FEW FEW FEW FEW FEW

__attribute__((noinline)) static int add(HPyContext *ctx, HPy module, const char *name, long value)
{
    HPy number = HPyLong_FromLong(ctx, value);
    if (HPy_IsNull(number) || HPy_SetAttr_s(ctx, module, name, number) < 0)
        return -1;
    HPy_Close(ctx, number);
    return 0;
}

__attribute__((noinline)) static long step(HPyContext *ctx, long value)
{
    return HPyErr_Occurred(ctx) ? value : value * 3 + 1;
}

__attribute__((noinline)) static int sums(HPyContext *ctx, HPy module)
{
    long sum = 0;
    for (long i = 0; i < 100; i++)
        sum = step(ctx, sum) % 1009;
    return add(ctx, module, "sum", sum);
}

__attribute__((noinline)) static int part(HPyContext *ctx, HPy module)
{
    HPy one = HPyLong_FromLong(ctx, 1), two = HPyLong_FromLong(ctx, 2);
    if (HPy_IsNull(one) || HPy_IsNull(two))
        return -1;
    MANY
    if (HPy_SetAttr_s(ctx, module, "two", two) < 0)
        return -1;
    HPy_Close(ctx, one);
    HPy_Close(ctx, two);
    return 0;
}

HPyDef_SLOT(exec, HPy_mod_exec)
static int exec_impl(HPyContext *ctx, HPy module)
{
    if (part(ctx, module) < 0 || sums(ctx, module) < 0)
        return -1;
    return add(ctx, module, "six", 6);
}
HPyDef_METH(f, "f", HPyFunc_NOARGS)
static HPy f_impl(HPyContext *ctx, HPy self)
{
    return HPyLong_FromLong(ctx, 7);
}
static HPyDef *defs[] = {&exec, &f, NULL};
static HPyModuleDef def = {.doc = "", .defines = defs};
HPy_MODINIT(once, def)
"""


@pytest.fixture
def file(tmp_path: Path, compiled: Callable[..., Path]) -> Path:
    """The bitcode file of SOURCE."""
    source = tmp_path / "once.c"
    source.write_text(SOURCE)
    return compiled(source)


def _head(text: str, function: str) -> str:
    """The attributes of a function in LLVM IR."""
    found = re.search(rf"^define [^\n]*@{function}\([^\n]* (#\d+)", text, re.M)
    assert found is not None
    group = re.search(rf"^attributes {found[1]} = (.*)$", text, re.M)
    assert group is not None
    return group[1]


def test_what_is_in_no_loop_is_not_optimised(file: Path) -> None:
    with parsed(extension.read(file).payload) as module:
        edited = edits.generic(module, compilation.for_release)
        edited.verify()
        text = str(edited)
    quick = {
        n
        for n in ("exec_impl", "part", "sums", "step", "add", "f_impl")
        if re.search(r"\boptnone\b", _head(text, n))
    }
    assert quick == {"exec_impl", "part"}
    # The way out of all the errors is one.
    body = text[text.index("@part(") :]
    assert len(re.findall(r"^joined\S*:", body[: body.index("\n}\n")], re.M)) == 1


@pytest.mark.parametrize("engine", ["shared", "memory"])
def test_it_does_the_same(file: Path, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPYBC_ENGINE", engine)
    module = hpybc.load(file)
    total = 0
    for _ in range(100):
        total = (total * 3 + 1) % 1009
    assert (module.one, module.two, module.six, module.sum, module.f()) == (1, 2, 6, total, 7)
