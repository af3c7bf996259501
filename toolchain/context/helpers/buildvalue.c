/* HPy_BuildValue (hpy/buildvalue.h), in terms of the API alone. */
#include "../inline.h"

#include "hpy.h"

#include <stdio.h>
#include <string.h>

#define UNITS "iIlkLKnfdsOS"

/* Where the parser stands in the format, and the values still to come. */
typedef struct {
    const char *unit;
    const _HPyValue *values, *end;
} Input;

static HPy build_item(HPyContext *ctx, Input *in);

static HPy fail(HPyContext *ctx, const char *problem, char unit) {
    char message[100];
    snprintf(message, sizeof(message), "%s '%c' in the format string passed to HPy_BuildValue",
             problem, unit);
    return HPyErr_SetString(ctx, ctx->h_SystemError, message);
}

static void skip_separators(Input *in) {
    in->unit += strspn(in->unit, ", \t");
}

/* How many items stand before close, at this level; -1 if another bracket or the end comes first.
 * At the end of the whole format, whose brackets are looked at one by one, close is NUL. */
static HPy_ssize_t count_items(const char *unit, char close) {
    HPy_ssize_t count = 0;
    int depth = 0;
    for (; depth > 0 || *unit != close; unit++) {
        if (*unit == '\0')
            return close == '\0' ? count : -1;
        if (depth == 0 && strchr(")]}", *unit) != NULL)
            return -1;
        if (depth == 0 && strchr(",: \t", *unit) == NULL)
            count++;
        if (strchr("([{", *unit) != NULL)
            depth++;
        else if (strchr(")]}", *unit) != NULL)
            depth--;
    }
    return count;
}

static HPy build_tuple(HPyContext *ctx, Input *in, HPy_ssize_t size) {
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, size);
    for (HPy_ssize_t i = 0; i < size; i++) {
        HPy item = build_item(ctx, in);
        if (HPy_IsNull(item)) {
            HPyTupleBuilder_Cancel(ctx, builder);
            return HPy_NULL;
        }
        HPyTupleBuilder_Set(ctx, builder, i, item);
        HPy_Close(ctx, item);
        skip_separators(in);
    }
    return HPyTupleBuilder_Build(ctx, builder);
}

static HPy build_list(HPyContext *ctx, Input *in, HPy_ssize_t size) {
    HPyListBuilder builder = HPyListBuilder_New(ctx, size);
    for (HPy_ssize_t i = 0; i < size; i++) {
        HPy item = build_item(ctx, in);
        if (HPy_IsNull(item)) {
            HPyListBuilder_Cancel(ctx, builder);
            return HPy_NULL;
        }
        HPyListBuilder_Set(ctx, builder, i, item);
        HPy_Close(ctx, item);
        skip_separators(in);
    }
    return HPyListBuilder_Build(ctx, builder);
}

/* One key, a colon, one value. 0, or -1 with an exception set. */
static int build_pair(HPyContext *ctx, Input *in, HPy dict) {
    if (*in->unit == ',') {
        fail(ctx, "unexpected", ',');
        return -1;
    }
    HPy key = build_item(ctx, in);
    if (HPy_IsNull(key))
        return -1;
    in->unit += strspn(in->unit, " \t");
    HPy value = HPy_NULL;
    if (*in->unit != ':') {
        fail(ctx, "missing", ':');
    } else {
        in->unit += 1 + strspn(in->unit + 1, " \t");
        value = build_item(ctx, in);
    }
    const int result = HPy_IsNull(value) ? -1 : HPy_SetItem(ctx, dict, key, value);
    HPy_Close(ctx, value);
    HPy_Close(ctx, key);
    return result;
}

static HPy build_dict(HPyContext *ctx, Input *in) {
    HPy dict = HPyDict_New(ctx);
    if (HPy_IsNull(dict))
        return HPy_NULL;
    in->unit += strspn(in->unit, " \t");
    while (*in->unit != '}') {
        if (build_pair(ctx, in, dict) < 0)
            goto error;
        in->unit += strspn(in->unit, " \t");
        if (*in->unit == ',') {
            in->unit += 1 + strspn(in->unit + 1, " \t");
        } else if (*in->unit != '}') {
            fail(ctx, "missing", ',');
            goto error;
        }
    }
    return dict;
error:
    HPy_Close(ctx, dict);
    return HPy_NULL;
}

/* What stands between open, which has been read, and its other half. */
static HPy build_brackets(HPyContext *ctx, Input *in, char open) {
    const char close = open == '(' ? ')' : open == '[' ? ']' : '}';
    const HPy_ssize_t size = count_items(in->unit, close);
    if (size < 0)
        return fail(ctx, "unmatched", open);
    if (open != '{')
        skip_separators(in);
    HPy result = open == '('   ? build_tuple(ctx, in, size)
                 : open == '[' ? build_list(ctx, in, size)
                               : build_dict(ctx, in);
    in->unit++;
    return result;
}

static COLD HPy fail_null(HPyContext *ctx) {
    if (!HPyErr_Occurred(ctx))
        HPyErr_SetString(ctx, ctx->h_SystemError, "HPy_NULL object passed to HPy_BuildValue");
    return HPy_NULL;
}

