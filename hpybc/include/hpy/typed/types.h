/* The C types of typed methods: for each its letter in descriptions, how an argument becomes one,
 * and how one becomes an object. */
#ifndef HPY_TYPED_TYPES_H
#define HPY_TYPED_TYPES_H

#include "hpy.h"

#include <float.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#pragma GCC system_header

#define _HPyTyped_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define _HPyTyped_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define _HPyTyped_COLD __attribute__((cold, noinline, unused))
#define _HPyTyped_OUT_OF_LINE __attribute__((noinline, unused))
#define _HPyTyped_INLINE static inline __attribute__((always_inline, unused))

/* A str by its UTF-8, and a bytes object: as long as the argument lives, which is until the
 * function returns. As a result, NULL is None. */
typedef struct {
    const char *data;
    HPy_ssize_t size;
} HPyStr;
typedef struct {
    const char *data;
    HPy_ssize_t size;
} HPyBytes;
typedef double _Complex HPyComplex;

/* The description that tools read from the bitcode (hpybc.typed). */
#define HPyTyped_VERSION 1
typedef struct {
    const char *name;
    const char *type;
    const char *text; /* of the default, in Python; NULL if there is none */
    char code;
} HPyTyped_Parameter;
typedef struct {
    const char *exception, *message;
} HPyTyped_Error;
typedef struct {
    const char *name;
    const char *letters;                  /* see _HPyTyped_LETTERS */
    const HPyTyped_Parameter *parameters; /* the last has no name */
} HPyTyped_Call;
typedef struct {
    int version;
    const HPyTyped_Call *call;
    const char *doc;
    const HPyTyped_Parameter *results; /* the last has no code; none for void */
    int (*slots)(void **);
    void (*natural)(void);
    const HPyTyped_Error *errors;
    int n_errors;
    const char *kinds; /* see _HPyTyped_KINDS */
} HPyTyped;

/* X(type, name, letter) for each type. The letters of numbers are those of the struct module. */
#define _HPyTyped_TYPES(X)                                                                         \
    X(bool, boolean, '?')                                                                          \
    X(char, char, 'c')                                                                             \
    X(signed char, schar, 'b')                                                                     \
    X(unsigned char, uchar, 'B')                                                                   \
    X(short, short, 'h')                                                                           \
    X(unsigned short, ushort, 'H')                                                                 \
    X(int, int, 'i')                                                                               \
    X(unsigned int, uint, 'I')                                                                     \
    X(long, long, 'l')                                                                             \
    X(unsigned long, ulong, 'L')                                                                   \
    X(long long, longlong, 'q')                                                                    \
    X(unsigned long long, ulonglong, 'Q')                                                          \
    X(float, float, 'f')                                                                           \
    X(double, double, 'd')                                                                         \
    X(HPyComplex, complex, 'D')                                                                    \
    X(const char *, string, 's')                                                                   \
    X(HPyStr, str, 'S')                                                                            \
    X(HPyBytes, bytes, 'y')                                                                        \
    X(HPy, object, 'O')

/* ---- Failures, out of line ----------------------------------------------------------------- */

/* Raises an exception that says what is wrong with argument i. */
static _HPyTyped_COLD int _HPyTyped_Refuse(HPyContext *ctx, HPy exception,
                                           const HPyTyped_Call *call, int i, const char *problem) {
    char text[400];
    snprintf(text, sizeof(text), "%.100s() argument '%.100s' %.180s", call->name,
             call->parameters[i].name, problem);
    HPyErr_SetString(ctx, exception, text);
    return 0;
}

