/* Every function of the API that does some of its work in place, by its name without HPy. */
#include "support.h"

/* ---- Numbers ------------------------------------------------------------------------------ */

FUNCTION2(Add, HPy_Add(ctx, a, b))
FUNCTION2(Subtract, HPy_Subtract(ctx, a, b))
FUNCTION2(Multiply, HPy_Multiply(ctx, a, b))
FUNCTION2(TrueDivide, HPy_TrueDivide(ctx, a, b))
FUNCTION2(And, HPy_And(ctx, a, b))
FUNCTION2(Or, HPy_Or(ctx, a, b))
FUNCTION2(Xor, HPy_Xor(ctx, a, b))
FUNCTION2(InPlaceAdd, HPy_InPlaceAdd(ctx, a, b))
FUNCTION2(InPlaceSubtract, HPy_InPlaceSubtract(ctx, a, b))
FUNCTION2(InPlaceMultiply, HPy_InPlaceMultiply(ctx, a, b))
FUNCTION2(InPlaceTrueDivide, HPy_InPlaceTrueDivide(ctx, a, b))
FUNCTION2(InPlaceAnd, HPy_InPlaceAnd(ctx, a, b))
FUNCTION2(InPlaceOr, HPy_InPlaceOr(ctx, a, b))
FUNCTION2(InPlaceXor, HPy_InPlaceXor(ctx, a, b))

/* The result of a conversion that returns (type)-1 with an exception, or a number. */
#define CONVERSION(type, make, value)                                                              \
    type converted = value;                                                                        \
    return converted == (type) - 1 && HPyErr_Occurred(ctx) ? HPy_NULL : make(ctx, converted);
