/* Members of types whose struct has no fixed place: those that extend int or tuple. */
#include "support.h"

typedef struct {
    double number;
    HPyField object;
    char text[8];
} Extra;
HPyType_HELPERS(Extra);

HPyDef_MEMBER(number, "number", HPyMember_DOUBLE, offsetof(Extra, number), .doc = "a number");
HPyDef_MEMBER(fixed, "fixed", HPyMember_DOUBLE, offsetof(Extra, number), .readonly = 1);
HPyDef_MEMBER(object, "object", HPyMember_OBJECT, offsetof(Extra, object));
HPyDef_MEMBER(present, "present", HPyMember_OBJECT_EX, offsetof(Extra, object));
HPyDef_MEMBER(letters, "text", HPyMember_STRING_INPLACE, offsetof(Extra, text));
HPyDef_SLOT(traverse, HPy_tp_traverse);
static int traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {
    HPy_VISIT(&((Extra *)self)->object);
    return 0;
}

static HPyDef *defines[] = {&number, &fixed, &object, &present, &letters, &traverse, NULL};
static HPyType_Spec of_long = {.name = "member.Long",
                               .basicsize = sizeof(Extra),
                               .builtin_shape = HPyType_BuiltinShape_Long,
                               .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
                               .defines = defines};
static HPyType_Spec of_tuple = {.name = "member.Tuple",
                                .basicsize = sizeof(Extra),
                                .builtin_shape = HPyType_BuiltinShape_Tuple,
                                .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE |
                                         HPy_TPFLAGS_HAVE_GC,
                                .defines = defines};

HPyDef_SLOT(add_types, HPy_mod_exec);
static int add_types_impl(HPyContext *ctx, HPy module) {
    HPyType_SpecParam longs[] = {{HPyType_SpecParam_Base, ctx->h_LongType}, {0}};
    HPyType_SpecParam tuples[] = {{HPyType_SpecParam_Base, ctx->h_TupleType}, {0}};
    return HPyHelpers_AddType(ctx, module, "Long", &of_long, longs) &&
                   HPyHelpers_AddType(ctx, module, "Tuple", &of_tuple, tuples)
               ? 0
               : -1;
}

MODULE(member, &add_types)