/* The argument is of another type: says so, and which it is. */
static _HPyTyped_COLD int _HPyTyped_WrongType(HPyContext *ctx, HPy given, const HPyTyped_Call *call,
                                              int i, const char *wanted) {
    char problem[180];
    HPyErr_Clear(ctx);
    HPy type = HPy_Type(ctx, given);
    HPy name = HPy_IsNull(type) ? HPy_NULL : HPy_GetAttr_s(ctx, type, "__name__");
    const char *text = HPy_IsNull(name) ? NULL : HPyUnicode_AsUTF8AndSize(ctx, name, NULL);
    if (text != NULL) {
        if (HPy_Is(ctx, given, ctx->h_None))
            text = "None";
        snprintf(problem, sizeof(problem), "must be %s, not %.100s", wanted, text);
        _HPyTyped_Refuse(ctx, ctx->h_TypeError, call, i, problem);
    }
    if (!HPy_IsNull(name))
        HPy_Close(ctx, name);
    if (!HPy_IsNull(type))
        HPy_Close(ctx, type);
    return 0;
}

/* The argument is an int that is out of range: whether by an exception, or by comparison. */
static _HPyTyped_COLD int _HPyTyped_OutOfRange(HPyContext *ctx, const HPyTyped_Call *call, int i) {
    char problem[100];
    HPyErr_Clear(ctx);
    snprintf(problem, sizeof(problem), "does not fit in a C %.80s", call->parameters[i].type);
    return _HPyTyped_Refuse(ctx, ctx->h_OverflowError, call, i, problem);
}

/* Whether the type of h has a method. Asked before a conversion that would call it: what that
 * raises is the caller's to see, and what a type without the method raises is not. */
static _HPyTyped_OUT_OF_LINE bool _HPyTyped_Has(HPyContext *ctx, HPy h, const char *method) {
    HPy type = HPy_Type(ctx, h);
    const bool has = !HPy_IsNull(type) && (HPy_HasAttr_s)(ctx, type, method);
    if (!HPy_IsNull(type))
        HPy_Close(ctx, type);
    return has;
}

/* ---- Arguments ----------------------------------------------------------------------------- */

#ifdef _HPyName_PLACE /* a header of hpybc */
#define _HPyTyped_ToDouble _HPyFloat_ToDouble
#define _HPyTyped_ToInt64 _HPyLong_ToInt64
#else
_HPyTyped_INLINE bool _HPyTyped_ToDouble(HPyContext *ctx, HPy h, double *value) {
    *value = HPyFloat_AsDouble(ctx, h);
    return *value != -1.0 || !HPyErr_Occurred(ctx);
}
_HPyTyped_INLINE bool _HPyTyped_ToInt64(HPyContext *ctx, HPy h, int64_t *value) {
    *value = HPyLong_AsInt64_t(ctx, h);
    return *value != -1 || !HPyErr_Occurred(ctx);
}
#endif

/* Each of these: the argument h, which is argument i of the call, goes to *out; 0 with an exception
 * set if it cannot. */
#define _HPyTyped_TAKES(NAME, TYPE)                                                                \
    _HPyTyped_INLINE int _HPyTyped_take_##NAME(HPyContext *ctx, HPy h, TYPE *out,                  \
                                               const HPyTyped_Call *call, int i)

static _HPyTyped_OUT_OF_LINE int _HPyTyped_OtherDouble(HPyContext *ctx, HPy h, double *out,
                                                       const HPyTyped_Call *call, int i) {
    if (!_HPyTyped_Has(ctx, h, "__float__") && !_HPyTyped_Has(ctx, h, "__index__"))
        return _HPyTyped_WrongType(ctx, h, call, i, "float");
    return _HPyTyped_ToDouble(ctx, h, out);
}
_HPyTyped_TAKES(double, double) {
    if (_HPyTyped_LIKELY(HPy_TypeCheck(ctx, h, ctx->h_FloatType) ||
                         HPy_TypeCheck(ctx, h, ctx->h_LongType)))
        return _HPyTyped_ToDouble(ctx, h, out);
    return _HPyTyped_OtherDouble(ctx, h, out, call, i);
}

/* As C converts a double: to the nearest float, or to infinity. */
_HPyTyped_TAKES(float, float) {
    double value;
    if (_HPyTyped_UNLIKELY(!_HPyTyped_take_double(ctx, h, &value, call, i)))
        return 0;
    *out = (float)value;
    return 1;
}

