/* Integers, floats, booleans, and what operators do with them. */
#include "boxed.h"

#include <math.h>

/* ---- From and to C --------------------------------------------------------------------------- */

#define FROM_SIGNED(function, type)                                                                \
    HPy function(HPyContext *ctx, type value) {                                                    \
        return LIKELY(fits((int64_t)value)) ? from_int((int64_t)value)                             \
                                            : slow_##function(ctx, value);                         \
    }
#define FROM_UNSIGNED(function, type)                                                              \
    HPy function(HPyContext *ctx, type value) {                                                    \
        return LIKELY((uint64_t)value <= LOWER >> 1) ? from_int((int64_t)value)                    \
                                                     : slow_##function(ctx, value);                \
    }
FROM_SIGNED(HPyLong_FromInt32_t, int32_t)
FROM_SIGNED(HPyLong_FromInt64_t, int64_t)
FROM_SIGNED(HPyLong_FromSsize_t, HPy_ssize_t)
FROM_UNSIGNED(HPyLong_FromUInt32_t, uint32_t)
FROM_UNSIGNED(HPyLong_FromUInt64_t, uint64_t)
FROM_UNSIGNED(HPyLong_FromSize_t, size_t)

/* What does not fit, and what is no int, Python refuses or converts. */
#define AS(function, type)                                                                         \
    type function(HPyContext *ctx, HPy h) {                                                        \
        const int64_t value = int_of(h);                                                           \
        return LIKELY(is_int(h) && ((type) - 1 < 0 || value >= 0) &&                               \
                      (int64_t)(type)value == value)                                               \
                   ? (type)value                                                                   \
                   : slow_##function(ctx, h);                                                      \
    }
AS(HPyLong_AsInt32_t, int32_t)
AS(HPyLong_AsInt64_t, int64_t)
AS(HPyLong_AsSsize_t, HPy_ssize_t)
AS(HPyLong_AsUInt32_t, uint32_t)
AS(HPyLong_AsUInt64_t, uint64_t)
AS(HPyLong_AsSize_t, size_t)

uint32_t HPyLong_AsUInt32_tMask(HPyContext *ctx, HPy h) {
    return LIKELY(is_int(h)) ? (uint32_t)int_of(h) : slow_HPyLong_AsUInt32_tMask(ctx, h);
}

uint64_t HPyLong_AsUInt64_tMask(HPyContext *ctx, HPy h) {
    return LIKELY(is_int(h)) ? (uint64_t)int_of(h) : slow_HPyLong_AsUInt64_tMask(ctx, h);
}

double HPyLong_AsDouble(HPyContext *ctx, HPy h) {
    return LIKELY(is_int(h)) ? (double)int_of(h) : slow_HPyLong_AsDouble(ctx, h);
}

bool _HPyLong_ToInt64(HPyContext *ctx, HPy h, int64_t *value) {
    if (LIKELY(is_int(h))) {
        *value = int_of(h);
        return true;
    }
    *value = slow_HPyLong_AsInt64_t(ctx, h);
    return *value != -1 || !HPyErr_Occurred(ctx);
}

HPy HPyFloat_FromDouble(HPyContext *ctx, double value) {
    HPy result = from_float(value);
    return LIKELY(!HPy_IsNull(result)) ? result : slow_HPyFloat_FromDouble(ctx, value);
}

/* An int of 48 bits is a double exactly. */
static inline bool is_real(HPy h, double *value) {
    *value = is_float(h) ? float_of(h) : (double)int_of(h);
    return is_number(h);
}

/* A float comes first: where it is known to be one, nothing of the rest is left. */
double HPyFloat_AsDouble(HPyContext *ctx, HPy h) {
    if (LIKELY(is_float(h)))
        return float_of(h);
    return is_int(h) ? (double)int_of(h) : slow_HPyFloat_AsDouble(ctx, h);
}

bool _HPyFloat_ToDouble(HPyContext *ctx, HPy h, double *value) {
    if (LIKELY(is_real(h, value)))
        return true;
    *value = slow_HPyFloat_AsDouble(ctx, h);
    return *value != -1.0 || !HPyErr_Occurred(ctx);
}

HPy HPyBool_FromBool(CTX, bool value) {
    return value ? boxed_context->h_True : boxed_context->h_False;
}

/* ---- Operators ------------------------------------------------------------------------------- */

