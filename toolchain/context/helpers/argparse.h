/* What the parsers of arguments share: the conversion of one argument, and what it raises.
 *
 * Written to vanish: inlined where the format is a constant, the loop over the variables has a
 * constant trip count and unrolls, each format character folds its switch to one case, and the
 * error paths stay behind as calls to cold functions.
 */
#ifndef HPYBC_CONTEXT_ARGPARSE_H
#define HPYBC_CONTEXT_ARGPARSE_H

#include "../inline.h"

#include "hpy.h"

#include <limits.h>
#include <string.h>

/* ---- Out of line --------------------------------------------------------------------------- */

/* Defined in argparse.c, hence visible where extensions are linked. The prefix keeps them apart
 * from an extension's functions, which may well be called `fail`. */

/* Raises with the function's name that follows a ':' in the format, or with the whole message that
 * follows a ';'. Returns 0, as every parse function does then. */
COLD_RAISE int hpyarg_fail(HPyContext *ctx, HPy type, const char *fmt, const char *message);

/* The caller's variables are not as many as the format's units. */
COLD_RAISE int hpyarg_fail_variables(HPyContext *ctx, const char *fmt, const char *too);

/* For the variadic functions: the variables of a format, as many as it has units, into out, which
 * has room for strlen(fmt). Returns how many they are. */
COLD size_t hpyarg_collect(const char *fmt, va_list variables, void **out);

COLD bool hpyarg_error_occurred(HPyContext *ctx);

/* HPyLong_AsSsize_t takes ints alone; an argument may be anything with an __index__. */
COLD HPy_ssize_t hpyarg_index_ssize(HPyContext *ctx, HPy arg);

/* ---- Shared by calls of several formats ----------------------------------------------------- */

/* The functions of hpy/helpers.h with the format twice: `units`, which says what to do and is a
 * constant, and `fmt` with the same units, for the name in messages, which differs from call to
 * call. The loader has calls share what is specialised for their units (hpybc/loader/formats.py).
 */
int _HPyArg_ParseUnits(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs,
                       const char *units, const char *fmt, void *const *out, size_t n_out);
int _HPyArg_ParseNamesUnits(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs,
                            HPy kwnames, const char *units, const char *fmt,
                            const char *const *keywords, void *const *out, size_t n_out);
int _HPyArg_ParseKeywordsDictUnits(HPyContext *ctx, HPyTracker *ht, const HPy *args,
                                   HPy_ssize_t nargs, HPy kw, const char *units, const char *fmt,
                                   const char *const *keywords, void *const *out, size_t n_out);

/* ---- One format unit ----------------------------------------------------------------------- */

static inline bool is_end(char unit) {
    return unit == '\0' || unit == ':' || unit == ';';
}

/* A conversion that returned its error value: is it an error? */
static inline bool failed(HPyContext *ctx, bool is_error_value) {
    return UNLIKELY(is_error_value) && hpyarg_error_occurred(ctx);
}

/* Signed integers. Of those as wide as int64_t nothing is left of the range. */
static inline ALWAYS_INLINE int integer(HPyContext *ctx, HPy arg, int64_t min, int64_t max,
                                        int64_t *value, const char *fmt, const char *below,
                                        const char *above) {
    if (UNLIKELY(!_HPyLong_ToInt64(ctx, arg, value)))
        return 0;
    if (UNLIKELY(*value < min))
        return hpyarg_fail(ctx, ctx->h_OverflowError, fmt, below);
    if (UNLIKELY(*value > max))
        return hpyarg_fail(ctx, ctx->h_OverflowError, fmt, above);
    return 1;
}

static inline ALWAYS_INLINE HPy_ssize_t ssize(HPyContext *ctx, HPy arg) {
    const HPy_ssize_t value = HPyLong_AsSsize_t(ctx, arg);
    return failed(ctx, value == -1) ? hpyarg_index_ssize(ctx, arg) : value;
}

static inline ALWAYS_INLINE int string(HPyContext *ctx, HPy arg, const char **out,
                                       const char *fmt) {
    HPy_ssize_t size;
    if (UNLIKELY(!HPyUnicode_Check(ctx, arg)))
        return hpyarg_fail(ctx, ctx->h_TypeError, fmt, "a str is required");
    const char *text = HPyUnicode_AsUTF8AndSize(ctx, arg, &size);
    if (UNLIKELY(text == NULL))
        return 0;
    if (UNLIKELY(strlen(text) != (size_t)size))
        return hpyarg_fail(ctx, ctx->h_ValueError, fmt, "embedded null character");
    *out = text;
    return 1;
}

