/* State in every place C has for it, to tell modules of the same file apart. */
#include "hpy.h"

#include <stdatomic.h>

static atomic_long calls;
static HPyGlobal kept;

HPyDef_METH(count, "count", HPyFunc_NOARGS) static HPy count_impl(HPyContext *ctx, HPy self) {
    (void)self;
    return HPyLong_FromLong(ctx, ++calls);
}

HPyDef_METH(count_locally, "count_locally", HPyFunc_NOARGS) static HPy
    count_locally_impl(HPyContext *ctx, HPy self) {
    (void)self;
    static atomic_long local_calls = 100;
    return HPyLong_FromLong(ctx, ++local_calls);
}

HPyDef_METH(keep, "keep", HPyFunc_O) static HPy keep_impl(HPyContext *ctx, HPy self, HPy object) {
    (void)self;
    HPyGlobal_Store(ctx, &kept, object);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(get, "get", HPyFunc_NOARGS) static HPy get_impl(HPyContext *ctx, HPy self) {
    (void)self;
    return HPyGlobal_Load(ctx, kept);
}

HPyDef_SLOT(execute, HPy_mod_exec) static int execute_impl(HPyContext *ctx, HPy module) {
    HPyGlobal_Store(ctx, &kept, module);
    return 0;
}

static HPyDef *defines[] = {&count, &count_locally, &keep, &get, &execute, NULL};
static HPyGlobal *globals[] = {&kept, NULL};
static HPyModuleDef definition = {.defines = defines, .globals = globals};

HPY_MOD_GIL_NOT_USED(counter)
HPy_MODINIT(counter, definition)
