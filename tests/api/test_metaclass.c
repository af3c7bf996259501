/* Metaclasses of types made from specifications. */
#include "support.h"

/* Larger than any header, so that a type without room for it would show. */
typedef struct {
    char text[400];
    HPyField field;
    long number;
} Meta;
HPyType_HELPERS(Meta, HPyType_BuiltinShape_Type)

    HPyDef_MEMBER(Meta_number, "meta_number", HPyMember_LONG, offsetof(Meta, number));
HPyDef_MEMBER(Meta_text, "meta_text", HPyMember_STRING_INPLACE, offsetof(Meta, text),
              .readonly = 1);
HPyDef_MEMBER(Meta_field, "meta_field", HPyMember_OBJECT, offsetof(Meta, field));
HPyDef_METH(Meta_fill, "meta_fill", HPyFunc_NOARGS);
static HPy Meta_fill_impl(HPyContext *ctx, HPy self) {
    Meta *meta = Meta_AsStruct(ctx, self);
    for (size_t i = 0; i < sizeof(meta->text) - 1; i++)
        meta->text[i] = 'x';
    return none(ctx);
}
HPyDef_SLOT(Meta_traverse, HPy_tp_traverse);
static int Meta_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {
    HPy_VISIT(&((Meta *)self)->field);
    return 0;
}
static HPyDef *Meta_defines[] = {&Meta_number, &Meta_text,     &Meta_field,
                                 &Meta_fill,   &Meta_traverse, NULL};
static HPyType_Spec Meta_spec = {
    .name = "metaclass.Meta",
    .basicsize = sizeof(Meta),
    .builtin_shape = SHAPE(Meta),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
    .defines = Meta_defines,
};

typedef struct {
    long number;
    HPyField field;
} Data;
HPyType_HELPERS(Data)

    HPyDef_MEMBER(number, "number", HPyMember_LONG, offsetof(Data, number));
HPyDef_MEMBER(field, "field", HPyMember_OBJECT, offsetof(Data, field));
HPyDef_GET(twice, "twice");
static HPy twice_get(HPyContext *ctx, HPy self, _HPy_UNUSED void *closure) {
    return HPyLong_FromLong(ctx, 2 * Data_AsStruct(ctx, self)->number);
}
HPyDef_METH(itself, "itself", HPyFunc_NOARGS);
static HPy itself_impl(HPyContext *ctx, HPy self) {
    return HPy_Dup(ctx, self);
}
HPyDef_SLOT(add, HPy_nb_add);
static HPy add_impl(HPyContext *ctx, HPy a, HPy b) {
    return HPyTuple_Pack(ctx, 2, a, b);
}
HPyDef_SLOT(length, HPy_sq_length);
static HPy_ssize_t length_impl(HPyContext *ctx, HPy self) {
    return Data_AsStruct(ctx, self)->number;
}
HPyDef_SLOT(compare, HPy_tp_richcompare);
static HPy compare_impl(HPyContext *ctx, _HPy_UNUSED HPy a, _HPy_UNUSED HPy b, HPy_RichCmpOp op) {
    return HPyBool_FromBool(ctx, op == HPy_EQ);
}
HPyDef_SLOT(call, HPy_tp_call);
static HPy call_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs,
                     _HPy_UNUSED HPy kwnames) {
    return HPyTuple_FromArray(ctx, args, (HPy_ssize_t)nargs);
}
HPyDef_SLOT(traverse, HPy_tp_traverse);
static int traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {
    HPy_VISIT(&((Data *)self)->field);
    return 0;
}
static HPyDef *Data_defines[] = {&number, &field,   &twice, &itself,   &add,
                                 &length, &compare, &call,  &traverse, NULL};

static HPyType_Spec specs[] = {
    {.name = "metaclass.package.Data",
     .doc = "Data(number)\n--\n\nHas all kinds of definitions.",
     .basicsize = sizeof(Data),
     .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
     .defines = Data_defines},
    {.name = "metaclass.Empty", .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE},
    {.name = "metaclass.Final", .flags = HPy_TPFLAGS_DEFAULT},
};

/* make(number of the specification, metaclass or None, *bases) */
HPyDef_METH(make, "make", HPyFunc_VARARGS);
static HPy make_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPyType_SpecParam params[6] = {{0}};
    size_t n = 0;
    if (!HPy_Is(ctx, args[1], ctx->h_None))
        params[n++] = (HPyType_SpecParam){HPyType_SpecParam_Metaclass, args[1]};
    for (size_t i = 2; i < nargs; i++)
        params[n++] = (HPyType_SpecParam){HPyType_SpecParam_Base, args[i]};
    return HPyType_FromSpec(ctx, &specs[HPyLong_AsLong(ctx, args[0])], params);
}

HPyDef_SLOT(exec, HPy_mod_exec);
static int exec_impl(HPyContext *ctx, HPy module) {
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, ctx->h_TypeType}, {0}};
    return HPyHelpers_AddType(ctx, module, "Meta", &Meta_spec, params) ? 0 : -1;
}

MODULE(metaclass, &exec, &make)
