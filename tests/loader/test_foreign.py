"""Which calls of an extension settle before."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from hpybc.jit import link
from hpybc.loader import binary, bitcode
from hpybc.toolchain.compile import Options, compile_extension

SETTLE = "call void @_HPy_Settle()"


@pytest.fixture
def ir(tmp_path: Path) -> Callable[..., str]:
    """ir(declarations, body, *flags) -> LLVM IR of an extension, edited."""

    def compile_(declarations: str, body: str, *flags: str) -> str:
        source, output = tmp_path / "ext.c", tmp_path / "ext.bc"
        source.write_text(f"""
            #include "hpy.h"
            #include <stdlib.h>
            #include <string.h>
            #include <math.h>
            #include <stdio.h>
            #include <setjmp.h>
            {declarations}
            HPyDef_METH(f, "f", HPyFunc_O)
            static HPy f_impl(HPyContext *ctx, HPy self, HPy a) {{
                long n = HPyLong_AsLong(ctx, a);
                {body}
                return HPyLong_FromLong(ctx, n);
            }}
            static HPyDef *defs[] = {{&f, NULL}};
            static HPyModuleDef def = {{.doc = "", .defines = defs}};
            HPy_MODINIT(ext, def)
        """)
        compile_extension([str(source)], str(output), Options(extra=flags, may_be_undefined=True))
        with link.parsed(bitcode.read(output).payload) as module:
            return str(link.generic(module, binary.for_release))

    return compile_


def settled_lines(text: str) -> list[str]:
    """The instructions before which there is a call that settles."""
    lines = text.split("\n")
    return [after for line, after in pairwise(lines) if SETTLE in line]


FOREIGN = {
    "an external function": ("int g(int);", "n = g(3);", "@g("),
    "a pointer": ("int (*volatile g)(int);", "n = g(3);", "%"),
    "a constant address": ("", "n = ((int (*)(int))4096)(3);", "inttoptr"),
    "qsort": ("int g(const void *, const void *);", "qsort(&n, 1, 8, g);", "@qsort("),
    "setjmp": ("jmp_buf b;", "n = setjmp(b);", "setjmp("),
    "longjmp": ("jmp_buf b;", "if (n) longjmp(b, 1);", "@longjmp("),
    "printf": ("", 'printf("%ld", n);', "@printf("),
    "assembly": ("", '__asm__ volatile("nop" ::: "memory");', "asm sideeffect"),
    "a weak function": ("__attribute__((weak)) int g(int);", "n = g ? g(1) : 2;", "@g("),
    "a function without a body here": (
        "extern __inline __attribute__((gnu_inline, noinline)) int g(int i) { return i * i; }",
        "n = g(n);",
        "@g(",
    ),
    "an alias": (
        '__attribute__((noinline)) int h(int i) { __asm__(""); return i; }'
        'int g(int) __attribute__((alias("h")));',
        "n = g(n);",
        "@g(",
    ),
    "a trampoline": (
        'HPyDef_METH(g, "g", HPyFunc_NOARGS)'
        "static HPy g_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, self); }",
        "n = g_trampoline((cpy_PyObject *)8) != NULL;",
        "@g_trampoline(",
    ),
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("flags", [(), ("-g",)], ids=["", "debug"])
def test_foreign(ir: Callable[..., str], name: str, flags: tuple[str, ...]) -> None:
    declarations, body, called = FOREIGN[name]
    lines = settled_lines(ir(declarations, body, *flags))
    assert any(called in line for line in lines), lines


OWN = {
    "the API": ("", "HPy b = HPy_Add(ctx, a, a); HPy_Close(ctx, b);"),
    "an own function": (
        '__attribute__((noinline)) int g(int i) { __asm__("" : "+r"(i)); return i; }',
        "n = g((int)n);",
    ),
    "memory": ("", "char *p = malloc((size_t)n); p = realloc(p, 9); n = (long)p; free(p);"),
    "strings": ("char s[9];", "n = (long)strlen(s) + memcmp(s, s + n, 3); memset(s, 3, n);"),
    "mathematics": ("double d;", "d = sin(d) + pow(d, 3) + sqrt(d);"),
    "numbers": ("char s[9];", "n = strtol(s, NULL, 10) + (long)strtod(s, NULL);"),
    "assembly without side effects": ("", '__asm__("bswap %0" : "+r"(n));'),
    "what is declared const": ("__attribute__((const)) int g(int);", "n = g(3);"),
    "what is declared pure": ("__attribute__((pure)) int g(int);", "n = g(3);"),
}


@pytest.mark.parametrize("name", OWN)
def test_not_foreign(ir: Callable[..., str], name: str) -> None:
    assert settled_lines(ir(*OWN[name])) == []


#: A function that returns with a handle in a variable.
DEFER = "HPyContext *c; HPy h; __attribute__((noinline)) void defer(void) { h = HPy_Dup(c, h); }\n"


def test_what_foreign_code_may_call_settles_before_it_returns(ir: Callable[..., str]) -> None:
    lines = settled_lines(
        ir(
            f"{DEFER} __attribute__((noinline)) int pure_c(void) {{ return 3; }}"
            "void give(void (*)(void)); void give_too(int (*)(void));",
            "give(defer); give_too(pure_c);",
        )
    )
    assert sorted(re.findall(r"ret void|@give\w*", line)[0] for line in lines) == [
        "@give",
        "@give_too",
        "ret void",
    ]


def test_a_naked_function_stays_as_it_is(ir: Callable[..., str]) -> None:
    lines = settled_lines(
        ir('__attribute__((naked)) void g(void) { __asm__ volatile("ret"); }', "g();")
    )
    assert [line for line in lines if "asm" in line] == []
    assert any("@g(" in line for line in lines)


def test_a_call_in_the_place_of_a_return(ir: Callable[..., str]) -> None:
    """The function called settles in the caller's stead, and nothing comes in between."""
    lines = settled_lines(
        ir(
            f"{DEFER} __attribute__((noinline)) void jump(void)"
            "{ __attribute__((musttail)) return defer(); }"
            "void give(void (*)(void));",
            "give(jump);",
        )
    )
    assert sorted(re.findall(r"ret void|@\w+", line)[0] for line in lines) == [
        "@defer",
        "@give",
        "ret void",
    ]
