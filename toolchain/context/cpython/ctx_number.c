/* The number protocol. Two floats, or two ints of one digit, are computed with in place. */
#include "deferred.h"

#define UNARY(function, c_function)                                                                \
    HPy function(CTX, HPy h1) {                                                                    \
        MAY_RUN_CODE;                                                                              \
        return as_h(c_function(as_py(h1)));                                                        \
    }
#define BINARY(function, c_function)                                                               \
    HPy function(CTX, HPy h1, HPy h2) {                                                            \
        MAY_RUN_CODE;                                                                              \
        return as_h(c_function(as_py(h1), as_py(h2)));                                             \
    }
#define TERNARY(function, c_function)                                                              \
    HPy function(CTX, HPy h1, HPy h2, HPy h3) {                                                    \
        MAY_RUN_CODE;                                                                              \
        return as_h(c_function(as_py(h1), as_py(h2), as_py(h3)));                                  \
    }

/* A digit has at most 30 bits: neither a sum nor a product of two can overflow. */
#define IF_INTS(operator)                                                                          \
    int64_t x, y;                                                                                  \
    if (small_value(as_py(h1), &x) && small_value(as_py(h2), &y))                                  \
    return HPyLong_FromInt64_t(ctx, x operator y)
#define IF_FLOATS(condition, operator)                                                             \
    if (PyFloat_CheckExact(as_py(h1)) && PyFloat_CheckExact(as_py(h2)) && (condition))             \
    return HPyFloat_FromDouble(ctx,                                                                \
                               PyFloat_AS_DOUBLE(as_py(h1)) operator PyFloat_AS_DOUBLE(as_py(h2)))

#define INTS(function, c_function, operator)                                                       \
    HPy function(CTX, HPy h1, HPy h2) {                                                            \
        SETTLES_ITSELF;                                                                            \
        int64_t x, y;                                                                              \
        if (LIKELY(small_value(as_py(h1), &x)) && LIKELY(small_value(as_py(h2), &y)))              \
            return HPyLong_FromInt64_t(ctx, x operator y);                                         \
        return as_h(AFTER_SETTLING(c_function(as_py(h1), as_py(h2))));                             \
    }
#define NUMBERS(function, c_function, operator)                                                    \
    HPy function(CTX, HPy h1, HPy h2) {                                                            \
        SETTLES_ITSELF;                                                                            \
        IF_FLOATS(true, operator);                                                                 \
        IF_INTS(operator);                                                                         \
        return as_h(AFTER_SETTLING(c_function(as_py(h1), as_py(h2))));                             \
    }
#define SUM(function, c_function)                                                                  \
    HPy function(CTX, HPy h1, HPy h2) {                                                            \
        SETTLES_ITSELF;                                                                            \
        if (PyUnicode_CheckExact(as_py(h1)) && PyUnicode_CheckExact(as_py(h2)))                    \
            return as_h(PyUnicode_Concat(as_py(h1), as_py(h2)));                                   \
        IF_FLOATS(true, +);                                                                        \
        IF_INTS(+);                                                                                \
        return as_h(AFTER_SETTLING(c_function(as_py(h1), as_py(h2))));                             \
    }
#define QUOTIENT(function, c_function)                                                             \
    HPy function(CTX, HPy h1, HPy h2) {                                                            \
        SETTLES_ITSELF;                                                                            \
        IF_FLOATS(LIKELY(PyFloat_AS_DOUBLE(as_py(h2)) != 0.0), /);                                 \
        return as_h(AFTER_SETTLING(c_function(as_py(h1), as_py(h2))));                             \
    }

SUM(HPy_Add, PyNumber_Add)
NUMBERS(HPy_Subtract, PyNumber_Subtract, -)
NUMBERS(HPy_Multiply, PyNumber_Multiply, *)
BINARY(HPy_MatrixMultiply, PyNumber_MatrixMultiply)
BINARY(HPy_FloorDivide, PyNumber_FloorDivide)
QUOTIENT(HPy_TrueDivide, PyNumber_TrueDivide)
BINARY(HPy_Remainder, PyNumber_Remainder)
BINARY(HPy_Divmod, PyNumber_Divmod)
TERNARY(HPy_Power, PyNumber_Power)
UNARY(HPy_Negative, PyNumber_Negative)
UNARY(HPy_Positive, PyNumber_Positive)
UNARY(HPy_Absolute, PyNumber_Absolute)
UNARY(HPy_Invert, PyNumber_Invert)
BINARY(HPy_Lshift, PyNumber_Lshift)
BINARY(HPy_Rshift, PyNumber_Rshift)
INTS(HPy_And, PyNumber_And, &)
INTS(HPy_Xor, PyNumber_Xor, ^)
INTS(HPy_Or, PyNumber_Or, |)
UNARY(HPy_Index, PyNumber_Index)