/* The result of two ints if it has a handle, else of two reals if one of them is a float. */
#define BINARY(function, on_ints, on_reals)                                                        \
    HPy function(HPyContext *ctx, HPy h1, HPy h2) {                                                \
        int64_t i;                                                                                 \
        if (is_int(h1) && is_int(h2)) {                                                            \
            if (LIKELY(!on_ints(int_of(h1), int_of(h2), &i) && fits(i)))                           \
                return from_int(i);                                                                \
            return slow_##function(ctx, h1, h2);                                                   \
        }                                                                                          \
        double x, y;                                                                               \
        if (is_real(h1, &x) && is_real(h2, &y)) {                                                  \
            HPy result = from_float(x on_reals y);                                                 \
            if (LIKELY(!HPy_IsNull(result)))                                                       \
                return result;                                                                     \
        }                                                                                          \
        return slow_##function(ctx, h1, h2);                                                       \
    }
BINARY(HPy_Add, __builtin_add_overflow, +)
BINARY(HPy_Subtract, __builtin_sub_overflow, -)
BINARY(HPy_Multiply, __builtin_mul_overflow, *)
BINARY(HPy_InPlaceAdd, __builtin_add_overflow, +)
BINARY(HPy_InPlaceSubtract, __builtin_sub_overflow, -)
BINARY(HPy_InPlaceMultiply, __builtin_mul_overflow, *)

/* The quotient of two ints of 48 bits, as doubles, is the one that Python rounds to as well. */
#define DIVIDE(function)                                                                           \
    HPy function(HPyContext *ctx, HPy h1, HPy h2) {                                                \
        double x, y;                                                                               \
        if (LIKELY(is_real(h1, &x) && is_real(h2, &y) && y != 0.0)) {                              \
            HPy result = from_float(x / y);                                                        \
            if (LIKELY(!HPy_IsNull(result)))                                                       \
                return result;                                                                     \
        }                                                                                          \
        return slow_##function(ctx, h1, h2);                                                       \
    }
DIVIDE(HPy_TrueDivide)
DIVIDE(HPy_InPlaceTrueDivide)

HPy HPy_Negative(HPyContext *ctx, HPy h) {
    HPy result = HPy_NULL;
    if (is_int(h) && fits(-int_of(h)))
        result = from_int(-int_of(h));
    else if (is_float(h))
        result = from_float(-float_of(h));
    return LIKELY(!HPy_IsNull(result)) ? result : slow_HPy_Negative(ctx, h);
}

/* ---- Truth and comparison -------------------------------------------------------------------- */

int HPy_IsTrue(HPyContext *ctx, HPy h) {
    double value;
    if (is_real(h, &value))
        return value != 0.0;
    const uint64_t bits = bits_of(h);
    if (bits == bits_of(boxed_context->h_True))
        return 1;
    if (bits == bits_of(boxed_context->h_False) || bits == bits_of(boxed_context->h_None))
        return 0;
    return slow_HPy_IsTrue(ctx, h);
}

static inline bool holds(double v, double w, int op) {
    switch (op) {
    case HPy_LT: return v < w;
    case HPy_LE: return v <= w;
    case HPy_EQ: return v == w;
    case HPy_NE: return v != w;
    case HPy_GT: return v > w;
    default: return v >= w;
    }
}

HPy HPy_RichCompare(HPyContext *ctx, HPy v, HPy w, int op) {
    double x, y;
    if (is_real(v, &x) && is_real(w, &y) && op >= HPy_LT && op <= HPy_GE)
        return HPyBool_FromBool(ctx, holds(x, y, op));
    return slow_HPy_RichCompare(ctx, v, w, op);
}

/* What is identical is equal here, as in CPython, even a NaN. */
int HPy_RichCompareBool(HPyContext *ctx, HPy v, HPy w, int op) {
    double x, y;
    if (is_real(v, &x) && is_real(w, &y) && op >= HPy_LT && op <= HPy_GE)
        return bits_of(v) == bits_of(w) && (op == HPy_EQ || op == HPy_NE) ? op == HPy_EQ
                                                                          : holds(x, y, op);
    return slow_HPy_RichCompareBool(ctx, v, w, op);
}

int HPyNumber_Check(HPyContext *ctx, HPy h) {
    return is_number(h) ? 1 : slow_HPyNumber_Check(ctx, h);
}
