/* int: conversions to and from every C integer. */
#include "support.h"

/* Arguments are read with the mask, which refuses no int: what is under test is the way back. */
#define TO(type) ((type)HPyLong_AsUInt64_tMask(ctx, a))

FUNCTION1(FromInt32_t, HPyLong_FromInt32_t(ctx, TO(int32_t)));
FUNCTION1(FromUInt32_t, HPyLong_FromUInt32_t(ctx, TO(uint32_t)));
FUNCTION1(FromInt64_t, HPyLong_FromInt64_t(ctx, TO(int64_t)));
FUNCTION1(FromUInt64_t, HPyLong_FromUInt64_t(ctx, TO(uint64_t)));
FUNCTION1(FromSize_t, HPyLong_FromSize_t(ctx, TO(size_t)));
FUNCTION1(FromSsize_t, HPyLong_FromSsize_t(ctx, TO(HPy_ssize_t)));
FUNCTION1(FromLong, HPyLong_FromLong(ctx, TO(long)));
FUNCTION1(FromUnsignedLong, HPyLong_FromUnsignedLong(ctx, TO(unsigned long)));
FUNCTION1(FromLongLong, HPyLong_FromLongLong(ctx, TO(long long)));
FUNCTION1(FromUnsignedLongLong, HPyLong_FromUnsignedLongLong(ctx, TO(unsigned long long)));
FUNCTION1(FromPid, HPyLong_FromPid(ctx, TO(int)));
FUNCTION1(BoolFromLong, HPyBool_FromLong(ctx, TO(long)));

/* The int that a conversion to C gives, by way of the widest conversion of that signedness. */
#define AS(name, convert, type, from)                                                              \
    HPyDef_METH(m_##name, #name, HPyFunc_O);                                                       \
    static HPy m_##name##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {                     \
        const type value = convert(ctx, a);                                                        \
        if (value == (type) - 1 && HPyErr_Occurred(ctx))                                           \
            return HPy_NULL;                                                                       \
        return HPyLong_##from(ctx, value);                                                         \
    }

AS(AsInt32_t, HPyLong_AsInt32_t, int32_t, FromInt64_t)
AS(AsUInt32_t, HPyLong_AsUInt32_t, uint32_t, FromUInt64_t)
AS(AsUInt32_tMask, HPyLong_AsUInt32_tMask, uint32_t, FromUInt64_t)
AS(AsInt64_t, HPyLong_AsInt64_t, int64_t, FromInt64_t)
AS(AsUInt64_t, HPyLong_AsUInt64_t, uint64_t, FromUInt64_t)
AS(AsUInt64_tMask, HPyLong_AsUInt64_tMask, uint64_t, FromUInt64_t)
AS(AsSize_t, HPyLong_AsSize_t, size_t, FromUInt64_t)
AS(AsSsize_t, HPyLong_AsSsize_t, HPy_ssize_t, FromInt64_t)
AS(AsLong, HPyLong_AsLong, long, FromInt64_t)
AS(AsUnsignedLong, HPyLong_AsUnsignedLong, unsigned long, FromUInt64_t)
AS(AsUnsignedLongMask, HPyLong_AsUnsignedLongMask, unsigned long, FromUInt64_t)
AS(AsLongLong, HPyLong_AsLongLong, long long, FromInt64_t)
AS(AsUnsignedLongLong, HPyLong_AsUnsignedLongLong, unsigned long long, FromUInt64_t)
AS(AsUnsignedLongLongMask, HPyLong_AsUnsignedLongLongMask, unsigned long long, FromUInt64_t)
AS(AsPid, HPyLong_AsPid, long, FromInt64_t)

HPyDef_METH(as_double, "AsDouble", HPyFunc_O);
static HPy as_double_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    const double value = HPyLong_AsDouble(ctx, a);
    return value == -1.0 && HPyErr_Occurred(ctx) ? HPy_NULL : HPyFloat_FromDouble(ctx, value);
}

HPyDef_METH(as_void_ptr, "AsVoidPtr", HPyFunc_O);
static HPy as_void_ptr_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    void *value = HPyLong_AsVoidPtr(ctx, a);
    if (value == NULL && HPyErr_Occurred(ctx))
        return HPy_NULL;
    return HPyLong_FromUInt64_t(ctx, (uintptr_t)value);
}

MODULE(long, &m_FromInt32_t, &m_FromUInt32_t, &m_FromInt64_t, &m_FromUInt64_t, &m_FromSize_t,
       &m_FromSsize_t, &m_FromLong, &m_FromUnsignedLong, &m_FromLongLong, &m_FromUnsignedLongLong,
       &m_FromPid, &m_BoolFromLong, &m_AsInt32_t, &m_AsUInt32_t, &m_AsUInt32_tMask, &m_AsInt64_t,
       &m_AsUInt64_t, &m_AsUInt64_tMask, &m_AsSize_t, &m_AsSsize_t, &m_AsLong, &m_AsUnsignedLong,
       &m_AsUnsignedLongMask, &m_AsLongLong, &m_AsUnsignedLongLong, &m_AsUnsignedLongLongMask,
       &m_AsPid, &as_double, &as_void_ptr)
