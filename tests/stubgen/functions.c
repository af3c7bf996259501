/* Functions whose formats say more or less, and types of each kind. */
#include "hpy.h"

HPyDef_METH(named, "named", HPyFunc_KEYWORDS);
static HPy named_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    (void)self;
    static const char *keywords[] = {"", "text", "scale", "flag", NULL};
    long count;
    const char *text;
    double scale = 1.0;
    int flag = 0;
    if (!HPyArg_ParseKeywords(ctx, NULL, args, nargs, kwnames, "ls|d$p:named", keywords, &count,
                              &text, &scale, &flag))
        return HPy_NULL;
    return HPyFloat_FromDouble(ctx, (double)count * scale + flag + text[0]);
}

HPyDef_METH(placed, "placed", HPyFunc_VARARGS);
static HPy placed_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    long a, b = 0;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "l|l", &a, &b))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, a + b);
}

/* It takes one argument more than its format says. */
HPyDef_METH(longer, "longer", HPyFunc_VARARGS);
static HPy longer_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    long a;
    if (!HPyArg_Parse(ctx, NULL, args, nargs - 1, "l", &a))
        return HPy_NULL;
    return HPy_Dup(ctx, args[nargs - 1]);
}

HPyDef_METH(none, "none", HPyFunc_NOARGS);
static HPy none_impl(HPyContext *ctx, HPy self) {
    (void)self;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(one, "one", HPyFunc_O);
static HPy one_impl(HPyContext *ctx, HPy self, HPy arg) {
    (void)self;
    return HPy_Dup(ctx, arg);
}

HPyDef_METH(either, "either", HPyFunc_O);
static HPy either_impl(HPyContext *ctx, HPy self, HPy arg) {
    (void)self;
    HPy_ssize_t length = HPy_Length(ctx, arg);
    if (length < 0)
        return HPyErr_SetString(ctx, ctx->h_TypeError, "no length");
    return length == 0 ? HPy_Dup(ctx, ctx->h_None) : HPy_Repr(ctx, arg);
}

/* What makes an exception returns it, unlike what raises one. */
HPyDef_METH(made, "made", HPyFunc_O);
static HPy made_impl(HPyContext *ctx, HPy self, HPy arg) {
    (void)self;
    if (!HPy_Is(ctx, arg, ctx->h_None))
        return HPyLong_FromLong(ctx, 1);
    return HPyErr_NewException(ctx, "functions.Made", HPy_NULL, HPy_NULL);
}

HPyDef_METH(keyword, "class", HPyFunc_NOARGS);
static HPy keyword_impl(HPyContext *ctx, HPy self) {
    (void)self;
    return HPy_Dup(ctx, ctx->h_None);
}

typedef struct {
    long number;
} Pair;

HPyType_HELPERS(Pair);

HPyDef_MEMBER(Pair_number, "number", HPyMember_LONG, offsetof(Pair, number), .readonly = 1);
HPyDef_GET(Pair_double, "twice");
static HPy Pair_double_get(HPyContext *ctx, HPy self, void *closure) {
    (void)closure;
    return HPyLong_FromLong(ctx, 2 * Pair_AsStruct(ctx, self)->number);
}

HPyDef_SLOT(Pair_compare, HPy_tp_richcompare);
static HPy Pair_compare_impl(HPyContext *ctx, HPy self, HPy other, HPy_RichCmpOp op) {
    (void)self, (void)other, (void)op;
    return HPy_Dup(ctx, ctx->h_NotImplemented);
}

static HPyDef *pair_defines[] = {&Pair_number, &Pair_double, &Pair_compare, NULL};
static HPyType_Spec pair_spec = {
    .name = "functions.Pair",
    .basicsize = sizeof(Pair),
    .builtin_shape = SHAPE(Pair),
    .flags = HPy_TPFLAGS_DEFAULT,
    .defines = pair_defines,
};

typedef struct {
    int unit;
} Size;

HPyType_HELPERS(Size, HPyType_BuiltinShape_Long);

static HPyType_Spec size_spec = {
    .name = "functions.Size",
    .basicsize = sizeof(Size),
    .builtin_shape = SHAPE(Size),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
};

HPyDef_SLOT(module_exec, HPy_mod_exec);
static int module_exec_impl(HPyContext *ctx, HPy module) {
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, ctx->h_LongType}, {0}};
    if (!HPyHelpers_AddType(ctx, module, "Pair", &pair_spec, NULL))
        return -1;
    return HPyHelpers_AddType(ctx, module, "Size", &size_spec, params) ? 0 : -1;
}

static HPyDef *defines[] = {&named,  &placed, &longer,  &none,        &one,
                            &either, &made,   &keyword, &module_exec, NULL};
static HPyModuleDef def = {.defines = defines};
HPy_MODINIT(functions, def)
