/* HPy_BuildValue: as for argument parsing, a macro turns the variable arguments into an array; with
 * that and the format constant, what remains after inlining is the making of each value. */
#ifndef HPY_H
#include "hpy.h"
#elif !defined(HPY_BUILDVALUE_H)
#define HPY_BUILDVALUE_H

/* A value as it was given. Its unit narrows it: an int will do where a long is asked for. */
typedef union {
    long long integer;
    double real;
    const void *pointer;
    HPy handle;
} _HPyValue;

#define _HPyValue_OF(name, type, member)                                                           \
    static inline _HPyValue name(type v) {                                                         \
        _HPyValue value;                                                                           \
        value.member = v;                                                                          \
        return value;                                                                              \
    }

/* What the macro calls, and HPy's function, for a source that takes its address. */
HPy _HPy_BuildValueArray(HPyContext *ctx, const char *fmt, const _HPyValue *values,
                         size_t n_values);
HPy HPy_BuildValue(HPyContext *ctx, const char *fmt, ...);

#ifndef HPY_CONTEXT
#ifdef __cplusplus
extern "C++" {
_HPyValue_OF(_HPyValue_Of, int, integer);
_HPyValue_OF(_HPyValue_Of, unsigned int, integer);
_HPyValue_OF(_HPyValue_Of, long, integer);
_HPyValue_OF(_HPyValue_Of, long long, integer);
_HPyValue_OF(_HPyValue_Of, double, real);
_HPyValue_OF(_HPyValue_Of, const void *, pointer);
_HPyValue_OF(_HPyValue_Of, HPy, handle);
static inline _HPyValue _HPyValue_Of(unsigned long v) {
    return _HPyValue_Of((long)v);
}
static inline _HPyValue _HPyValue_Of(unsigned long long v) {
    return _HPyValue_Of((long long)v);
}
/* Twice, see _HPyCheck_FITTING. A trailing value keeps the array from being empty; it is not
 * counted. Always inline: of one instance for many formats nothing would be a constant. */
#define _HPyValue_BUILDER(attribute)                                                               \
    template <class... Values>                                                                     \
    static inline __attribute__((always_inline)) HPy _HPy_BuildValue(                              \
        HPyContext *ctx, const char *fmt, Values... values) attribute {                            \
        const _HPyValue array[] = {_HPyValue_Of(values)..., _HPyValue_Of(0)};                      \
        return _HPy_BuildValueArray(ctx, fmt, array, sizeof...(values));                           \
    }
_HPyValue_BUILDER(_HPyCheck_VALUES_FIT(Values)) _HPyValue_BUILDER(_HPyCheck_VALUES(Values))
}
#define HPy_BuildValue(...) _HPy_BuildValue(__VA_ARGS__)
#else
_HPyValue_OF(_HPyValue_OfInteger, long long, integer) _HPyValue_OF(_HPyValue_OfReal, double, real)
    _HPyValue_OF(_HPyValue_OfPointer, const void *, pointer)
        _HPyValue_OF(_HPyValue_OfHandle, HPy, handle) static inline _HPyValue
    _HPyValue_OfUnsigned(unsigned long long v) {
    return _HPyValue_OfInteger((long long)v);
}
#define _HPyValue_Of(x)                                                                            \
    _Generic((x),                                                                                  \
        bool: _HPyValue_OfInteger,                                                                 \
        char: _HPyValue_OfInteger,                                                                 \
        signed char: _HPyValue_OfInteger,                                                          \
        unsigned char: _HPyValue_OfInteger,                                                        \
        short: _HPyValue_OfInteger,                                                                \
        unsigned short: _HPyValue_OfInteger,                                                       \
        int: _HPyValue_OfInteger,                                                                  \
        unsigned int: _HPyValue_OfInteger,                                                         \
        long: _HPyValue_OfInteger,                                                                 \
        unsigned long: _HPyValue_OfUnsigned,                                                       \
        long long: _HPyValue_OfInteger,                                                            \
        unsigned long long: _HPyValue_OfUnsigned,                                                  \
        float: _HPyValue_OfReal,                                                                   \
        double: _HPyValue_OfReal,                                                                  \
        HPy: _HPyValue_OfHandle,                                                                   \
        default: _HPyValue_OfPointer)(x)

#define _HPyValue_ONE(unused, i, x) _HPyValue_Of(x),
/* A trailing value keeps the array from being empty; it is not counted. */
#define _HPyValue_ARRAY(...) ((_HPyValue[]){__VA_OPT__(_HPyEach(_HPyValue_ONE, , __VA_ARGS__)){0}})

#define HPy_BuildValue(ctx, fmt, ...)                                                              \
    __extension__({                                                                                \
        _HPyCheck_QUIET enum {                                                                     \
            _n_values = sizeof(_HPyValue_ARRAY(__VA_ARGS__)) / sizeof(_HPyValue) - 1               \
        };                                                                                         \
        _HPyCheck_BUILD(_n_values, fmt, __VA_ARGS__) _HPyCheck_LOUD _HPy_BuildValueArray(          \
            ctx, fmt, _HPyValue_ARRAY(__VA_ARGS__), _n_values);                                    \
    })
#endif
#endif

#endif
