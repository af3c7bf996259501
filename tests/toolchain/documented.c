/* Functions that say which parameters they have, and functions that do not say so. */
#include "hpy.h"

#include <stdio.h>

#define UNUSED(...) (void)sizeof((0, __VA_ARGS__))

HPyDef_METH(none, "none", HPyFunc_NOARGS, .doc = "No parameters:\t\"\xc3\xa9\\\".");
static HPy none_impl(HPyContext *ctx, HPy self) {
    UNUSED(self);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(one, "one", HPyFunc_O);
static HPy one_impl(HPyContext *ctx, HPy self, HPy arg) {
    UNUSED(self);
    return HPy_Dup(ctx, arg);
}

HPyDef_METH(placed, "placed", HPyFunc_VARARGS);
static HPy placed_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    UNUSED(self);
    long a, b = 0;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "l|l:placed", &a, &b))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, a + b);
}

HPyDef_METH(named, "named", HPyFunc_KEYWORDS, .doc = "named(text, scale) -> float\n\nA product.");
static HPy named_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    UNUSED(self);
    static const char *keywords[] = {"", "module", "scale", "flag", NULL};
    long count;
    const char *text;
    double scale = 1.0;
    int flag = 0;
    if (!HPyArg_ParseKeywords(ctx, NULL, args, nargs, kwnames, "ls|d$p:named", keywords, &count,
                              &text, &scale, &flag))
        return HPy_NULL;
    return HPyFloat_FromDouble(ctx, (double)count * scale + flag + text[0]);
}

/* From here on nothing is certain. */

HPyDef_METH(written, "written", HPyFunc_O, .doc = "written($module, number, /)\n--\n\nIts doc.");
static HPy written_impl(HPyContext *ctx, HPy self, HPy arg) {
    UNUSED(self);
    return HPy_Dup(ctx, arg);
}

/* What CPython takes for a signature, and inspect does not. */
HPyDef_METH(odd, "odd", HPyFunc_O, .doc = "odd([a])\n--\n\nIts doc.");
static HPy odd_impl(HPyContext *ctx, HPy self, HPy arg) {
    UNUSED(self);
    return HPy_Dup(ctx, arg);
}

HPyDef_METH(later, "later", HPyFunc_VARARGS);
static HPy later_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    UNUSED(self);
    long a;
    if (!HPyArg_Parse(ctx, NULL, args + 1, nargs - 1, "l", &a))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, a);
}

HPyDef_METH(either, "either", HPyFunc_VARARGS);
static HPy either_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    UNUSED(self);
    long a = 0, b = 0;
    if (nargs == 1 ? !HPyArg_Parse(ctx, NULL, args, nargs, "l", &a)
                   : !HPyArg_Parse(ctx, NULL, args, nargs, "ll", &a, &b))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, a + b);
}

/* It takes keywords, whatever they are. */
HPyDef_METH(ignoring, "ignoring", HPyFunc_KEYWORDS);
static HPy ignoring_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    UNUSED(self, kwnames);
    long a;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "l", &a))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, a);
}

HPyDef_METH(computed, "computed", HPyFunc_VARARGS);
static HPy computed_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    UNUSED(self);
    char format[8];
    snprintf(format, sizeof format, "%c", 'l');
    long a;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, format, &a))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, a);
}

/* Keywords that no text signature can have. */
HPyDef_METH(keyword, "keyword", HPyFunc_KEYWORDS);
static HPy keyword_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    UNUSED(self);
    static const char *keywords[] = {"class", NULL};
    long a;
    if (!HPyArg_ParseKeywords(ctx, NULL, args, nargs, kwnames, "l", keywords, &a))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, a);
}

HPyDef_METH(owned, "owned", HPyFunc_KEYWORDS);
static HPy owned_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    UNUSED(self);
    static const char *keywords[] = {"self", "module", NULL};
    long a, b;
    if (!HPyArg_ParseKeywords(ctx, NULL, args, nargs, kwnames, "ll", keywords, &a, &b))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, a + b);
}

HPyDef_METH(Type_method, "method", HPyFunc_VARARGS, .doc = "A method.");
static HPy Type_method_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    UNUSED(self);
    HPy a;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "O", &a))
        return HPy_NULL;
    return HPy_Dup(ctx, a);
}

static HPyDef *type_defines[] = {&Type_method, NULL};
static HPyType_Spec type_spec = {.name = "documented.Type", .defines = type_defines};

HPyDef_SLOT(module_exec, HPy_mod_exec);
static int module_exec_impl(HPyContext *ctx, HPy module) {
    return HPyHelpers_AddType(ctx, module, "Type", &type_spec, NULL) ? 0 : -1;
}

static HPyDef *defines[] = {&none,   &one,      &placed,   &named,   &written, &odd,         &later,
                            &either, &ignoring, &computed, &keyword, &owned,   &module_exec, NULL};
static HPyModuleDef def = {.defines = defines};
HPy_MODINIT(documented, def)
