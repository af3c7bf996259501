"""Reads of a member of the context, told from those of other structs, in real compilers' IR."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hpybc.jit.module import parsed
from hpybc.loader import extension, members
from hpybc.toolchain.compile import Options

DICT_TYPE = 263

HEAD = r"""
#include "hpy.h"
#define METHOD(name)                                                                               \
    HPyDef_METH(name, #name, HPyFunc_O) HPy name##_impl(HPyContext *ctx, HPy self, HPy x)
typedef struct {
    void *first[266];
    void *at_its_offset;
} Large;
"""

FOOT = r"""
static HPyDef *defines[] = {&method, NULL};
static HPyModuleDef definition = {NULL, 0, NULL, defines, NULL};
HPy_MODINIT(reading, definition)
"""

READS = {
    "argument": "METHOD(method) { return HPy_Dup(ctx, ctx->h_DictType); }",
    "one of two": "METHOD(method) {"
    " return HPy_Dup(ctx, HPy_IsTrue(ctx, x) ? ctx->h_DictType : ctx->h_ListType); }",
    "in an array": "METHOD(method) { HPy items[2] = {ctx->h_DictType, x};"
    " return HPyTuple_FromArray(ctx, items, 2); }",
    "without a call": "METHOD(method) { return ctx->h_DictType; }",
    "in a function": "static __attribute__((noinline)) HPy get(HPyContext *ctx) {"
    " return ctx->h_DictType; } METHOD(method) { return HPy_Dup(ctx, get(ctx)); }",
    "through two functions": "static __attribute__((noinline)) HPy get(HPyContext *ctx) {"
    " return ctx->h_DictType; } static __attribute__((noinline)) HPy more(HPyContext *ctx, int n) {"
    " return n == 0 ? get(ctx) : HPy_Dup(ctx, more(ctx, n - 1)); }"
    " METHOD(method) { return more(ctx, (int)HPy_Length(ctx, x)); }",
    "from memory": "static HPyContext *kept; METHOD(method) { kept = ctx; HPy_Close(ctx, self);"
    " return HPy_Dup(kept, kept->h_DictType); }",
}

OTHERS = {
    "another handle": "METHOD(method) { return HPy_Dup(ctx, ctx->h_ListType); }",
    "another struct": "__attribute__((noinline)) void *get(Large *large) {"
    " return large->at_its_offset; } METHOD(method) {"
    " Large large; memset(&large, 1, sizeof(large));"
    " return HPyLong_FromSize_t(ctx, (size_t)get(&large)); }",
    "a struct that foreign code gets": "Large *HPyMine_large(void);"
    " void HPyMine_fill(Large *large); METHOD(method) { Large *large = HPyMine_large();"
    " HPyMine_fill(large);"
    " return HPyLong_FromSize_t(ctx, (size_t)large->at_its_offset); }",
    "a number": "METHOD(method) { return HPyLong_FromLong(ctx, 2128); }",
    "a size": "METHOD(method) { void *p = malloc(2128); HPy_Close(ctx, x);"
    " return HPyLong_FromSize_t(ctx, (size_t)p); }",
}

Text = Callable[..., str]


@pytest.fixture
def text(compiled: Callable[..., Path], tmp_path: Path) -> Text:
    """text(source, suffix, level) -> the LLVM IR of a source."""

    def compile_text(source: str, suffix: str, level: str) -> str:
        if suffix == "cpp":
            source = f'extern "C" {{ {source} }}'
        file = tmp_path / f"reading.{suffix}"
        file.write_text("#include <string.h>\n" + HEAD + source + FOOT)
        made = compiled(file, Options(level=level, extra=("-w",), may_be_undefined=True))
        with parsed(extension.read(made).payload) as module:
            return str(module)

    return compile_text


@pytest.mark.parametrize("level", ["1", "2", "3"])
@pytest.mark.parametrize("suffix", ["c", "cpp"])
@pytest.mark.parametrize("source", READS.values(), ids=READS)
def test_read(source: str, suffix: str, level: str, text: Text) -> None:
    assert members.reads(text(source, suffix, level), DICT_TYPE)


@pytest.mark.parametrize("source", OTHERS.values(), ids=OTHERS)
def test_no_read(source: str, text: Text) -> None:
    assert not members.reads(text(source, "c", "2"), DICT_TYPE)


def test_other_spellings() -> None:
    """As older LLVMs write it: a member by its number, in a struct with a name."""
    read = "  %3 = getelementptr inbounds %struct._HPyContext_s, ptr %0, i64 0, i32 266\n"
    assert members.reads(read, DICT_TYPE)
    assert not members.reads(read.replace("266", "246"), DICT_TYPE)