#define SIGNED(name)                                                                               \
    static HPy name(HPyContext *ctx, HPy a){CONVERSION(                                            \
        long long, HPyLong_FromLongLong, HPyLong_##name(ctx, a))} FUNCTION1(name, name(ctx, a))
#define UNSIGNED(name, type)                                                                       \
    static HPy name(HPyContext *ctx, HPy a){CONVERSION(                                            \
        type, HPyLong_FromUnsignedLongLong, HPyLong_##name(ctx, a))} FUNCTION1(name, name(ctx, a))

SIGNED(AsInt32_t)
SIGNED(AsInt64_t)
SIGNED(AsLong)
SIGNED(AsSsize_t)
UNSIGNED(AsUInt32_t, uint32_t)
UNSIGNED(AsUInt64_t, uint64_t)
UNSIGNED(AsSize_t, size_t)
UNSIGNED(AsUInt32_tMask, uint32_t)
UNSIGNED(AsUInt64_tMask, uint64_t)

static HPy long_as_double(HPyContext *ctx, HPy a) {
    CONVERSION(double, HPyFloat_FromDouble, HPyLong_AsDouble(ctx, a))
}
static HPy float_as_double(HPyContext *ctx, HPy a){
    CONVERSION(double, HPyFloat_FromDouble,
               HPyFloat_AsDouble(ctx, a))} FUNCTION1(LongAsDouble, long_as_double(ctx, a))
    FUNCTION1(FloatAsDouble, float_as_double(ctx, a)) FUNCTION1(Long, HPy_Long(ctx, a))
        FUNCTION1(Float, HPy_Float(ctx, a)) FUNCTION1(Str, HPy_Str(ctx, a))

    /* ---- Truth and comparison -----------------------------------------------------------------
     */

    FUNCTION1(IsTrue, integer(ctx, HPy_IsTrue(ctx, a)))

#define COMPARISON(op)                                                                             \
    FUNCTION2(op, HPy_RichCompare(ctx, a, b, HPy_##op))                                            \
    FUNCTION2(op##_bool, integer(ctx, HPy_RichCompareBool(ctx, a, b, HPy_##op)))
        COMPARISON(LT) COMPARISON(LE) COMPARISON(EQ) COMPARISON(NE) COMPARISON(GT) COMPARISON(GE)

    /* ---- Containers ---------------------------------------------------------------------------
     */

    FUNCTION1(Length, integer(ctx, HPy_Length(ctx, a))) FUNCTION2(
        Contains, integer(ctx, HPy_Contains(ctx, a, b))) FUNCTION2(GetItem, HPy_GetItem(ctx, a, b))
        FUNCTION2(GetItem_i, HPy_GetItem_i(ctx, a, HPyLong_AsSsize_t(ctx, b))) FUNCTION2(
            GetItem_s, HPy_GetItem_s(ctx, a, text(ctx, b))) FUNCTION1(GetItem_key,
                                                                      HPy_GetItem_s(ctx, a, "key"))
            FUNCTION3(SetItem, done(ctx, HPy_SetItem(ctx, a, b, c)))
                FUNCTION3(SetItem_i, done(ctx, HPy_SetItem_i(ctx, a, HPyLong_AsSsize_t(ctx, b), c)))
                    FUNCTION3(SetItem_s, done(ctx, HPy_SetItem_s(ctx, a, text(ctx, b), c)))
                        FUNCTION2(SetItem_key, done(ctx, HPy_SetItem_s(ctx, a, "key", b)))
                            FUNCTION2(DelItem, done(ctx, HPy_DelItem(ctx, a, b))) FUNCTION2(
                                DelItem_i,
                                done(ctx, HPy_DelItem_i(ctx, a, HPyLong_AsSsize_t(ctx, b))))
                                FUNCTION2(DelItem_s, done(ctx, HPy_DelItem_s(ctx, a, text(ctx, b))))
                                    FUNCTION1(DelItem_key, done(ctx, HPy_DelItem_s(ctx, a, "key")))
                                        FUNCTION2(Append, done(ctx, HPyList_Append(ctx, a, b)))

    /* Collect(iterable) -> what it yields, in a list. */
    static HPy collect(HPyContext *ctx, HPy iterable) {
    HPy iterator = HPy_GetIter(ctx, iterable);
    if (HPy_IsNull(iterator))
        return HPy_NULL;
    HPy list = HPyList_New(ctx, 0);
    while (!HPy_IsNull(list)) {
        HPy item = HPyIter_Next(ctx, iterator);
        const bool failed =
            HPy_IsNull(item) ? HPyErr_Occurred(ctx) : HPyList_Append(ctx, list, item) < 0;
        const bool ended = HPy_IsNull(item);
        HPy_Close(ctx, item);
        if (failed) {
            HPy_Close(ctx, list);
            list = HPy_NULL;
        } else if (ended) {
            break;
        }
    }
    HPy_Close(ctx, iterator);
    return list;
}
FUNCTION1(Collect, collect(ctx, a))

/* Whether there is an item, and then the item. */
static HPy find(HPyContext *ctx, HPy container, HPy key) {
    const int known = HPy_Contains(ctx, container, key);
    return known < 0 ? HPy_NULL : known ? HPy_GetItem(ctx, container, key) : none(ctx);
}

/* With a change of the container in between: container[other] = other, or without other. */
static HPy find_after(HPyContext *ctx, HPy container, HPy key, HPy other, bool sets) {
    const int known = HPy_Contains(ctx, container, key);
    if (known < 0)
        return HPy_NULL;
    const int failed =
        sets ? HPy_SetItem(ctx, container, key, other) : HPy_DelItem(ctx, container, other);
    return failed < 0 ? HPy_NULL : known ? HPy_GetItem(ctx, container, key) : none(ctx);
}

/* The item of another key than the one that was asked for. */
static HPy find_other(HPyContext *ctx, HPy container, HPy key, HPy other) {
    return HPy_Contains(ctx, container, key) < 0 ? HPy_NULL : HPy_GetItem(ctx, container, other);
}

/* The item of another container. */
static HPy find_elsewhere(HPyContext *ctx, HPy container, HPy key, HPy other) {
    return HPy_Contains(ctx, container, key) < 0 ? HPy_NULL : HPy_GetItem(ctx, other, key);
}

FUNCTION2(Find, find(ctx, a, b))
FUNCTION3(Find_set, find_after(ctx, a, b, c, true))
FUNCTION3(Find_delete, find_after(ctx, a, b, c, false))
FUNCTION3(Find_other, find_other(ctx, a, b, c))
FUNCTION3(Find_elsewhere, find_elsewhere(ctx, a, b, c))

/* ---- Strs --------------------------------------------------------------------------------- */

static HPy read_char(HPyContext *ctx, HPy a, HPy b) {
    CONVERSION(HPy_UCS4, HPyLong_FromUnsignedLong,
               HPyUnicode_ReadChar(ctx, a, HPyLong_AsSsize_t(ctx, b)))
}
static HPy as_utf8(HPyContext *ctx, HPy a) {
    HPy_ssize_t size = -1;
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, a, &size);
    return utf8 == NULL ? HPy_NULL : HPyBytes_FromStringAndSize(ctx, utf8, size);
}
FUNCTION2(ReadChar, read_char(ctx, a, b))
FUNCTION1(AsUTF8AndSize, as_utf8(ctx, a))
FUNCTION2(DecodeASCII, HPyUnicode_DecodeASCII(ctx, HPyBytes_AsString(ctx, a), HPyBytes_Size(ctx, a),
                                              text(ctx, b)))

/* ---- Attributes and calls ----------------------------------------------------------------- */

FUNCTION1(GetAttr_name, HPy_GetAttr_s(ctx, a, "name"))
FUNCTION1(HasAttr_name, integer(ctx, HPy_HasAttr_s(ctx, a, "name")))
FUNCTION2(SetAttr_name, done(ctx, HPy_SetAttr_s(ctx, a, "name", b)))
FUNCTION1(DelAttr_name, done(ctx, HPy_DelAttr_s(ctx, a, "name")))

/* Call(callable, *args, **kwargs) */
HPyDef_METH(call, "Call", HPyFunc_KEYWORDS) static HPy
    call_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    return HPy_Call(ctx, args[0], args + 1, nargs - 1, kwnames);
}

MODULE(fast_paths, &m_Add, &m_Subtract, &m_Multiply, &m_TrueDivide, &m_And, &m_Or, &m_Xor,
       &m_InPlaceAdd, &m_InPlaceSubtract, &m_InPlaceMultiply, &m_InPlaceTrueDivide, &m_InPlaceAnd,
       &m_InPlaceOr, &m_InPlaceXor, &m_AsInt32_t, &m_AsInt64_t, &m_AsLong, &m_AsSsize_t,
       &m_AsUInt32_t, &m_AsUInt64_t, &m_AsSize_t, &m_AsUInt32_tMask, &m_AsUInt64_tMask,
       &m_LongAsDouble, &m_FloatAsDouble, &m_Long, &m_Float, &m_Str, &m_IsTrue, &m_LT, &m_LT_bool,
       &m_LE, &m_LE_bool, &m_EQ, &m_EQ_bool, &m_NE, &m_NE_bool, &m_GT, &m_GT_bool, &m_GE,
       &m_GE_bool, &m_Length, &m_Contains, &m_GetItem, &m_GetItem_i, &m_GetItem_s, &m_GetItem_key,
       &m_SetItem, &m_SetItem_i, &m_SetItem_s, &m_SetItem_key, &m_DelItem, &m_DelItem_i,
       &m_DelItem_s, &m_DelItem_key, &m_Append, &m_Collect, &m_Find, &m_Find_set, &m_Find_delete,
       &m_Find_other, &m_Find_elsewhere, &m_ReadChar, &m_AsUTF8AndSize, &m_DecodeASCII,
       &m_GetAttr_name, &m_HasAttr_name, &m_SetAttr_name, &m_DelAttr_name, &call)
