/* The smallest module; with one of the macros below defined, one that is odd in a single way. */
#include "hpy.h"

#ifdef OTHER_ABI
#undef HPY_ABI_VERSION
#define HPY_ABI_VERSION 7
#endif

#ifndef ANSWER
#define ANSWER 42
#endif

#ifdef UNDEFINED
long UNDEFINED(HPyContext *ctx);
#endif

HPyDef_METH(answer, "answer", HPyFunc_NOARGS) static HPy answer_impl(HPyContext *ctx, HPy self) {
    (void)self;
#ifdef UNDEFINED
    return HPyLong_FromLong(ctx, UNDEFINED(ctx));
#else
    return HPyLong_FromLong(ctx, ANSWER);
#endif
}

#ifdef EXEC_RAISES
HPyDef_SLOT(raising, HPy_mod_exec) static int raising_impl(HPyContext *ctx, HPy module) {
    (void)module;
    HPyErr_SetString(ctx, ctx->h_KeyError, "raised while executing");
    return -1;
}
static HPyDef *defines[] = {&answer, &raising, NULL};
#else
static HPyDef *defines[] = {&answer, NULL};
#endif

static HPyModuleDef definition = {.doc = "The answer.", .defines = defines};

#ifdef NO_MODINIT
HPyModuleDef *exported = &definition;
#else
HPY_MOD_GIL_NOT_USED(answer)
HPy_MODINIT(answer, definition)
#endif
#ifdef TWO_MODINITS
HPy_MODINIT(second, definition)
#endif
