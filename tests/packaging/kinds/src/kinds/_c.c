/* An extension in C, with a header of its own. */
#include "step.h"
#include "hpy.h"

HPyDef_METH(after, "after", HPyFunc_O, .doc = "after(number, /)\n--\n\nThe next number.");
static HPy after_impl(HPyContext *ctx, HPy self, HPy number) {
    (void)self;
    long value = HPyLong_AsLong(ctx, number);
    if (value == -1 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, value + STEP);
}

static HPyDef *defines[] = {&after, NULL};
static HPyModuleDef definition = {.doc = "Numbers in steps.", .defines = defines};
HPy_MODINIT(_c, definition)
