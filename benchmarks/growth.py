"""Extensions of any size, all of one kind of code: what a cold load costs as they grow.

A load should cost what the code costs: twice the time for twice the code. Each function returns the
C source of the extension ``growth`` with ``n`` times the same.
"""

from __future__ import annotations

from collections.abc import Callable


def formats(n: int) -> str:
    """``n`` functions that parse two ints by one format."""
    return _parsers(n, lambda i: "ll")


def named_formats(n: int) -> str:
    """The same, with the name of each function in its format."""
    return _parsers(n, lambda i: f"ll:f{i}")


def _parsers(n: int, format_of: Callable[[int], str]) -> str:
    return _functions(
        n,
        "VARARGS",
        "const HPy *args, size_t nargs",
        lambda i: (
            f"""
            long a, b;
            if (!HPyArg_Parse(ctx, NULL, args, nargs, "{format_of(i)}", &a, &b))
                return HPy_NULL;
            return HPyLong_FromLong(ctx, a * {i + 3} + b);"""
        ),
    )


def keywords(n: int) -> str:
    """``n`` functions with the same five parameters, which return a tuple of them."""
    return _functions(n, "KEYWORDS", _KEYWORDS, lambda i: _with_keywords("", i))


def own_keywords(n: int) -> str:
    """The same, but each with parameters of its own."""
    return _functions(n, "KEYWORDS", _KEYWORDS, lambda i: _with_keywords(f"_{i}", i))


def items(n: int) -> str:
    """One function that adds up ``n`` items of a list, without a loop."""
    reads = "".join(
        f"""
        item = HPy_GetItem_i(ctx, list, {i % 7});
        if (HPy_IsNull(item))
            return HPy_NULL;
        sum += HPyLong_AsLong(ctx, item);
        HPy_Close(ctx, item);
        if (sum == -1 && HPyErr_Occurred(ctx))
            return HPy_NULL;"""
        for i in range(n)
    )
    return _module(
        f"""
        HPyDef_METH(f0, "f0", HPyFunc_O)
        static HPy f0_impl(HPyContext *ctx, HPy self, HPy list) {{
            HPy item;
            long sum = 0;{reads}
            return HPyLong_FromLong(ctx, sum);
        }}""",
        ["f0"],
    )


def constants(n: int) -> str:
    """A module with ``n`` constants, as a binding to a library has them."""
    sets = "".join(
        f"""
        value = HPyLong_FromLong(ctx, {i});
        if (HPy_IsNull(value) || HPy_SetAttr_s(ctx, module, "CONST_{i}", value) < 0)
            return -1;
        HPy_Close(ctx, value);"""
        for i in range(n)
    )
    return _module(
        f"""
        HPyDef_SLOT(exec, HPy_mod_exec)
        static int exec_impl(HPyContext *ctx, HPy module) {{
            HPy value;{sets}
            return 0;
        }}""",
        ["exec"],
    )


#: Every kind, by the name of its function.
CASES: dict[str, Callable[[int], str]] = {
    case.__name__: case
    for case in (formats, named_formats, keywords, own_keywords, items, constants)
}

_KEYWORDS = "const HPy *args, size_t nargs, HPy kwnames"


def _with_keywords(suffix: str, i: int) -> str:
    names = ", ".join(f'"{name}{suffix}"' for name in ("count", "object", "step", "scale", "name"))
    return f"""
            static const char *names[] = {{{names}, NULL}};
            long count, step = {i};
            double scale = 0;
            const char *name = "x";
            HPy object;
            HPyTracker ht;
            if (!HPyArg_ParseKeywords(ctx, &ht, args, nargs, kwnames, "lO|lds", names, &count,
                                      &object, &step, &scale, &name))
                return HPy_NULL;
            HPy result = HPy_BuildValue(ctx, "(lldsO)", count, step, scale, name, object);
            HPyTracker_Close(ctx, ht);
            return result;"""


def _functions(n: int, kind: str, parameters: str, body: Callable[[int], str]) -> str:
    code = "".join(
        f"""
        HPyDef_METH(f{i}, "f{i}", HPyFunc_{kind})
        static HPy f{i}_impl(HPyContext *ctx, HPy self, {parameters}) {{{body(i)}
        }}"""
        for i in range(n)
    )
    return _module(code, [f"f{i}" for i in range(n)])


def _module(code: str, defines: list[str]) -> str:
    return f"""
        #include "hpy.h"
        {code}
        static HPyDef *defines[] = {{{", ".join(f"&{name}" for name in defines)}, NULL}};
        static HPyModuleDef definition = {{.doc = "", .defines = defines}};
        HPy_MODINIT(growth, definition)
        """
