/* Functions that a release mode trusts with the type of their arguments. */
#include "debug.h"

#include <string.h>

static bool is_type(HPy below) {
    HPyContext *ctx = BELOW(_HPyContext_Get)();
    return !HPy_IsNull(below) && BELOW(HPy_TypeCheck)(ctx, below, ctx->h_TypeType);
}

static HPy below_type(DebugContext *own, HPy h, const char *message) {
    HPy below = handle_below(own, h);
    if (!is_type(below))
        fail(own, message);
    return below;
}

int HPy_TypeCheck(HPyContext *ctx, HPy obj, HPy type) {
    DebugContext *own = context_call(ctx);
    const int result =
        BELOW(HPy_TypeCheck)(BELOW(_HPyContext_Get)(), handle_below(own, obj),
                             below_type(own, type, "HPy_TypeCheck arg 2 must be a type"));
    context_return(own);
    return result;
}

int HPyType_IsSubtype(HPyContext *ctx, HPy sub, HPy type) {
    DebugContext *own = context_call(ctx);
    HPy below_sub = below_type(own, sub, "HPyType_IsSubtype arg 1 must be a type");
    HPy below_super = below_type(own, type, "HPyType_IsSubtype arg 2 must be a type");
    const int result = BELOW(HPyType_IsSubtype)(BELOW(_HPyContext_Get)(), below_sub, below_super);
    context_return(own);
    return result;
}

const char *HPyType_GetName(HPyContext *ctx, HPy type) {
    DebugContext *own = context_call(ctx);
    HPy below = below_type(own, type, "HPyType_GetName arg must be a type");
    const char *name = BELOW(HPyType_GetName)(BELOW(_HPyContext_Get)(), below);
    context_return(own);
    return name == NULL ? NULL : handle_data(type, name, strlen(name) + 1);
}

HPy HPyType_FromSpec(HPyContext *ctx, HPyType_Spec *spec, HPyType_SpecParam *params) {
    DebugContext *own = context_call(ctx);
    size_t n = 0;
    while (params != NULL && params[n].kind != 0)
        n++;
    HPyType_SpecParam below[n + 1];
    memset(below, 0, sizeof(below));
    for (size_t i = 0; i < n; i++)
        below[i] = (HPyType_SpecParam){params[i].kind, handle_below(own, params[i].object)};
    HPy result =
        BELOW(HPyType_FromSpec)(BELOW(_HPyContext_Get)(), spec, params == NULL ? NULL : below);
    if (!HPy_IsNull(result))
        _HPyType_CallTrampolines(BELOW(_HPyContext_Get)(), result);
    context_return(own);
    return handle_open(own, result);
}

/* The struct of an object, read as that of a shape that its type must have. */
#define AS_STRUCT(shape)                                                                           \
    void *_HPy_AsStruct_##shape(HPyContext *ctx, HPy h) {                                          \
        DebugContext *own = context_call(ctx);                                                     \
        HPyContext *below_ctx = BELOW(_HPyContext_Get)();                                          \
        HPy below = handle_below(own, h), type = BELOW(HPy_Type)(below_ctx, below);                \
        if (BELOW(_HPyType_GetBuiltinShape)(below_ctx, type) != HPyType_BuiltinShape_##shape)      \
            fail(own, "Invalid usage of _HPy_AsStruct_" #shape                                     \
                      ": the type of the object has another built-in shape");                      \
        BELOW(HPy_Close)(below_ctx, type);                                                         \
        void *result = BELOW(_HPy_AsStruct_##shape)(below_ctx, below);                             \
        context_return(own);                                                                       \
        return result;                                                                             \
    }
AS_STRUCT(Object)
AS_STRUCT(Legacy)
AS_STRUCT(Type)
AS_STRUCT(Long)
AS_STRUCT(Float)
AS_STRUCT(Unicode)
AS_STRUCT(Tuple)
AS_STRUCT(List)
AS_STRUCT(Dict)
