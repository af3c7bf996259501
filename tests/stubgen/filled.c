/* What a module sets when it is executed: types, one by another name, and other attributes. */
#include "hpy.h"

typedef struct {
    char *label;
} Thing;

HPyType_HELPERS(Thing)

    HPyDef_MEMBER(Thing_label, "label", HPyMember_STRING,
                  offsetof(Thing, label)) static HPyDef *thing_defines[] = {&Thing_label, NULL};
static HPyType_Spec thing_spec = {
    .name = "filled.Thing",
    .basicsize = sizeof(Thing),
    .builtin_shape = SHAPE(Thing),
    .flags = HPy_TPFLAGS_DEFAULT,
    .defines = thing_defines,
};
static HPyType_Spec other_spec = {.name = "filled.Other", .flags = HPy_TPFLAGS_DEFAULT};
static HPyType_Spec hidden_spec = {.name = "filled.Hidden", .flags = HPy_TPFLAGS_DEFAULT};

static __attribute__((noinline)) int add_rest(HPyContext *ctx, HPy module) {
    HPy other = HPyType_FromSpec(ctx, &other_spec, NULL);
    if (HPy_IsNull(other))
        return -1;
    HPy number = HPyLong_FromLong(ctx, 3);
    int failed = HPy_SetAttr_s(ctx, module, "VERSION", number) ||
                 HPy_SetAttr_s(ctx, module, "Renamed", other);
    HPy_Close(ctx, number);
    HPy_Close(ctx, other);
    return failed ? -1 : 0;
}

HPyDef_SLOT(fill, HPy_mod_exec) static int fill_impl(HPyContext *ctx, HPy module) {
    HPy hidden = HPyType_FromSpec(ctx, &hidden_spec, NULL);
    if (HPy_IsNull(hidden))
        return -1;
    int failed = HPy_SetAttr_s(ctx, hidden, "inside", ctx->h_None);
    HPy_Close(ctx, hidden);
    if (failed)
        return -1;
    return HPyHelpers_AddType(ctx, module, "Thing", &thing_spec, NULL) ? add_rest(ctx, module) : -1;
}

static HPyDef *module_defines[] = {&fill, NULL};
static HPyModuleDef module_def = {.defines = module_defines};
HPy_MODINIT(filled, module_def)