/* An int, or what an object has for __index__. */
static _HPyTyped_OUT_OF_LINE HPy _HPyTyped_ToIndex(HPyContext *ctx, HPy h,
                                                   const HPyTyped_Call *call, int i) {
    if (HPy_TypeCheck(ctx, h, ctx->h_LongType) || _HPyTyped_Has(ctx, h, "__index__"))
        return HPy_Index(ctx, h);
    _HPyTyped_WrongType(ctx, h, call, i, "int");
    return HPy_NULL;
}

static _HPyTyped_OUT_OF_LINE int _HPyTyped_OtherInt64(HPyContext *ctx, HPy h, int64_t *out,
                                                      const HPyTyped_Call *call, int i) {
    HPy index = _HPyTyped_ToIndex(ctx, h, call, i);
    if (HPy_IsNull(index))
        return 0;
    const bool fits = _HPyTyped_ToInt64(ctx, index, out);
    HPy_Close(ctx, index);
    return fits ? 1 : _HPyTyped_OutOfRange(ctx, call, i);
}

#define _HPyTyped_SIGNED(NAME, TYPE, MIN, MAX)                                                     \
    _HPyTyped_TAKES(NAME, TYPE) {                                                                  \
        int64_t value;                                                                             \
        if (_HPyTyped_UNLIKELY(                                                                    \
                !(HPy_TypeCheck(ctx, h, ctx->h_LongType) && _HPyTyped_ToInt64(ctx, h, &value)))) { \
            HPyErr_Clear(ctx);                                                                     \
            if (!_HPyTyped_OtherInt64(ctx, h, &value, call, i))                                    \
                return 0;                                                                          \
        }                                                                                          \
        if (_HPyTyped_UNLIKELY(value < (int64_t)(MIN) || value > (int64_t)(MAX)))                  \
            return _HPyTyped_OutOfRange(ctx, call, i);                                             \
        *out = (TYPE)value;                                                                        \
        return 1;                                                                                  \
    }
_HPyTyped_SIGNED(char, char, CHAR_MIN, CHAR_MAX)
    _HPyTyped_SIGNED(schar, signed char, SCHAR_MIN, SCHAR_MAX)
        _HPyTyped_SIGNED(uchar, unsigned char, 0, UCHAR_MAX)
            _HPyTyped_SIGNED(short, short, SHRT_MIN, SHRT_MAX)
                _HPyTyped_SIGNED(ushort, unsigned short, 0, USHRT_MAX)
                    _HPyTyped_SIGNED(int, int, INT_MIN, INT_MAX)
                        _HPyTyped_SIGNED(uint, unsigned int, 0, UINT_MAX)
                            _HPyTyped_SIGNED(long, long, LONG_MIN, LONG_MAX)
                                _HPyTyped_SIGNED(longlong, long long, LLONG_MIN, LLONG_MAX)

                                    static _HPyTyped_OUT_OF_LINE
    int _HPyTyped_OtherUInt64(HPyContext *ctx, HPy h, uint64_t *out, const HPyTyped_Call *call,
                              int i) {
    HPy index = _HPyTyped_ToIndex(ctx, h, call, i);
    if (HPy_IsNull(index))
        return 0;
    *out = HPyLong_AsUInt64_t(ctx, index);
    HPy_Close(ctx, index);
    return *out == UINT64_MAX && HPyErr_Occurred(ctx) ? _HPyTyped_OutOfRange(ctx, call, i) : 1;
}

