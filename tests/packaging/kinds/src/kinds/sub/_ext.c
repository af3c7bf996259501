/* An extension of a package within a package, of two sources. */
#include "hpy.h"

long squared(long value);

HPyDef_METH(square, "square", HPyFunc_O);
static HPy square_impl(HPyContext *ctx, HPy self, HPy number) {
    (void)self;
    long value = HPyLong_AsLong(ctx, number);
    if (value == -1 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, squared(value));
}

static HPyDef *defines[] = {&square, NULL};
static HPyModuleDef definition = {.defines = defines};
HPy_MODINIT(_ext, definition)
