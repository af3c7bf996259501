/* HPy_BuildValue: every unit, and formats that are none. */
#include "support.h"

#include <limits.h>

FUNCTION0(nothing, HPy_BuildValue(ctx, ""));
FUNCTION0(integers, HPy_BuildValue(ctx, "iIlkLKn", INT_MIN, UINT_MAX, LONG_MIN, ULONG_MAX,
                                   LLONG_MIN, ULLONG_MAX, HPY_SSIZE_T_MIN));
FUNCTION0(floats, HPy_BuildValue(ctx, "fd", 0.5f, 1e300));
FUNCTION0(strings, HPy_BuildValue(ctx, "s, s", "caf\xc3\xa9", (const char *)NULL));
FUNCTION0(not_utf8, HPy_BuildValue(ctx, "[s]", "\xff"));
FUNCTION1(one, HPy_BuildValue(ctx, "O", a));
FUNCTION1(tuple_of_one, HPy_BuildValue(ctx, "(S)", a));
FUNCTION2(two, HPy_BuildValue(ctx, "OS", a, b));
FUNCTION2(nested, HPy_BuildValue(ctx, " ( [O, ()] , {O : [i], s:(O)} ) ", a, b, 7, "k", a));
FUNCTION0(empty, HPy_BuildValue(ctx, "()[]{}"));
FUNCTION0(null_without_exception, HPy_BuildValue(ctx, "(iO)", 1, HPy_NULL));
FUNCTION0(null_with_exception,
          HPy_BuildValue(ctx, "[iO]", 1, HPyErr_SetString(ctx, ctx->h_LookupError, "mine")));
FUNCTION1(unhashable, HPy_BuildValue(ctx, "({O:i})", a, 1));

/* format(text): the value of a format whose integers are 1, 2, 3. */
HPyDef_METH(format, "format", HPyFunc_O);
static HPy format_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy text) {
    const char *fmt = HPyUnicode_AsUTF8AndSize(ctx, text, NULL);
    return fmt == NULL ? HPy_NULL : HPy_BuildValue(ctx, fmt, 1, 2, 3);
}

MODULE(test_buildvalue, &m_nothing, &m_integers, &m_floats, &m_strings, &m_not_utf8, &m_one,
       &m_tuple_of_one, &m_two, &m_nested, &m_empty, &m_null_without_exception,
       &m_null_with_exception, &m_unhashable, &format)