/* Those that int64_t does not hold all of. */
#define _HPyTyped_UNSIGNED(NAME, TYPE, MAX)                                                        \
    _HPyTyped_TAKES(NAME, TYPE) {                                                                  \
        int64_t value;                                                                             \
        if (_HPyTyped_LIKELY(HPy_TypeCheck(ctx, h, ctx->h_LongType) &&                             \
                             _HPyTyped_ToInt64(ctx, h, &value) && value >= 0)) {                   \
            *out = (TYPE)value;                                                                    \
            return 1;                                                                              \
        }                                                                                          \
        uint64_t large;                                                                            \
        HPyErr_Clear(ctx);                                                                         \
        if (!_HPyTyped_OtherUInt64(ctx, h, &large, call, i))                                       \
            return 0;                                                                              \
        if (large > (MAX))                                                                         \
            return _HPyTyped_OutOfRange(ctx, call, i);                                             \
        *out = (TYPE)large;                                                                        \
        return 1;                                                                                  \
    }
_HPyTyped_UNSIGNED(ulong, unsigned long, ULONG_MAX)
    _HPyTyped_UNSIGNED(ulonglong, unsigned long long, ULLONG_MAX)

    /* Any object, for its truth. */
    _HPyTyped_TAKES(boolean, bool) {
    (void)call, (void)i;
    if (HPy_Is(ctx, h, ctx->h_True) || HPy_Is(ctx, h, ctx->h_False)) {
        *out = HPy_Is(ctx, h, ctx->h_True);
        return 1;
    }
    const int truth = HPy_IsTrue(ctx, h);
    *out = truth > 0;
    return truth >= 0;
}

static _HPyTyped_OUT_OF_LINE int _HPyTyped_ToComplex(HPyContext *ctx, HPy h, double *parts,
                                                     const HPyTyped_Call *call, int i) {
    static const char *const names[2] = {"real", "imag"};
    /* complex itself has no __complex__ before Python 3.11. */
    if (!HPy_TypeCheck(ctx, h, ctx->h_ComplexType) && !_HPyTyped_Has(ctx, h, "__complex__") &&
        !_HPyTyped_Has(ctx, h, "__float__") && !_HPyTyped_Has(ctx, h, "__index__"))
        return _HPyTyped_WrongType(ctx, h, call, i, "complex");
    HPy arguments = HPyTuple_FromArray(ctx, &h, 1);
    if (HPy_IsNull(arguments))
        return 0;
    HPy number = HPy_CallTupleDict(ctx, ctx->h_ComplexType, arguments, HPy_NULL);
    HPy_Close(ctx, arguments);
    if (HPy_IsNull(number))
        return 0;
    int done = 1;
    for (int k = 0; done && k < 2; k++) {
        HPy part = (HPy_GetAttr_s)(ctx, number, names[k]);
        done = !HPy_IsNull(part) && _HPyTyped_ToDouble(ctx, part, &parts[k]);
        if (!HPy_IsNull(part))
            HPy_Close(ctx, part);
    }
    HPy_Close(ctx, number);
    return done;
}
_HPyTyped_TAKES(complex, HPyComplex) {
    double parts[2];
    if (!_HPyTyped_ToComplex(ctx, h, parts, call, i))
        return 0;
    memcpy(out, parts, sizeof(parts));
    return 1;
}

_HPyTyped_TAKES(str, HPyStr) {
    if (_HPyTyped_UNLIKELY(!HPyUnicode_Check(ctx, h)))
        return _HPyTyped_WrongType(ctx, h, call, i, "str");
    out->data = HPyUnicode_AsUTF8AndSize(ctx, h, &out->size);
    return out->data != NULL;
}
_HPyTyped_TAKES(string, const char *) {
    HPyStr text;
    if (_HPyTyped_UNLIKELY(!_HPyTyped_take_str(ctx, h, &text, call, i)))
        return 0;
    if (_HPyTyped_UNLIKELY(strlen(text.data) != (size_t)text.size))
        return _HPyTyped_Refuse(ctx, ctx->h_ValueError, call, i,
                                "must be a str without null characters");
    *out = text.data;
    return 1;
}
_HPyTyped_TAKES(bytes, HPyBytes) {
    if (_HPyTyped_UNLIKELY(!HPyBytes_Check(ctx, h)))
        return _HPyTyped_WrongType(ctx, h, call, i, "bytes");
    out->data = HPyBytes_AsString(ctx, h);
    out->size = HPyBytes_Size(ctx, h);
    return out->data != NULL;
}

