/* dict. */
#include "support.h"

FUNCTION1(Check, integer(ctx, HPyDict_Check(ctx, a)));
FUNCTION0(New, HPyDict_New(ctx));
FUNCTION1(Keys, HPyDict_Keys(ctx, a));
FUNCTION1(Copy, HPyDict_Copy(ctx, a));

/* The dict of pairs key, value, key, value... */
HPyDef_METH(build, "build", HPyFunc_VARARGS);
static HPy build_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPy dict = HPyDict_New(ctx);
    for (size_t i = 0; i + 1 < nargs; i += 2) {
        if (HPy_SetItem(ctx, dict, args[i], args[i + 1]) < 0) {
            HPy_Close(ctx, dict);
            return HPy_NULL;
        }
    }
    return dict;
}

MODULE(dict, &m_Check, &m_New, &m_Keys, &m_Copy, &build)
