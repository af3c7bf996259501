/* Struct sequences in terms of the API, which has no way to CPython's own: a namedtuple whose
 * fields are counted as those of a struct sequence are. */
#include "hpy.h"

#include <stdio.h>
#include <string.h>

/* No name of a namedtuple's field: it becomes one that tells the position. */
const char *const HPyStructSequence_UnnamedField = "_";

/* The arguments of namedtuple(); the number of fields without a name goes to *n_unnamed. */
static HPy field_names(HPyContext *ctx, const HPyStructSequence_Field *fields, long *n_unnamed) {
    HPy names = HPyList_New(ctx, 0);
    for (; !HPy_IsNull(names) && fields->name != NULL; fields++) {
        *n_unnamed += fields->name == HPyStructSequence_UnnamedField;
        HPy name = HPyUnicode_FromString(ctx, fields->name);
        const bool failed = HPy_IsNull(name) || HPyList_Append(ctx, names, name) < 0;
        HPy_Close(ctx, name);
        if (failed) {
            HPy_Close(ctx, names);
            return HPy_NULL;
        }
    }
    return names;
}

/* namedtuple(name, fields, rename=True, module=module) */
static HPy make_type(HPyContext *ctx, const char *full_name, HPy fields) {
    HPy collections = HPyImport_ImportModule(ctx, "collections");
    if (HPy_IsNull(collections))
        return HPy_NULL;
    const char *dot = strrchr(full_name, '.');
    HPy name = HPyUnicode_FromString(ctx, dot == NULL ? full_name : dot + 1);
    HPy arguments = HPy_IsNull(name) ? HPy_NULL : HPyTuple_FromArray(ctx, (HPy[]){name, fields}, 2);
    HPy keywords = HPy_IsNull(arguments) ? HPy_NULL : HPyDict_New(ctx);
    HPy result = HPy_NULL;
    if (!HPy_IsNull(keywords) && HPy_SetItem_s(ctx, keywords, "rename", ctx->h_True) == 0)
        result = HPy_CallMethodTupleDict_s(ctx, "namedtuple", collections, arguments, keywords);
    HPy_Close(ctx, keywords);
    HPy_Close(ctx, arguments);
    HPy_Close(ctx, name);
    HPy_Close(ctx, collections);
    if (HPy_IsNull(result) || dot == NULL)
        return result;
    HPy module = HPyUnicode_DecodeFSDefaultAndSize(ctx, full_name, dot - full_name);
    const bool failed = HPy_IsNull(module) || HPy_SetAttr_s(ctx, result, "__module__", module) < 0;
    HPy_Close(ctx, module);
    if (failed) {
        HPy_Close(ctx, result);
        return HPy_NULL;
    }
    return result;
}

/* Closes value. */
static bool set_attribute(HPyContext *ctx, HPy type, const char *name, HPy value) {
    const bool done = !HPy_IsNull(value) && HPy_SetAttr_s(ctx, type, name, value) == 0;
    HPy_Close(ctx, value);
    return done;
}

HPy HPyStructSequence_NewType(HPyContext *ctx, HPyStructSequence_Desc *desc) {
    if (desc->name == NULL || desc->fields == NULL)
        return HPyErr_SetString(ctx, ctx->h_SystemError,
                                "a struct sequence needs a name and an array of fields");
    long n_unnamed = 0;
    HPy fields = field_names(ctx, desc->fields, &n_unnamed);
    if (HPy_IsNull(fields))
        return HPy_NULL;
    const long n = (long)HPy_Length(ctx, fields);
    HPy type = make_type(ctx, desc->name, fields);
    HPy_Close(ctx, fields);
    if (HPy_IsNull(type))
        return HPy_NULL;
    HPy doc = desc->doc == NULL ? HPy_Dup(ctx, ctx->h_None) : HPyUnicode_FromString(ctx, desc->doc);
    if (set_attribute(ctx, type, "__doc__", doc) &&
        set_attribute(ctx, type, "n_fields", HPyLong_FromLong(ctx, n)) &&
        set_attribute(ctx, type, "n_sequence_fields", HPyLong_FromLong(ctx, n)) &&
        set_attribute(ctx, type, "n_unnamed_fields", HPyLong_FromLong(ctx, n_unnamed)))
        return type;
    HPy_Close(ctx, type);
    return HPy_NULL;
}

/* The number of fields, or -1 if type is no struct sequence's. */
static HPy_ssize_t field_count(HPyContext *ctx, HPy type) {
    if (!HPy_TypeCheck(ctx, type, ctx->h_TypeType) ||
        !HPyType_IsSubtype(ctx, type, ctx->h_TupleType) || !HPy_HasAttr_s(ctx, type, "n_fields"))
        return -1;
    HPy count = HPy_GetAttr_s(ctx, type, "n_fields");
    const HPy_ssize_t n = HPy_IsNull(count) ? -1 : HPyLong_AsSsize_t(ctx, count);
    HPy_Close(ctx, count);
    return n;
}

HPy HPyStructSequence_New(HPyContext *ctx, HPy type, HPy_ssize_t nargs, HPy *args) {
    const HPy_ssize_t n = field_count(ctx, type);
    if (n < 0)
        return HPyErr_SetString(ctx, ctx->h_TypeError, "this is not a struct sequence type");
    if (n != nargs) {
        char message[200];
        snprintf(message, sizeof(message), "%.100s has %zd fields, %zd values were given",
                 HPyType_GetName(ctx, type), n, nargs);
        return HPyErr_SetString(ctx, ctx->h_TypeError, message);
    }
    HPy values = HPyTuple_FromArray(ctx, args, nargs);
    if (HPy_IsNull(values))
        return HPy_NULL;
    /* CPython's own take the values in a sequence, namedtuples have a method for that. */
    HPy function =
        HPy_HasAttr_s(ctx, type, "_make") ? HPy_GetAttr_s(ctx, type, "_make") : HPy_Dup(ctx, type);
    HPy result = HPy_IsNull(function) ? HPy_NULL : HPy_Call(ctx, function, &values, 1, HPy_NULL);
    HPy_Close(ctx, function);
    HPy_Close(ctx, values);
    return result;
}
