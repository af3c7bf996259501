/* An extension with a mistake: add() takes it that start() was called for the counter. */
#include "hpy.h"

#include <stdlib.h>

static long *counters[8];

HPyDef_METH(start, "start", HPyFunc_O);
static HPy start_impl(HPyContext *ctx, HPy self, HPy arg) {
    (void)self;
    const size_t i = HPyLong_AsSize_t(ctx, arg);
    if (HPyErr_Occurred(ctx))
        return HPy_NULL;
    if (counters[i & 7] == NULL)
        counters[i & 7] = calloc(1, sizeof(long));
    return HPy_Dup(ctx, ctx->h_None);
}

static long increase(long *counter, long by) {
    *counter += by;
    return *counter;
}

HPyDef_METH(add, "add", HPyFunc_VARARGS);
static HPy add_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    long i, by;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "ll:add", &i, &by))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, increase(counters[i & 7], by));
}

static HPyDef *module_defines[] = {&start, &add, NULL};

static HPyModuleDef module_def = {.defines = module_defines};

HPy_MODINIT(tally, module_def)