/* The caller's handle: nobody closes it. */
_HPyTyped_TAKES(object, HPy) {
    (void)ctx, (void)call, (void)i;
    *out = h;
    return 1;
}

/* ---- Results ------------------------------------------------------------------------------- */

_HPyTyped_INLINE HPy _HPyTyped_BoxInt(HPyContext *ctx, int64_t value) {
    return HPyLong_FromInt64_t(ctx, value);
}
_HPyTyped_INLINE HPy _HPyTyped_BoxUInt(HPyContext *ctx, uint64_t value) {
    return HPyLong_FromUInt64_t(ctx, value);
}
#define _HPyTyped_BOXES(NAME, TYPE)                                                                \
    _HPyTyped_INLINE HPy _HPyTyped_box_##NAME(HPyContext *ctx, TYPE value)
#define _HPyTyped_BOXES_BY(NAME, TYPE, FUNCTION)                                                   \
    _HPyTyped_BOXES(NAME, TYPE) {                                                                  \
        return FUNCTION(ctx, value);                                                               \
    }
_HPyTyped_BOXES_BY(boolean, bool, HPyBool_FromBool) _HPyTyped_BOXES_BY(char, char, _HPyTyped_BoxInt)
    _HPyTyped_BOXES_BY(schar, signed char,
                       _HPyTyped_BoxInt) _HPyTyped_BOXES_BY(uchar, unsigned char, _HPyTyped_BoxInt)
        _HPyTyped_BOXES_BY(short, short, _HPyTyped_BoxInt)
            _HPyTyped_BOXES_BY(ushort, unsigned short,
                               _HPyTyped_BoxInt) _HPyTyped_BOXES_BY(int, int, _HPyTyped_BoxInt)
                _HPyTyped_BOXES_BY(uint, unsigned int, _HPyTyped_BoxInt)
                    _HPyTyped_BOXES_BY(long, long, _HPyTyped_BoxInt)
                        _HPyTyped_BOXES_BY(ulong, unsigned long, _HPyTyped_BoxUInt)
                            _HPyTyped_BOXES_BY(longlong, long long, _HPyTyped_BoxInt)
                                _HPyTyped_BOXES_BY(ulonglong, unsigned long long, _HPyTyped_BoxUInt)
                                    _HPyTyped_BOXES_BY(float, float, HPyFloat_FromDouble)
                                        _HPyTyped_BOXES_BY(double, double, HPyFloat_FromDouble)

    /* A tuple of new handles, which are closed; null ones have an exception set. */
    static _HPyTyped_OUT_OF_LINE HPy _HPyTyped_Tuple(HPyContext *ctx, HPy *items, size_t n) {
    bool whole = true;
    for (size_t i = 0; i < n; i++)
        whole = whole && !HPy_IsNull(items[i]);
    HPy tuple = whole ? HPyTuple_FromArray(ctx, items, (HPy_ssize_t)n) : HPy_NULL;
    for (size_t i = 0; i < n; i++) {
        if (!HPy_IsNull(items[i]))
            HPy_Close(ctx, items[i]);
    }
    return tuple;
}

static _HPyTyped_OUT_OF_LINE HPy _HPyTyped_FromParts(HPyContext *ctx, double real, double imag) {
    HPy items[2] = {HPyFloat_FromDouble(ctx, real), HPyFloat_FromDouble(ctx, imag)};
    HPy parts = _HPyTyped_Tuple(ctx, items, 2);
    if (HPy_IsNull(parts))
        return HPy_NULL;
    HPy number = HPy_CallTupleDict(ctx, ctx->h_ComplexType, parts, HPy_NULL);
    HPy_Close(ctx, parts);
    return number;
}
_HPyTyped_BOXES(complex, HPyComplex) {
    return _HPyTyped_FromParts(ctx, __real__ value, __imag__ value);
}

