/* Names that a stub uses itself, and one that no parameter can have. */
#include "hpy.h"
typedef struct {
    int a;
} Odd;
HPyType_HELPERS(Odd) HPyDef_METH(f, "float", HPyFunc_NOARGS) static HPy
    f_impl(HPyContext *ctx, HPy) {
    return HPyFloat_FromDouble(ctx, 1.0);
}
HPyDef_METH(k, "k", HPyFunc_KEYWORDS) static HPy
    k_impl(HPyContext *ctx, HPy, const HPy *args, size_t nargs, HPy kw) {
    static const char *names[] = {"class", "b", nullptr};
    double a, b;
    if (!HPyArg_ParseKeywords(ctx, nullptr, args, nargs, kw, "d|d:k", names, &a, &b))
        return HPy_NULL;
    return HPyFloat_FromDouble(ctx, a);
}
HPyDef_MEMBER(m, "x", HPyMember_DOUBLE, offsetof(Odd, a))
    HPyDef_MEMBER(mi, "int", HPyMember_INT, offsetof(Odd, a))
        HPyDef_MEMBER(mj, "other", HPyMember_INT,
                      offsetof(Odd, a)) static HPyDef *td[] = {&f, &k, &m, &mi, &mj, nullptr};
static HPyType_Spec spec = {"names.Any", sizeof(Odd), 0,  HPy_TPFLAGS_DEFAULT,
                            SHAPE(Odd),  nullptr,     td, nullptr};
HPyDef_SLOT(ex, HPy_mod_exec) static int ex_impl(HPyContext *ctx, HPy mod) {
    return HPyHelpers_AddType(ctx, mod, "Any", &spec, nullptr) ? 0 : -1;
}
static HPyDef *md[] = {&ex, &k, &f, nullptr};
static HPyModuleDef def = {"", 0, nullptr, md, nullptr};
HPy_MODINIT(names, def)
