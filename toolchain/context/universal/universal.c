/* The universal context: every call goes through the function table of a context that another
 * binary, the host, provides at run time. This is HPy's universal ABI. */
#include "hpy.h"

#include <string.h>

static HPyContext *context;

#ifdef PORTABLE
/* PyPy 7.3.19 says ABI 0 as HPy 0.9.0 does, and has h_DictType where ctx_Capsule_New was: there all
 * functions from this index on come one later. Nothing but the context's name tells. */
#define FIRST_SHIFTED 244
static ptrdiff_t shift;
#define MEMBER(index, member) ((index) < FIRST_SHIFTED ? ctx->member : (&ctx->member)[shift])
/* What came after 0.9.0 stays undefined, for the export to see. */
#define HPY_RELEASED
#else
#define MEMBER(index, member) ctx->member
#endif

HPyContext *_HPyContext_Get(void) {
    return context;
}

void _HPyContext_Set(HPyContext *ctx) {
    context = ctx;
#ifdef PORTABLE
    shift = ctx->name != NULL && strstr(ctx->name, "PyPy") != NULL;
#endif
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
        return MEMBER(index, member) arguments;                                                    \
    }
#define HPY_PROCEDURE(index, function, member, parameters, arguments)                              \
    void function parameters {                                                                     \
        MEMBER(index, member) arguments;                                                           \
    }
#define HPY_RAISING(index, function, member, parameters, arguments)                                \
    HPy function parameters {                                                                      \
        MEMBER(index, member) arguments;                                                           \
        return HPy_NULL;                                                                           \
    }
#define HPY_NORETURN(index, function, member, parameters, arguments)                               \
    void function parameters {                                                                     \
        MEMBER(index, member) arguments;                                                           \
        __builtin_unreachable();                                                                   \
    }
#define _HPy_CallRealFunctionFromTrampoline call_from_trampoline
#include "hpy/api.def"
#undef _HPy_CallRealFunctionFromTrampoline

/* HPy has a number for the signature of call functions and no trampoline: hosts do not know it. */
void _HPy_CallRealFunctionFromTrampoline(HPyContext *ctx, HPyFunc_Signature sig, HPyCFunction func,
                                         void *args) {
    call_from_trampoline(ctx, sig == HPyFunc_VECTORCALLFUNC ? HPyFunc_KEYWORDS : sig, func, args);
}
