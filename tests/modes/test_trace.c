/* Calls to be counted. */
#include "../api/support.h"

#include <time.h>

FUNCTION0(name, HPyUnicode_FromString(ctx, ctx->name));
FUNCTION2(add, HPy_Add(ctx, a, b));
FUNCTION1(call, HPy_CallTupleDict(ctx, a, HPy_NULL, HPy_NULL));

/* Calls the API while an exception is on its way. */
HPyDef_METH(clean_up, "clean_up", HPyFunc_O);
static HPy clean_up_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    HPy copy = HPy_Dup(ctx, a);
    HPyErr_SetString(ctx, ctx->h_KeyError, "mine");
    HPy_Close(ctx, copy);
    return HPy_NULL;
}

MODULE(test_trace, &m_name, &m_add, &m_call, &clean_up)