static _HPyTyped_OUT_OF_LINE HPy _HPyTyped_FromUTF8(HPyContext *ctx, const char *data,
                                                    HPy_ssize_t size) {
    HPy bytes = HPyBytes_FromStringAndSize(ctx, data, size);
    if (HPy_IsNull(bytes))
        return HPy_NULL;
    HPy text = HPyUnicode_FromEncodedObject(ctx, bytes, "utf-8", "strict");
    HPy_Close(ctx, bytes);
    return text;
}
_HPyTyped_BOXES(string, const char *) {
    return value == NULL ? HPy_Dup(ctx, ctx->h_None) : (HPyUnicode_FromString)(ctx, value);
}
_HPyTyped_BOXES(str, HPyStr) {
    return value.data == NULL ? HPy_Dup(ctx, ctx->h_None)
                              : _HPyTyped_FromUTF8(ctx, value.data, value.size);
}
_HPyTyped_BOXES(bytes, HPyBytes) {
    return value.data == NULL ? HPy_Dup(ctx, ctx->h_None)
                              : HPyBytes_FromStringAndSize(ctx, value.data, value.size);
}
_HPyTyped_BOXES(object, HPy) {
    (void)ctx;
    return value;
}

/* ---- By type ------------------------------------------------------------------------------- */

/* The letter of a type, 0 for one that is not in the list; and its two functions. */
#ifdef __cplusplus
extern "C++" {
#define _HPyTyped_OVERLOADS(TYPE, NAME, LETTER)                                                    \
    constexpr char _HPyTyped_Letter(TYPE *) {                                                      \
        return LETTER;                                                                             \
    }                                                                                              \
    _HPyTyped_INLINE int _HPyTyped_Take(HPyContext *ctx, HPy h, TYPE *out,                         \
                                        const HPyTyped_Call *call, int i) {                        \
        return _HPyTyped_take_##NAME(ctx, h, out, call, i);                                        \
    }                                                                                              \
    _HPyTyped_INLINE HPy _HPyTyped_Box(HPyContext *ctx, TYPE *, TYPE value) {                      \
        return _HPyTyped_box_##NAME(ctx, value);                                                   \
    }
_HPyTyped_TYPES(_HPyTyped_OVERLOADS) constexpr char _HPyTyped_Letter(...) {
    return 0;
}
int _HPyTyped_Take(...);
HPy _HPyTyped_Box(...);
}
#define _HPyTyped_CODE(type) _HPyTyped_Letter((type *)nullptr)
#define _HPyTyped_TAKE(type, ctx, h, out, call, i) _HPyTyped_Take(ctx, h, out, call, i)
#define _HPyTyped_BOX(type, ctx, value) _HPyTyped_Box(ctx, (type *)nullptr, value)
#else
#define _HPyTyped_LETTER_OF(TYPE, NAME, LETTER) TYPE * : LETTER,
#define _HPyTyped_TAKE_OF(TYPE, NAME, LETTER) TYPE * : _HPyTyped_take_##NAME,
#define _HPyTyped_BOX_OF(TYPE, NAME, LETTER) TYPE * : _HPyTyped_box_##NAME,
int _HPyTyped_TakeUnknown();
HPy _HPyTyped_BoxUnknown();
#define _HPyTyped_CODE(type) _Generic((type *)NULL, _HPyTyped_TYPES(_HPyTyped_LETTER_OF) default: 0)
#define _HPyTyped_TAKE(type, ctx, h, out, call, i)                                                 \
    _Generic((type *)NULL,                                                                         \
        _HPyTyped_TYPES(_HPyTyped_TAKE_OF) default: _HPyTyped_TakeUnknown)(ctx, h, out, call, i)
#define _HPyTyped_BOX(type, ctx, value)                                                            \
    _Generic((type *)NULL, _HPyTyped_TYPES(_HPyTyped_BOX_OF) default: _HPyTyped_BoxUnknown)(ctx,   \
                                                                                            value)
#endif

#endif