/* The value of a unit that is no bracket. */
static inline ALWAYS_INLINE HPy build_unit(HPyContext *ctx, char unit, const _HPyValue *value) {
    switch (unit) {
    case 'i': return HPyLong_FromLong(ctx, (int)value->integer);
    case 'I': return HPyLong_FromUnsignedLong(ctx, (unsigned int)value->integer);
    case 'l': return HPyLong_FromLong(ctx, (long)value->integer);
    case 'k': return HPyLong_FromUnsignedLong(ctx, (unsigned long)value->integer);
    case 'L': return HPyLong_FromLongLong(ctx, value->integer);
    case 'K': return HPyLong_FromUnsignedLongLong(ctx, (unsigned long long)value->integer);
    case 'n': return HPyLong_FromSsize_t(ctx, (HPy_ssize_t)value->integer);
    case 'f':
    case 'd': return HPyFloat_FromDouble(ctx, value->real);
    case 's':
        return value->pointer == NULL ? HPy_Dup(ctx, ctx->h_None)
                                      : HPyUnicode_FromString(ctx, (const char *)value->pointer);
    default: /* O, S */
        return UNLIKELY(HPy_IsNull(value->handle)) ? fail_null(ctx) : HPy_Dup(ctx, value->handle);
    }
}

static HPy build_item(HPyContext *ctx, Input *in) {
    const char unit = *in->unit++;
    if (unit != '\0' && strchr("([{", unit) != NULL)
        return build_brackets(ctx, in, unit);
    if (unit == 'N')
        return HPyErr_SetString(ctx, ctx->h_SystemError,
                                "HPy_BuildValue does not support the 'N' formatting unit.");
    if (unit == '\0' || strchr(UNITS, unit) == NULL)
        return fail(ctx, "bad format char", unit);
    if (in->values == in->end)
        return fail(ctx, "no value for", unit);
    return build_unit(ctx, unit, in->values++);
}

static COLD HPy build(HPyContext *ctx, const char *fmt, const _HPyValue *values, size_t n_values) {
    Input in = {fmt, values, values + n_values};
    skip_separators(&in);
    const HPy_ssize_t size = count_items(in.unit, '\0');
    if (size < 0)
        return fail(ctx, "unmatched", fmt[strcspn(fmt, ")]}")]);
    if (size == 0)
        return HPy_Dup(ctx, ctx->h_None);
    return size == 1 ? build_item(ctx, &in) : build_tuple(ctx, &in, size);
}

/* One value, or a tuple of values, with or without parentheses, is made here; nothing is left of
 * the format if that is a constant. */
ALWAYS_INLINE HPy _HPy_BuildValueArray(HPyContext *ctx, const char *fmt, const _HPyValue *values,
                                       size_t n_values) {
    const bool parentheses = *fmt == '(';
    const char *const units = fmt + parentheses, *const end = units + n_values;
    if (UNLIKELY(n_values == 0 || strspn(units, UNITS) != n_values ||
                 (parentheses ? end[0] != ')' || end[1] != '\0' : end[0] != '\0')))
        return build(ctx, fmt, values, n_values);
    if (n_values == 1 && !parentheses)
        return build_unit(ctx, *fmt, values);
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, (HPy_ssize_t)n_values);
    UNROLL for (size_t i = 0; i < n_values; i++) {
        HPy item = build_unit(ctx, units[i], &values[i]);
        if (UNLIKELY(HPy_IsNull(item))) {
            HPyTupleBuilder_Cancel(ctx, builder);
            return HPy_NULL;
        }
        HPyTupleBuilder_Set(ctx, builder, (HPy_ssize_t)i, item);
        HPy_Close(ctx, item);
    }
    return HPyTupleBuilder_Build(ctx, builder);
}

/* The values of a format, up to what is no unit, into values, which has room for strlen(fmt).
 * Returns how many they are. */
static size_t collect(const char *fmt, va_list arguments, _HPyValue *values) {
    size_t n = 0;
    for (const char *unit = fmt; *unit != '\0'; unit++) {
        switch (*unit) {
        case 'i':
        case 'I': values[n++].integer = va_arg(arguments, int); break;
        case 'l':
        case 'k': values[n++].integer = va_arg(arguments, long); break;
        case 'L':
        case 'K': values[n++].integer = va_arg(arguments, long long); break;
        case 'n': values[n++].integer = va_arg(arguments, HPy_ssize_t); break;
        case 'f':
        case 'd': values[n++].real = va_arg(arguments, double); break;
        case 's': values[n++].pointer = va_arg(arguments, const char *); break;
        case 'O':
        case 'S': values[n++].handle = va_arg(arguments, HPy); break;
        default:
            if (strchr("()[]{},: \t", *unit) == NULL)
                return n;
        }
    }
    return n;
}

HPy HPy_BuildValue(HPyContext *ctx, const char *fmt, ...) {
    _HPyValue values[strlen(fmt) + 1];
    va_list arguments;
    va_start(arguments, fmt);
    const size_t n_values = collect(fmt, arguments, values);
    va_end(arguments);
    return _HPy_BuildValueArray(ctx, fmt, values, n_values);
}
