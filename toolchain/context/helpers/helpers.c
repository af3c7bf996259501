/* Helpers around modules and calls (hpy/helpers.h), in terms of the API alone. */
#include "hpy.h"

/* Weak, for a context that has to keep others from the place meanwhile. */

__attribute__((weak)) HPy _HPyField_LoadFrom(HPyContext *ctx, HPy source_object,
                                             const HPyField *source_field) {
    return HPyField_Load(ctx, source_object, *source_field);
}

__attribute__((weak)) HPy _HPyGlobal_LoadFrom(HPyContext *ctx, const HPyGlobal *global) {
    return HPyGlobal_Load(ctx, *global);
}

/* A context to which all sizes are the same. */
__attribute__((weak)) HPy _HPy_NewSized(HPyContext *ctx, HPy type, void **data,
                                        _HPy_UNUSED size_t size) {
    return _HPy_New(ctx, type, data);
}

/* A context that keeps no names. */
__attribute__((weak)) HPy _HPyName_Get(_HPy_UNUSED HPyContext *ctx, _HPy_UNUSED _HPyName *name,
                                       _HPy_UNUSED const char *utf8) {
    return HPy_NULL;
}

/* A context that reads no objects in place. */
__attribute__((weak)) const char *_HPyUnicode_ReadASCII(_HPy_UNUSED HPyContext *ctx,
                                                        _HPy_UNUSED HPy h,
                                                        _HPy_UNUSED HPy_ssize_t *size) {
    return NULL;
}

int HPyHelpers_AddType(HPyContext *ctx, HPy obj, const char *name, HPyType_Spec *hpyspec,
                       HPyType_SpecParam *params) {
    HPy type = HPyType_FromSpec(ctx, hpyspec, params);
    if (HPy_IsNull(type))
        return 0;
    const int result = HPy_SetAttr_s(ctx, obj, name, type);
    HPy_Close(ctx, type);
    return result == 0;
}

HPy HPyTuple_Pack(HPyContext *ctx, HPy_ssize_t n, ...) {
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, n);
    va_list items;
    va_start(items, n);
    for (HPy_ssize_t i = 0; i < n; i++)
        HPyTupleBuilder_Set(ctx, builder, i, va_arg(items, HPy));
    va_end(items);
    return HPyTupleBuilder_Build(ctx, builder);
}

/* From the arguments of an HPyFunc_KEYWORDS function to those of HPy_CallTupleDict. A call without
 * positional arguments gets a null tuple, one without keywords a null dict. */
int HPyHelpers_PackArgsAndKeywords(HPyContext *ctx, const HPy *args, size_t nargs, HPy kwnames,
                                   HPy *out_args_tuple, HPy *out_kwd) {
    if (out_args_tuple == NULL || out_kwd == NULL) {
        HPyErr_SetString(ctx, ctx->h_SystemError,
                         out_args_tuple == NULL ? "argument 'out_pos_args' must not be NULL"
                                                : "argument 'out_kwd' must not be NULL");
        return 0;
    }
    *out_args_tuple = *out_kwd = HPy_NULL;
    const HPy_ssize_t n_kw = HPy_IsNull(kwnames) ? 0 : HPy_Length(ctx, kwnames);
    if (n_kw < 0)
        return 0;
    if (nargs > 0) {
        *out_args_tuple = HPyTuple_FromArray(ctx, args, (HPy_ssize_t)nargs);
        if (HPy_IsNull(*out_args_tuple))
            return 0;
    }
    if (n_kw == 0)
        return 1;
    *out_kwd = HPyDict_New(ctx);
    if (HPy_IsNull(*out_kwd))
        goto error;
    for (HPy_ssize_t i = 0; i < n_kw; i++) {
        HPy name = HPy_GetItem_i(ctx, kwnames, i);
        if (HPy_IsNull(name))
            goto error;
        const int result = HPy_SetItem(ctx, *out_kwd, name, args[nargs + (size_t)i]);
        HPy_Close(ctx, name);
        if (result < 0)
            goto error;
    }
    return 1;
error:
    HPy_Close(ctx, *out_args_tuple);
    HPy_Close(ctx, *out_kwd);
    *out_args_tuple = *out_kwd = HPy_NULL;
    return 0;
}
