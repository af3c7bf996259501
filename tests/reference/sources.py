"""C sources made from the facts: one with every line of use, one that runs every example."""

from __future__ import annotations

import re

from reference.definitions import Function, Parameter
from reference.facts import Fact, facts, load, pages

#: How a parameter is made of the Python object that stands for it in an example.
CONVERSIONS = {
    "HPy": "as_handle(ctx, {})",
    "const HPy *": "as_array(ctx, {}, places)",
    "const char *": "as_string(ctx, {})",
    "bool": "HPy_IsTrue(ctx, {})",
    "double": "HPyFloat_AsDouble(ctx, {})",
    "uint64_t": "HPyLong_AsUInt64_t(ctx, {})",
    "size_t": "HPyLong_AsSize_t(ctx, {})",
    **dict.fromkeys(
        ("int", "long", "long long", "int32_t", "int64_t", "HPy_ssize_t", "HPy_SourceKind"),
        "HPyLong_AsInt64_t(ctx, {})",
    ),
    **dict.fromkeys(
        ("unsigned long", "unsigned long long", "uint32_t"), "HPyLong_AsUInt64_t(ctx, {})"
    ),
}

#: What a result becomes. Each looks whether an exception is set if and only if the facts say so.
RESULTS = {
    "new": "give(ctx, result, HPy_IsNull(result))",
    "sure": "give(ctx, result, false)",
    "raising": "give(ctx, result, true)",
    "status": "give_int(ctx, result, result == -1, result == 0 || result == -1)",
    "test": "give_int(ctx, result, result == -1, result == 0 || result == 1 || result == -1)",
    "check": "give_int(ctx, result, false, result == 0 || result == 1)",
    "pointer": "give_string(ctx, result)",
}

_EXAMPLES = """\
/* Each function of the API as one of Python, made from docs/reference/facts.toml. */
#include "hpy.h"

static HPy as_handle(HPyContext *ctx, HPy arg) {
    return HPy_Is(ctx, arg, ctx->h_NotImplemented) ? HPy_NULL : arg;
}

static const char *as_string(HPyContext *ctx, HPy arg) {
    return HPy_IsNull(as_handle(ctx, arg)) ? NULL : HPyUnicode_AsUTF8AndSize(ctx, arg, NULL);
}

/* The items of a tuple, whose handles are the caller's to close; HPy_NULL behind them. */
#define MOST_ITEMS 8
static const HPy *as_array(HPyContext *ctx, HPy arg, HPy places[MOST_ITEMS]) {
    const HPy_ssize_t length = HPy_Length(ctx, arg);
    for (HPy_ssize_t i = 0; i < length && i < MOST_ITEMS; i++)
        places[i] = HPy_GetItem_i(ctx, arg, i);
    return places;
}

/* result, if an exception is set as it should be. */
static HPy give(HPyContext *ctx, HPy result, bool failed) {
    if (HPyErr_Occurred(ctx) == failed)
        return result;
    HPyErr_Clear(ctx);
    HPy_Close(ctx, result);
    return HPyErr_SetString(ctx, ctx->h_AssertionError, "result and exception do not agree");
}

static HPy give_int(HPyContext *ctx, long long result, bool failed, bool known) {
    if (!known)
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "a result that the facts do not know");
    return give(ctx, failed ? HPy_NULL : HPyLong_FromLongLong(ctx, result), failed);
}

static HPy give_string(HPyContext *ctx, const char *result) {
    return give(ctx, result == NULL ? HPy_NULL : HPyUnicode_FromString(ctx, result),
                result == NULL);
}
"""


def uses(hybrid: bool) -> str:
    """Every line of use, each of a function in one where its parameters are the variables."""
    lines = ['#include "hpy.h"', "#define UNUSED __attribute__((unused))"]
    for page in pages():
        if page.hybrid == hybrid:
            lines += [_use(fact) for fact in page.facts]
    return "\n".join([*lines, ""])


def _use(fact: Fact) -> str:
    if fact.where == "file":
        return fact.use
    known = [Parameter("HPyContext *", "ctx"), Parameter("HPy", "h")]
    if isinstance(fact.entry, Function):
        known = [p for p in fact.entry.parameters if p.type != "..."]
        if not any(p.name == "ctx" for p in known):
            known.insert(0, Parameter("HPyContext *", "ctx"))
    parameters = ", ".join(f"UNUSED {p.type} {p.name}" for p in known)
    body = f"{fact.use.rstrip(';')}; return HPy_NULL;"
    return f"{fact.before}\nUNUSED static HPy use{fact.name}({parameters}) {{ {body} }}"


def with_examples() -> list[Fact]:
    """Those that have examples."""
    return [fact for fact in facts() if fact.examples]


def examples() -> str:
    """An extension in which every function that has examples is one of Python."""
    parts = [_EXAMPLES]
    parts += [_callable(fact) for fact in with_examples()]
    defines = ", ".join(f"&call_{fact.name}" for fact in with_examples())
    parts.append(f"static HPyDef *defines[] = {{{defines}, NULL}};")
    parts.append("static HPyModuleDef moduledef = {.defines = defines};")
    parts.append("HPy_MODINIT(reference, moduledef)\n")
    return "\n".join(parts)


def _callable(fact: Fact) -> str:
    function = fact.entry
    assert isinstance(function, Function)
    parameters = [p for p in function.parameters if p.name != "ctx"]
    lines = [
        f'HPyDef_METH(call_{fact.name}, "{fact.name}", HPyFunc_VARARGS)',
        f"static HPy call_{fact.name}_impl(HPyContext *ctx, _HPy_UNUSED HPy self,",
        "    _HPy_UNUSED const HPy *args, size_t nargs) {",
        f"    if (nargs != {len(parameters)})",
        '        return HPyErr_SetString(ctx, ctx->h_AssertionError, "other parameters");',
    ]
    has_array = any(parameter.type == "const HPy *" for parameter in parameters)
    if has_array:
        lines.append("    HPy places[MOST_ITEMS] = {HPy_NULL};")
    for i, parameter in enumerate(parameters):
        value = CONVERSIONS[parameter.type].format(f"args[{i}]")
        cast = "" if parameter.type == "HPy" else f"({parameter.type})"
        lines.append(f"    {parameter.type} value{i} = {cast}{value};")
    lines.append("    if (HPyErr_Occurred(ctx)) return HPy_NULL;")
    values = [f"value{i}" for i in range(len(parameters))]
    call = f"{fact.name}({', '.join(['ctx', *values])})"
    if function.type == "void":
        lines.append(f"    {call};")
        lines.append("    return give(ctx, HPy_Dup(ctx, ctx->h_None), false);\n}")
        return "\n".join(lines)
    lines.append(f"    {function.type} result = {call};")
    if has_array:
        lines.append("    for (int i = 0; i < MOST_ITEMS; i++) HPy_Close(ctx, places[i]);")
    lines.append(f"    return {_given(fact, function)};\n}}")
    return "\n".join(lines)


def _given(fact: Fact, function: Function) -> str:
    kind = fact.returns if fact.returns in load()["returns"] else load()["types"][function.type]
    if kind != "number":
        return RESULTS[kind]
    made = "HPyLong_FromInt64_t"
    if function.type == "double":
        made = "HPyFloat_FromDouble"
    elif re.match("u|size_t|HPy_UCS4", function.type):
        made = "HPyLong_FromUInt64_t"
    failed = f"result == ({function.type})-1 && HPyErr_Occurred(ctx)"
    return f"give(ctx, {failed} ? HPy_NULL : {made}(ctx, result), {failed})"
