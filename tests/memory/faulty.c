/* One function for each fault that the sessions `leaks` and `memcheck` have to see. */
#include "hpy.h"

#include <stdlib.h>

#define FAULT(name, signature)                                                                     \
    HPyDef_METH(name, #name, signature);                                                           \
    static HPy name##_impl

FAULT(keep_input, HPyFunc_O)(HPyContext *ctx, _HPy_UNUSED HPy self, HPy value) {
    HPy_Dup(ctx, value);
    return HPy_Dup(ctx, ctx->h_None);
}
FAULT(close_input, HPyFunc_O)(HPyContext *ctx, _HPy_UNUSED HPy self, HPy value) {
    HPy_Close(ctx, value);
    return HPy_Dup(ctx, ctx->h_None);
}
FAULT(keep_new_object, HPyFunc_NOARGS)(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPyList_New(ctx, 1);
    return HPy_Dup(ctx, ctx->h_None);
}
FAULT(lose_block, HPyFunc_NOARGS)(HPyContext *ctx, _HPy_UNUSED HPy self) {
    volatile char *block = malloc(10);
    block[3] = 3;
    return HPy_Dup(ctx, ctx->h_None);
}
FAULT(read_after_free, HPyFunc_NOARGS)(HPyContext *ctx, _HPy_UNUSED HPy self) {
    volatile char *block = malloc(10);
    free((void *)block);
    return HPyLong_FromLong(ctx, block[3]);
}
FAULT(read_uninitialised, HPyFunc_NOARGS)(HPyContext *ctx, _HPy_UNUSED HPy self) {
    volatile char *block = malloc(10);
    HPy result = HPyBool_FromBool(ctx, block[3] == 3);
    free((void *)block);
    return result;
}
FAULT(sound, HPyFunc_O)(HPyContext *ctx, _HPy_UNUSED HPy self, HPy value) {
    return HPyTuple_Pack(ctx, 1, value);
}

static HPyDef *defines[] = {&keep_input, &close_input,     &keep_new_object,    &lose_block,
                            &sound,      &read_after_free, &read_uninitialised, NULL};
static HPyModuleDef definition = {.defines = defines};
HPy_MODINIT(faulty, definition)
