/* An extension in two sources, with a header and a macro. */
#include "sum.h"

#include "hpy.h"

HPyDef_METH(sum, "sum", HPyFunc_VARARGS) static HPy
    sum_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    long a, b;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "ll:sum", &a, &b))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, twice(a) + twice(b) + OFFSET);
}

static HPyDef *defines[] = {&sum, NULL};
static HPyModuleDef definition = {.defines = defines};

HPy_MODINIT(sum, definition)
