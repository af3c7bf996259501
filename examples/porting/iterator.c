/*
 * countdown - an iterator: HPy has no slots for __iter__ and __next__, and methods do as well.
 *
 *     hpybc compile examples/porting/iterator.c -o countdown.bc
 */
#include "hpy.h"

typedef struct {
    long left;
} Countdown;
HPyType_HELPERS(Countdown);

HPyDef_SLOT_IMPL(Countdown_new, HPyType_GenericNew, HPy_tp_new);

HPyDef_SLOT(Countdown_init, HPy_tp_init);
static int Countdown_init_impl(HPyContext *ctx, HPy self, const HPy *args, HPy_ssize_t nargs,
                               HPy kw) {
    static const char *const names[] = {"", NULL};
    Countdown *countdown = Countdown_AsStruct(ctx, self);
    return HPyArg_ParseKeywordsDict(ctx, NULL, args, nargs, kw, "l:Countdown", names,
                                    &countdown->left)
               ? 0
               : -1;
}

HPyDef_METH(Countdown_iter, "__iter__", HPyFunc_NOARGS);
static HPy Countdown_iter_impl(HPyContext *ctx, HPy self) {
    return HPy_Dup(ctx, self);
}

HPyDef_METH(Countdown_next, "__next__", HPyFunc_NOARGS);
static HPy Countdown_next_impl(HPyContext *ctx, HPy self) {
    Countdown *countdown = Countdown_AsStruct(ctx, self);
    if (countdown->left <= 0)
        return HPyErr_SetObject(ctx, ctx->h_StopIteration, ctx->h_None);
    return HPyLong_FromLong(ctx, countdown->left--);
}

static HPyDef *Countdown_defines[] = {&Countdown_new, &Countdown_init, &Countdown_iter,
                                      &Countdown_next, NULL};

static HPyType_Spec Countdown_spec = {
    .name = "countdown.Countdown",
    .basicsize = sizeof(Countdown),
    .flags = HPy_TPFLAGS_DEFAULT,
    .builtin_shape = SHAPE(Countdown),
    .defines = Countdown_defines,
};

/* The interpreter looks for special methods in slots. A class gets a slot for a method when the
 * attribute is set, not by having it from the start: hence this sets it once more. */
static int fill_slot(HPyContext *ctx, HPy type, const char *name) {
    HPy method = HPy_GetAttr_s(ctx, type, name);
    if (HPy_IsNull(method))
        return -1;
    const int result = HPy_SetAttr_s(ctx, type, name, method);
    HPy_Close(ctx, method);
    return result;
}

HPyDef_SLOT(module_exec, HPy_mod_exec);
static int module_exec_impl(HPyContext *ctx, HPy module) {
    HPy type = HPyType_FromSpec(ctx, &Countdown_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    int result = fill_slot(ctx, type, "__iter__");
    if (result == 0)
        result = fill_slot(ctx, type, "__next__");
    if (result == 0)
        result = HPy_SetAttr_s(ctx, module, "Countdown", type);
    HPy_Close(ctx, type);
    return result;
}

static HPyDef *module_defines[] = {&module_exec, NULL};

static HPyModuleDef moduledef = {.doc = "An iterator.", .defines = module_defines};

HPy_MODINIT(countdown, moduledef)