/* PyNumber_Long looks for a method of a str first. Up to 18 digits fit whatever they are. */
static COLD PyObject *long_from_any_str(PyObject *o) {
    return PyLong_FromUnicodeObject(o, 10);
}

static HPy long_from_str(HPyContext *ctx, PyObject *o) {
    if (LIKELY(PyUnicode_IS_COMPACT_ASCII(o))) {
        const char *digit = ascii_of(o);
        const char *const end = digit + ((PyASCIIObject *)o)->length;
        const bool negative = *digit == '-';
        digit += negative;
        if (digit < end && end - digit <= 18) {
            int64_t value = 0;
            for (; digit < end && *digit >= '0' && *digit <= '9'; digit++)
                value = value * 10 + (*digit - '0');
            if (LIKELY(digit == end))
                return HPyLong_FromInt64_t(ctx, negative ? -value : value);
        }
    }
    return as_h(AFTER_SETTLING(long_from_any_str(o)));
}

HPy HPy_Long(CTX, HPy h1) {
    SETTLES_ITSELF;
    PyObject *o = as_py(h1);
    if (PyLong_CheckExact(o))
        return borrow(o);
    if (PyUnicode_CheckExact(o))
        return long_from_str(ctx, o);
    return as_h(AFTER_SETTLING(PyNumber_Long(o)));
}

static COLD PyObject *float_from_any_str(PyObject *o) {
    PyErr_Clear();
    return PyFloat_FromString(o);
}

/* PyFloat_FromString looks for underscores and spaces first. */
static HPy float_from_str(HPyContext *ctx, PyObject *o) {
    if (LIKELY(PyUnicode_IS_COMPACT_ASCII(o))) {
        const char *text = ascii_of(o);
        char *end = NULL;
        const double value = WITHOUT_SETTLING(PyOS_string_to_double(text, &end, NULL));
        if (LIKELY(end == text + ((PyASCIIObject *)o)->length && end != text))
            return HPyFloat_FromDouble(ctx, value);
    }
    return as_h(AFTER_SETTLING(float_from_any_str(o)));
}

HPy HPy_Float(CTX, HPy h1) {
    SETTLES_ITSELF;
    PyObject *o = as_py(h1);
    if (PyFloat_CheckExact(o))
        return borrow(o);
    if (PyUnicode_CheckExact(o))
        return float_from_str(ctx, o);
    return as_h(AFTER_SETTLING(PyNumber_Float(o)));
}

SUM(HPy_InPlaceAdd, PyNumber_InPlaceAdd)
NUMBERS(HPy_InPlaceSubtract, PyNumber_InPlaceSubtract, -)
NUMBERS(HPy_InPlaceMultiply, PyNumber_InPlaceMultiply, *)
BINARY(HPy_InPlaceMatrixMultiply, PyNumber_InPlaceMatrixMultiply)
BINARY(HPy_InPlaceFloorDivide, PyNumber_InPlaceFloorDivide)
QUOTIENT(HPy_InPlaceTrueDivide, PyNumber_InPlaceTrueDivide)
BINARY(HPy_InPlaceRemainder, PyNumber_InPlaceRemainder)
TERNARY(HPy_InPlacePower, PyNumber_InPlacePower)
BINARY(HPy_InPlaceLshift, PyNumber_InPlaceLshift)
BINARY(HPy_InPlaceRshift, PyNumber_InPlaceRshift)
INTS(HPy_InPlaceAnd, PyNumber_InPlaceAnd, &)
INTS(HPy_InPlaceXor, PyNumber_InPlaceXor, ^)
INTS(HPy_InPlaceOr, PyNumber_InPlaceOr, |)

int HPyNumber_Check(CTX, HPy h) {
    MAY_RUN_CODE;
    return PyNumber_Check(as_py(h));
}