/* Stores a conversion whose error value is -1; the variable keeps its value on failure. */
#define STORE(type, conversion)                                                                    \
    do {                                                                                           \
        const type converted = conversion;                                                         \
        if (failed(ctx, converted == (type) - 1))                                                  \
            return 0;                                                                              \
        *(type *)out = converted;                                                                  \
        return 1;                                                                                  \
    } while (0)

/* Converts arg as unit says and stores it. 1, or 0 with an exception set. */
static inline ALWAYS_INLINE int convert(HPyContext *ctx, HPy arg, char unit, void *out,
                                        const char *fmt) {
    int64_t value;
    double number;
    switch (unit) {
    case 'b':
        if (!integer(ctx, arg, 0, UCHAR_MAX, &value, fmt,
                     "unsigned byte integer is less than minimum",
                     "unsigned byte integer is greater than maximum"))
            return 0;
        *(unsigned char *)out = (unsigned char)value;
        return 1;
    case 'h':
        if (!integer(ctx, arg, SHRT_MIN, SHRT_MAX, &value, fmt,
                     "signed short integer is less than minimum",
                     "signed short integer is greater than maximum"))
            return 0;
        *(short *)out = (short)value;
        return 1;
    case 'i':
        if (!integer(ctx, arg, INT_MIN, INT_MAX, &value, fmt, "signed integer is less than minimum",
                     "signed integer is greater than maximum"))
            return 0;
        *(int *)out = (int)value;
        return 1;
    case 'l':
        if (!integer(ctx, arg, LONG_MIN, LONG_MAX, &value, fmt,
                     "signed long integer is less than minimum",
                     "signed long integer is greater than maximum"))
            return 0;
        *(long *)out = (long)value;
        return 1;
    case 'L':
        if (UNLIKELY(!_HPyLong_ToInt64(ctx, arg, &value)))
            return 0;
        *(long long *)out = value;
        return 1;
    case 'n': STORE(HPy_ssize_t, ssize(ctx, arg));
    case 'B':
    case 'H':
    case 'I':
    case 'k': {
        const unsigned long mask = HPyLong_AsUnsignedLongMask(ctx, arg);
        if (failed(ctx, mask == (unsigned long)-1))
            return 0;
        if (unit == 'B')
            *(unsigned char *)out = (unsigned char)mask;
        else if (unit == 'H')
            *(unsigned short *)out = (unsigned short)mask;
        else if (unit == 'I')
            *(unsigned int *)out = (unsigned int)mask;
        else
            *(unsigned long *)out = mask;
        return 1;
    }
    case 'K': STORE(unsigned long long, HPyLong_AsUnsignedLongLongMask(ctx, arg));
    case 'f':
    case 'd':
        if (UNLIKELY(!_HPyFloat_ToDouble(ctx, arg, &number)))
            return 0;
        if (unit == 'f')
            *(float *)out = (float)number;
        else
            *(double *)out = number;
        return 1;
    case 'p': {
        const int truth = HPy_IsTrue(ctx, arg);
        if (UNLIKELY(truth < 0))
            return 0;
        *(int *)out = truth;
        return 1;
    }
    case 's': return string(ctx, arg, out, fmt);
    case 'O': *(HPy *)out = arg; return 1;
    default: return hpyarg_fail(ctx, ctx->h_SystemError, fmt, "unknown arg format code");
    }
}

/* ---- The caller's tracker ------------------------------------------------------------------ */

/* Opens the tracker a caller asked for; a failure closes it again, as HPy promises. */
static inline ALWAYS_INLINE int open_tracker(HPyContext *ctx, HPyTracker *ht) {
    if (ht == NULL)
        return 1;
    *ht = HPyTracker_New(ctx, 0);
    return ht->_i != NULL;
}

static inline ALWAYS_INLINE int finish(HPyContext *ctx, HPyTracker *ht, int parsed) {
    if (UNLIKELY(!parsed) && ht != NULL)
        HPyTracker_Close(ctx, *ht);
    return parsed;
}

#endif
