/* Handles: duplicating, closing, and those of the context. */
#include "support.h"

FUNCTION1(dup, HPy_Dup(ctx, a));

FUNCTION2(is, HPyBool_FromBool(ctx, HPy_Is(ctx, a, b)));

FUNCTION1(void_pointer, HPy_Dup(ctx, HPy_FromVoidP(HPy_AsVoidP(a))));

/* dup_and_close(x, n): n references more in between. */
HPyDef_METH(dup_and_close, "dup_and_close", HPyFunc_VARARGS);
static HPy dup_and_close_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                              _HPy_UNUSED size_t nargs) {
    const long n = HPyLong_AsLong(ctx, args[1]);
    HPy dups[100];
    for (long i = 0; i < n; i++)
        dups[i] = HPy_Dup(ctx, args[0]);
    HPy sys = HPyImport_ImportModule(ctx, "sys");
    HPy getrefcount = HPy_GetAttr_s(ctx, sys, "getrefcount");
    HPy result = HPy_Call(ctx, getrefcount, args, 1, HPy_NULL);
    HPy_Close(ctx, getrefcount);
    HPy_Close(ctx, sys);
    for (long i = 0; i < n; i++)
        HPy_Close(ctx, dups[i]);
    return result;
}

HPyDef_METH(null_handles, "null_handles", HPyFunc_NOARGS);
static HPy null_handles_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPy_Close(ctx, HPy_NULL);
    const bool ok = HPy_IsNull(HPy_NULL) && HPy_IsNull(HPy_Dup(ctx, HPy_NULL)) &&
                    !HPy_IsNull(ctx->h_None) && HPyField_IsNull(HPyField_NULL) &&
                    HPy_IsNull(HPy_FromVoidP(NULL)) && HPy_AsVoidP(HPy_NULL) == NULL;
    return HPyBool_FromBool(ctx, ok);
}

/* {name: object} of every handle in the context. */
HPyDef_METH(context_handles, "context_handles", HPyFunc_NOARGS);
static HPy context_handles_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPy result = HPyDict_New(ctx);
    if (HPy_IsNull(result))
        return HPy_NULL;
#define HPY_HANDLE(index, member, object)                                                          \
    if (HPy_SetItem_s(ctx, result, #member, ctx->member) < 0)                                      \
        goto error;
#include "hpy/api.def"
    return result;
error:
    HPy_Close(ctx, result);
    return HPy_NULL;
}

FUNCTION0(context_name, HPyUnicode_FromString(ctx, ctx->name));

FUNCTION0(abi_version, HPyLong_FromLong(ctx, ctx->abi_version));

MODULE(handle, &m_dup, &m_is, &m_void_pointer, &dup_and_close, &null_handles, &context_handles,
       &m_context_name, &m_abi_version)
