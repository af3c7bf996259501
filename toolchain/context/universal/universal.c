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
