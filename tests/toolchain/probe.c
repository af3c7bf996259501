/* What the fast paths do that a trial can turn off. */
#include "hpy.h"

/* collect(iterable): a list of its items, by HPyIter_Next. */
HPyDef_METH(collect, "collect", HPyFunc_O) static HPy
    collect_impl(HPyContext *ctx, HPy self, HPy iterable) {
    (void)self;
    HPy list = HPyList_New(ctx, 0), iterator = HPy_GetIter(ctx, iterable), item;
    while (!HPy_IsNull(item = HPyIter_Next(ctx, iterator))) {
        HPyList_Append(ctx, list, item);
        HPy_Close(ctx, item);
    }
    HPy_Close(ctx, iterator);
    return list;
}

/* find(dict, key): the value, or NotImplemented if the dict does not contain the key. */
HPyDef_METH(find, "find", HPyFunc_VARARGS) static HPy
    find_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    (void)nargs;
    return HPy_Contains(ctx, args[0], args[1]) == 1 ? HPy_GetItem(ctx, args[0], args[1])
                                                    : HPy_Dup(ctx, ctx->h_NotImplemented);
}

/* half(x): a float that takes the place of one that died. */
HPyDef_METH(half, "half", HPyFunc_O) static HPy half_impl(HPyContext *ctx, HPy self, HPy x) {
    (void)self;
    const double value = HPyFloat_AsDouble(ctx, x) / 2;
    HPy_Close(ctx, HPyFloat_FromDouble(ctx, 1.5));
    return HPyFloat_FromDouble(ctx, value);
}

static HPyDef *defines[] = {&collect, &find, &half, NULL};
static HPyModuleDef moduledef = {.doc = NULL, .defines = defines};
HPy_MODINIT(probe, moduledef)
