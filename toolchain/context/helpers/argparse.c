/* Parsing of positional arguments (hpy/helpers.h), in terms of the API alone; and of what parsers
 * share, the functions out of line. The rest of that, and how it is meant to be compiled, is in
 * argparse.h. */
#include "argparse.h"

#include <stdio.h>

/* ---- Out of line --------------------------------------------------------------------------- */

int hpyarg_fail(HPyContext *ctx, HPy type, const char *fmt, const char *message) {
    char text[512];
    const char *suffix = fmt + strcspn(fmt, ":;");
    if (*suffix == ';')
        snprintf(text, sizeof(text), "%s", suffix + 1);
    else if (*suffix == ':')
        snprintf(text, sizeof(text), "%.200s() %.300s", suffix + 1, message);
    else
        snprintf(text, sizeof(text), "function %.300s", message);
    HPyErr_SetString(ctx, type, text);
    return 0;
}

bool hpyarg_error_occurred(HPyContext *ctx) {
    return HPyErr_Occurred(ctx);
}

HPy_ssize_t hpyarg_index_ssize(HPyContext *ctx, HPy arg) {
    if (!HPyErr_ExceptionMatches(ctx, ctx->h_TypeError))
        return -1;
    HPyErr_Clear(ctx);
    HPy index = HPy_Index(ctx, arg);
    if (HPy_IsNull(index))
        return -1;
    const HPy_ssize_t value = HPyLong_AsSsize_t(ctx, index);
    HPy_Close(ctx, index);
    return value;
}

int hpyarg_fail_variables(HPyContext *ctx, const char *fmt, const char *too) {
    char message[100];
    snprintf(message, sizeof(message), "mismatched args (too %s variables for fmt)", too);
    return hpyarg_fail(ctx, ctx->h_SystemError, fmt, message);
}

size_t hpyarg_collect(const char *fmt, va_list variables, void **out) {
    size_t n_out = 0;
    for (const char *unit = fmt; !is_end(*unit); unit++) {
        if (*unit != '|' && *unit != '$')
            out[n_out++] = va_arg(variables, void *);
    }
    return n_out;
}

/* ---- Positional arguments ------------------------------------------------------------------ */

#define UNITS "bBhHiIlLkKnfdpsO"

/* Not between as many arguments as the format requires and as many as it takes. */
static COLD_RAISE int fail_count(HPyContext *ctx, size_t nargs, size_t required, const char *fmt) {
    if (fmt[strspn(fmt, UNITS "|")] != fmt[strcspn(fmt, ":;")])
        return hpyarg_fail(ctx, ctx->h_SystemError, fmt, "unknown arg format code");
    if (nargs < required)
        return hpyarg_fail(ctx, ctx->h_TypeError, fmt, "required positional argument missing");
    return hpyarg_fail(ctx, ctx->h_TypeError, fmt, "mismatched args (too many arguments for fmt)");
}

static inline ALWAYS_INLINE int parse(HPyContext *ctx, const HPy *args, size_t nargs,
                                      const char *units, const char *fmt, void *const *out,
                                      size_t n_out) {
    const size_t required = strcspn(units, "|:;");
    const char *unit = units;
    /* One comparison for both ends: required <= nargs <= n_out. */
    if (UNLIKELY(required > n_out ? nargs < required : nargs - required > n_out - required))
        return fail_count(ctx, nargs, required, fmt);
    UNROLL for (size_t i = 0; i < n_out; i++) {
        if (*unit == '|')
            unit++;
        if (UNLIKELY(is_end(*unit)))
            return hpyarg_fail_variables(ctx, fmt, "many");
        if (i < required || i < nargs) {
            if (UNLIKELY(!convert(ctx, args[i], *unit, out[i], fmt)))
                return 0;
        }
        unit++;
    }
    if (*unit == '|')
        unit++;
    return is_end(*unit) ? 1 : hpyarg_fail_variables(ctx, fmt, "few");
}

ALWAYS_INLINE int _HPyArg_ParseUnits(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs,
                                     const char *units, const char *fmt, void *const *out,
                                     size_t n_out) {
    return open_tracker(ctx, ht) &&
           finish(ctx, ht, parse(ctx, args, nargs, units, fmt, out, n_out));
}

ALWAYS_INLINE int _HPyArg_ParseArray(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs,
                                     const char *fmt, void *const *out, size_t n_out) {
    return _HPyArg_ParseUnits(ctx, ht, args, nargs, fmt, fmt, out, n_out);
}

int HPyArg_Parse(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs, const char *fmt,
                 ...) {
    void *out[strlen(fmt) + 1];
    va_list variables;
    va_start(variables, fmt);
    const size_t n_out = hpyarg_collect(fmt, variables, out);
    va_end(variables);
    return _HPyArg_ParseArray(ctx, ht, args, nargs, fmt, out, n_out);
}
