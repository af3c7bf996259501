"""Which calls of an extension settle before."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from hpybc import errors
from hpybc.inspect import inspect
from hpybc.jit import edits
from hpybc.jit.module import parsed
from hpybc.loader import compilation, contexts, export, extension
from hpybc.toolchain.compile import Options, compile_extension
from tools.native import native

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
        with parsed(extension.read(output).payload) as module:
            return str(edits.generic(module, compilation.for_release))

    return compile_


def settled_lines(text: str) -> list[str]:
    """The instructions before which there is a call that settles."""
    lines = text.split("\n")
    return [after for line, after in pairwise(lines) if SETTLE in line]


FOREIGN = {
    "an external function": ("int g(int);", "n = g(3);", "@g("),
    "a name like the API's": ("int HPyMine_call(int);", "n = HPyMine_call(3);", "@HPyMine_call("),
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
        'asm sideeffect "", ',  # in the function behind it, which is called by its own name
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


def test_the_names_of_the_api_are_what_the_contexts_define() -> None:
    """Other names that begin so are anybody's, and may lead anywhere."""
    with parsed(extension.read(contexts.stack("release")).payload) as module:
        defined = module.defined()
    assert contexts.api() <= defined
    own = {"_HPyErr_Save", "_HPyErr_Restore", "_HPyType_CallTrampolines"}
    own |= {"_HPyFrame_Current", "_HPyThread_MayRunPython"}
    assert defined - contexts.api() == {*own, "_HPyModule_GILNotUsed", "_HPy_Settle"}


#: Functions of a shared library, one of a name like those of the API.
LIBRARY = """
int HPyMine_call(int (*function)(void)) { return function(); }
int (*HPyMine_pointer)(int (*)(void)) = HPyMine_call;
"""

#: An item is in hand while the library calls a function of Python's that empties the list.
CALLER = """
#include "hpy.h"
#include <stdint.h>
int HPyMine_call(int (*function)(void));
extern int (*HPyMine_pointer)(int (*)(void));
static int (*function_of(HPyContext *ctx, HPy address))(void) {
    return (int (*)(void))(uintptr_t)HPyLong_AsUnsignedLongLong(ctx, address);
}
HPyDef_METH(direct, "direct", HPyFunc_VARARGS)
static HPy direct_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    int (*function)(void) = function_of(ctx, args[1]);
    HPy item = HPy_GetItem_i(ctx, args[0], 0);
    HPyMine_call(function);
    return item;
}
HPyDef_METH(indirect, "indirect", HPyFunc_VARARGS)
static HPy indirect_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    int (*function)(void) = function_of(ctx, args[1]);
    HPy item = HPy_GetItem_i(ctx, args[0], 0);
    HPyMine_pointer(function);
    return item;
}
static HPyDef *defs[] = {&direct, &indirect, NULL};
static HPyModuleDef def = {.doc = "", .defines = defs};
HPy_MODINIT(caller, def)
"""


@pytest.mark.parametrize("name", ["direct", "indirect"])
def test_library_with_names_like_those_of_the_api(name: str, engine: str, tmp_path: Path) -> None:
    """What it calls may drop the last reference to what the extension has in hand."""
    native(LIBRARY, tmp_path / "libmine.so", "-shared", "-soname=libmine.so")
    source, file = tmp_path / "caller.c", tmp_path / "caller.bc"
    source.write_text(CALLER)
    folders = (str(tmp_path),)
    options = Options(libraries=("mine",), library_dirs=folders, runpath=folders)
    compile_extension([str(source)], str(file), options)
    code = (
        "import ctypes, hpybc, sys, weakref\n"
        "class Token: pass\n"
        "items = [Token()]\n"
        "seen = weakref.ref(items[0])\n"
        "f = ctypes.PYFUNCTYPE(ctypes.c_int)(lambda: items.clear() or seen() is not None)\n"
        "module = hpybc.load(sys.argv[1])\n"
        "item = getattr(module, sys.argv[2])(items, ctypes.cast(f, ctypes.c_void_p).value)\n"
        "print(item is seen(), sys.getrefcount(item) - sys.getrefcount(object()), items)"
    )
    command = [sys.executable, "-I", "-c", code, str(file), name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.returncode) == ("True 1 []\n", 0), done.stderr


def test_api_of_a_file(tmp_path: Path) -> None:
    """hpybc inspect tells the API's functions from others with such names."""
    source, file = tmp_path / "caller.c", tmp_path / "caller.bc"
    source.write_text(CALLER)
    compile_extension([str(source)], str(file), Options(may_be_undefined=True))
    found = inspect(file)
    assert "HPy_GetItem_i" in found.api
    assert found.undefined == ["HPyMine_call", "HPyMine_pointer"]
    with pytest.raises(errors.UndefinedSymbolError) as caught:
        export.universal(extension.read(file))
    assert "universal ABI" not in str(caught.value)
    assert "HPyMine_call" in str(caught.value)
