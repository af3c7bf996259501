/* The universal context: every call goes through the function table of a context that another
 * binary, the host, provides at run time. This is HPy's universal ABI. */
#include "hpy.h"

static HPyContext *context;

HPyContext *_HPyContext_Get(void) {
    return context;
}

void _HPyContext_Set(HPyContext *ctx) {
    context = ctx;
}

/* The host makes the module: it calls HPyInit_NAME and no PyInit_NAME. */
cpy_PyObject *_HPyModule_Init(_HPy_UNUSED HPyModuleDef *def) {
    return NULL;
}

bool _HPyLong_ToInt64(HPyContext *ctx, HPy h, int64_t *value) {
    *value = HPyLong_AsInt64_t(ctx, h);
    return *value != -1 || !HPyErr_Occurred(ctx);
}

bool _HPyFloat_ToDouble(HPyContext *ctx, HPy h, double *value) {
    *value = HPyFloat_AsDouble(ctx, h);
    return *value != -1.0 || !HPyErr_Occurred(ctx);
}

#define HPY_FUNCTION(index, type, function, member, parameters, arguments)                         \
    type function parameters {                                                                     \
        return ctx->member arguments;                                                              \
    }
#define HPY_PROCEDURE(index, function, member, parameters, arguments)                              \
    void function parameters {                                                                     \
        ctx->member arguments;                                                                     \
    }
#define HPY_RAISING(index, function, member, parameters, arguments)                                \
    HPy function parameters {                                                                      \
        ctx->member arguments;                                                                     \
        return HPy_NULL;                                                                           \
    }
#define HPY_NORETURN(index, function, member, parameters, arguments)                               \
    void function parameters {                                                                     \
        ctx->member arguments;                                                                     \
        __builtin_unreachable();                                                                   \
    }
#include "hpy/api.def"
