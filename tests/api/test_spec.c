/* Specifications of types that cannot be: one for each number of make(). */
#include "support.h"

typedef struct {
    long number;
    void *place;
} Data;
HPyType_HELPERS(Data)

    HPyDef_MEMBER(number, "number", HPyMember_LONG, offsetof(Data, number));
HPyDef_MEMBER(offset, "__vectorcalloffset__", HPyMember_HPYSSIZET, offsetof(Data, place),
              .readonly = 1);
HPyDef_SLOT(call, HPy_tp_call);
static HPy call_impl(HPyContext *ctx, _HPy_UNUSED HPy self, _HPy_UNUSED const HPy *args,
                     _HPy_UNUSED size_t nargs, _HPy_UNUSED HPy kwnames) {
    return none(ctx);
}
HPyDef_SLOT(module_slot, HPy_mod_exec);
static int module_slot_impl(_HPy_UNUSED HPyContext *ctx, _HPy_UNUSED HPy module) {
    return 0;
}
static HPyDef unknown_kind = {.kind = (HPyDef_Kind)99};
static HPyDef unknown_slot = {.kind = HPyDef_Kind_Slot, .slot = {.slot = (HPySlot_Slot)555}};
static HPyDef unknown_signature = {
    .kind = HPyDef_Kind_Meth,
    .meth = {.name = "method", .signature = HPyFunc_GETTER},
};

static HPyDef *with_member[] = {&number, NULL};
static HPyDef *with_call[] = {&call, NULL};
static HPyDef *with_call_and_offset[] = {&call, &offset, NULL};
static HPyDef *with_module_slot[] = {&module_slot, NULL};
static HPyDef *with_unknown_kind[] = {&unknown_kind, NULL};
static HPyDef *with_unknown_slot[] = {&unknown_slot, NULL};
static HPyDef *with_unknown_signature[] = {&unknown_signature, NULL};

static HPyType_Spec specs[] = {
    {.name = "spec.T", .basicsize = -1},
    {.name = "spec.T", .defines = with_member},
    {.name = "spec.T", .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC},
    {.name = "spec.T", .builtin_shape = HPyType_BuiltinShape_Legacy, .defines = with_call},
    {.name = "spec.T", .legacy_slots = specs},
    {.name = "spec.T", .builtin_shape = (HPyType_BuiltinShape)123},
    {.name = "spec.T", .defines = with_unknown_kind},
    {.name = "spec.T", .defines = with_unknown_slot},
    {.name = "spec.T", .defines = with_unknown_signature},
    {.name = "spec.T", .defines = with_module_slot},
    {.name = "spec.T", .basicsize = sizeof(Data), .defines = with_call_and_offset},
    {.name = "spec.T", .itemsize = 8, .defines = with_call},
    {.name = "spec.T", .itemsize = -1},
    /* Those that can, to end with. */
    {.name = "spec.T"},
    {.name = "spec.T",
     .basicsize = sizeof(Data),
     .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
     .defines = with_member},
    {.name = "spec.T", .basicsize = sizeof(long)},
    {.name = "spec.T", .basicsize = sizeof(Data), .itemsize = 8, .defines = with_member},
};

/* make(number, *bases) */
HPyDef_METH(make, "make", HPyFunc_VARARGS);
static HPy make_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPyType_SpecParam params[4] = {{0}};
    for (size_t i = 1; i < nargs; i++)
        params[i - 1] = (HPyType_SpecParam){HPyType_SpecParam_Base, args[i]};
    return HPyType_FromSpec(ctx, &specs[HPyLong_AsLong(ctx, args[0])], params);
}

/* make_with(kind of the parameters, *objects) */
HPyDef_METH(make_with, "make_with", HPyFunc_VARARGS);
static HPy make_with_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPyType_SpecParam params[4] = {{0}};
    for (size_t i = 1; i < nargs; i++)
        params[i - 1] =
            (HPyType_SpecParam){(HPyType_SpecParam_Kind)HPyLong_AsLong(ctx, args[0]), args[i]};
    return HPyType_FromSpec(ctx, &specs[13], params);
}

HPyDef_METH(base_and_tuple, "base_and_tuple", HPyFunc_VARARGS);
static HPy base_and_tuple_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                               _HPy_UNUSED size_t nargs) {
    HPyType_SpecParam params[] = {
        {HPyType_SpecParam_Base, args[0]}, {HPyType_SpecParam_BasesTuple, args[1]}, {0}};
    return HPyType_FromSpec(ctx, &specs[13], params);
}

MODULE(spec, &make, &make_with, &base_and_tuple)
