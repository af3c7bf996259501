/* Iteration. */
#include "support.h"

FUNCTION1(Iter, HPy_GetIter(ctx, a));
FUNCTION1(Check, integer(ctx, HPyIter_Check(ctx, a)));

/* Next(iterator) -> (item,), or None at the end. */
HPyDef_METH(next, "Next", HPyFunc_O);
static HPy next_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy iterator) {
    HPy item = HPyIter_Next(ctx, iterator);
    if (HPy_IsNull(item))
        return or_none(ctx, item);
    HPy result = HPyTuple_FromArray(ctx, &item, 1);
    HPy_Close(ctx, item);
    return result;
}

/* collect(iterable) -> a list of its items */
HPyDef_METH(collect, "collect", HPyFunc_O);
static HPy collect_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy iterable) {
    HPy iterator = HPy_GetIter(ctx, iterable);
    if (HPy_IsNull(iterator))
        return HPy_NULL;
    HPy list = HPyList_New(ctx, 0), item;
    while (!HPy_IsNull(item = HPyIter_Next(ctx, iterator))) {
        HPyList_Append(ctx, list, item);
        HPy_Close(ctx, item);
    }
    HPy_Close(ctx, iterator);
    if (HPyErr_Occurred(ctx)) {
        HPy_Close(ctx, list);
        return HPy_NULL;
    }
    return list;
}

MODULE(iter, &m_Iter, &m_Check, &next, &collect)
