/* A module of which there are versions. */
#include "hpy.h"

#ifndef ANSWER
#define ANSWER 1
#endif

HPyDef_METH(answer, "answer", HPyFunc_NOARGS) static HPy answer_impl(HPyContext *ctx, HPy self) {
    (void)self;
    return HPyLong_FromLong(ctx, ANSWER);
}

static HPyDef *defines[] = {&answer, NULL};
static HPyModuleDef moduledef = {.defines = defines};
HPy_MODINIT(answer, moduledef)
