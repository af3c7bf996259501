/* float and bool. */
#include "support.h"

HPyDef_METH(as_double, "AsDouble", HPyFunc_O);
static HPy as_double_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    const double value = HPyFloat_AsDouble(ctx, a);
    return value == -1.0 && HPyErr_Occurred(ctx) ? HPy_NULL : HPyFloat_FromDouble(ctx, value);
}

/* The eight bytes of a double as an int, so that not one bit escapes. */
HPyDef_METH(bits, "bits", HPyFunc_O);
static HPy bits_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    union {
        double value;
        uint64_t bits;
    } both = {HPyFloat_AsDouble(ctx, a)};
    return HPyLong_FromUInt64_t(ctx, both.bits);
}

HPyDef_METH(from_bits, "from_bits", HPyFunc_O);
static HPy from_bits_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    union {
        uint64_t bits;
        double value;
    } both = {HPyLong_AsUInt64_t(ctx, a)};
    return HPyFloat_FromDouble(ctx, both.value);
}

FUNCTION1(from_bool, HPyBool_FromBool(ctx, HPyLong_AsLong(ctx, a) != 0));

MODULE(float, &as_double, &bits, &from_bits, &m_from_bool)
