/* HPy_BuildValue (hpy/helpers.h), in terms of the API alone. */
#include "hpy.h"

#include <stdio.h>
#include <string.h>

/* Where the parser stands in the format, and the values still to come. */
typedef struct {
    const char *unit;
    va_list values;
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

static HPy build_object(HPyContext *ctx, HPy object) {
    if (HPy_IsNull(object) && !HPyErr_Occurred(ctx))
        HPyErr_SetString(ctx, ctx->h_SystemError, "HPy_NULL object passed to HPy_BuildValue");
    return HPy_IsNull(object) ? HPy_NULL : HPy_Dup(ctx, object);
}

static HPy build_string(HPyContext *ctx, const char *utf8) {
    return utf8 == NULL ? HPy_Dup(ctx, ctx->h_None) : HPyUnicode_FromString(ctx, utf8);
}

static HPy build_item(HPyContext *ctx, Input *in) {
    const char unit = *in->unit++;
    switch (unit) {
    case '(':
    case '[':
    case '{': return build_brackets(ctx, in, unit);
    case 'i': return HPyLong_FromLong(ctx, va_arg(in->values, int));
    case 'I': return HPyLong_FromUnsignedLong(ctx, va_arg(in->values, unsigned int));
    case 'l': return HPyLong_FromLong(ctx, va_arg(in->values, long));
    case 'k': return HPyLong_FromUnsignedLong(ctx, va_arg(in->values, unsigned long));
    case 'L': return HPyLong_FromLongLong(ctx, va_arg(in->values, long long));
    case 'K': return HPyLong_FromUnsignedLongLong(ctx, va_arg(in->values, unsigned long long));
    case 'n': return HPyLong_FromSsize_t(ctx, va_arg(in->values, HPy_ssize_t));
    case 'f':
    case 'd': return HPyFloat_FromDouble(ctx, va_arg(in->values, double));
    case 's': return build_string(ctx, va_arg(in->values, const char *));
    case 'O':
    case 'S': return build_object(ctx, va_arg(in->values, HPy));
    case 'N':
        return HPyErr_SetString(ctx, ctx->h_SystemError,
                                "HPy_BuildValue does not support the 'N' formatting unit.");
    default: return fail(ctx, "bad format char", unit);
    }
}

HPy HPy_BuildValue(HPyContext *ctx, const char *fmt, ...) {
    Input in = {.unit = fmt};
    skip_separators(&in);
    const HPy_ssize_t size = count_items(in.unit, '\0');
    if (size < 0)
        return fail(ctx, "unmatched", fmt[strcspn(fmt, ")]}")]);
    if (size == 0)
        return HPy_Dup(ctx, ctx->h_None);
    va_start(in.values, fmt);
    HPy result = size == 1 ? build_item(ctx, &in) : build_tuple(ctx, &in, size);
    va_end(in.values);
    return result;
}
