/* contextvars.ContextVar. */
#include "support.h"

FUNCTION2(New, HPyContextVar_New(ctx, text(ctx, a), b));
FUNCTION1(New_without_default, HPyContextVar_New(ctx, text(ctx, a), HPy_NULL));
FUNCTION2(Set, HPyContextVar_Set(ctx, a, b));

/* The value, or Ellipsis if there is none. */
static HPy get(HPyContext *ctx, HPy variable, HPy default_value) {
    HPy result = HPy_NULL;
    if (HPyContextVar_Get(ctx, variable, default_value, &result) < 0)
        return HPy_NULL;
    return HPy_IsNull(result) ? HPy_Dup(ctx, ctx->h_Ellipsis) : result;
}
FUNCTION2(Get, get(ctx, a, b));
FUNCTION1(Get_without_default, get(ctx, a, HPy_NULL));

MODULE(contextvar, &m_New, &m_New_without_default, &m_Set, &m_Get, &m_Get_without_default)
