/* Types that extend a built-in type with a struct. */
#include "support.h"

#include <string.h>

/* An alignment and a size that no header of CPython has. */
#define SHAPED(shape)                                                                              \
    typedef struct {                                                                               \
        double number;                                                                             \
        HPyField field;                                                                            \
        char text[13];                                                                             \
    } shape;                                                                                       \
    HPyType_HELPERS(shape, HPyType_BuiltinShape_##shape) HPyDef_GETSET(shape##_number, "number");  \
    static HPy shape##_number_get(HPyContext *ctx, HPy self, _HPy_UNUSED void *closure) {          \
        return HPyFloat_FromDouble(ctx, shape##_AsStruct(ctx, self)->number);                      \
    }                                                                                              \
    static int shape##_number_set(HPyContext *ctx, HPy self, HPy value,                            \
                                  _HPy_UNUSED void *closure) {                                     \
        shape##_AsStruct(ctx, self)->number = HPyFloat_AsDouble(ctx, value);                       \
        return 0;                                                                                  \
    }                                                                                              \
    HPyDef_GETSET(shape##_field, "field");                                                         \
    static HPy shape##_field_get(HPyContext *ctx, HPy self, _HPy_UNUSED void *closure) {           \
        return or_none(ctx, HPyField_Load(ctx, self, shape##_AsStruct(ctx, self)->field));         \
    }                                                                                              \
    static int shape##_field_set(HPyContext *ctx, HPy self, HPy value,                             \
                                 _HPy_UNUSED void *closure) {                                      \
        HPyField_Store(ctx, self, &shape##_AsStruct(ctx, self)->field, value);                     \
        return 0;                                                                                  \
    }                                                                                              \
    HPyDef_GETSET(shape##_text, "text");                                                           \
    static HPy shape##_text_get(HPyContext *ctx, HPy self, _HPy_UNUSED void *closure) {            \
        return HPyUnicode_FromString(ctx, shape##_AsStruct(ctx, self)->text);                      \
    }                                                                                              \
    static int shape##_text_set(HPyContext *ctx, HPy self, HPy value, _HPy_UNUSED void *closure) { \
        HPy_ssize_t size;                                                                          \
        const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, value, &size);                            \
        memcpy(shape##_AsStruct(ctx, self)->text, utf8, (size_t)size + 1);                         \
        return 0;                                                                                  \
    }                                                                                              \
    HPyDef_METH(shape##_aligned, "aligned", HPyFunc_NOARGS);                                       \
    static HPy shape##_aligned_impl(HPyContext *ctx, HPy self) {                                   \
        return HPyBool_FromBool(ctx, (uintptr_t)shape##_AsStruct(ctx, self) % 16 == 0);            \
    }                                                                                              \
    HPyDef_SLOT(shape##_traverse, HPy_tp_traverse);                                                \
    static int shape##_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {             \
        HPy_VISIT(&((shape *)self)->field);                                                        \
        return 0;                                                                                  \
    }                                                                                              \
    static HPyDef *shape##_defines[] = {&shape##_number,  &shape##_field,    &shape##_text,        \
                                        &shape##_aligned, &shape##_traverse, NULL};                \
    static HPyType_Spec shape##_spec = {                                                           \
        .name = "shape." #shape,                                                                   \
        .basicsize = sizeof(shape),                                                                \
        .builtin_shape = SHAPE(shape),                                                             \
        .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,                 \
        .defines = shape##_defines,                                                                \
    };                                                                                             \
    static HPyType_Spec shape##_alias_spec = {                                                     \
        .name = "shape." #shape "Alias",                                                           \
        .builtin_shape = SHAPE(shape),                                                             \
        .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,                                       \
    };

SHAPED(Object)
SHAPED(Type)
SHAPED(Long)
SHAPED(Float)
SHAPED(Unicode)
SHAPED(Tuple)
SHAPED(List)
SHAPED(Dict)

/* Without the collector, for the types whose instances have none. */
static HPyDef *PlainLong_defines[] = {&Long_number, &Long_text, &Long_aligned, NULL};
static HPyType_Spec PlainLong_spec = {
    .name = "shape.PlainLong",
    .basicsize = sizeof(Long),
    .builtin_shape = HPyType_BuiltinShape_Long,
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = PlainLong_defines,
};

HPyDef_METH(shape, "shape", HPyFunc_O);
static HPy shape_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy cls) {
    const int value = (int)_HPyType_GetBuiltinShape(ctx, cls);
    return value == -2 ? HPy_NULL : HPyLong_FromLong(ctx, value);
}
FUNCTION1(GenericNew, HPyType_GenericNew(ctx, a, NULL, 0, HPy_NULL));

HPyDef_METH(new, "New", HPyFunc_O);
static HPy new_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy cls) {
    void *data;
    return HPy_New(ctx, cls, &data);
}

/* on_base(shape, base): a type of the shape on any base. */
HPyDef_METH(on_base, "on_base", HPyFunc_VARARGS);
static HPy on_base_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPyType_Spec spec = {
        .name = "shape.OnBase",
        .basicsize = 8,
        .builtin_shape = (HPyType_BuiltinShape)HPyLong_AsLong(ctx, args[0]),
        .flags = HPy_TPFLAGS_DEFAULT,
    };
    HPyType_SpecParam params[2] = {{0}};
    if (nargs > 1)
        params[0] = (HPyType_SpecParam){HPyType_SpecParam_Base, args[1]};
    return HPyType_FromSpec(ctx, &spec, params);
}

HPyDef_METH(with_metaclass, "with_metaclass", HPyFunc_VARARGS);
static HPy with_metaclass_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                               size_t nargs) {
    HPyType_SpecParam params[4] = {{0}};
    for (size_t i = 0; i < nargs; i++)
        params[i] = (HPyType_SpecParam){HPyType_SpecParam_Metaclass, args[i]};
    return HPyType_FromSpec(ctx, &Object_spec, params);
}

HPyDef_SLOT(exec, HPy_mod_exec);
static int exec_impl(HPyContext *ctx, HPy module) {
    const struct {
        const char *name;
        HPyType_Spec *spec;
        HPy base;
    } types[] = {
        {"Object", &Object_spec, ctx->h_BaseObjectType},
        {"Type", &Type_spec, ctx->h_TypeType},
        {"Long", &Long_spec, ctx->h_LongType},
        {"Float", &Float_spec, ctx->h_FloatType},
        {"Unicode", &Unicode_spec, ctx->h_UnicodeType},
        {"Tuple", &Tuple_spec, ctx->h_TupleType},
        {"List", &List_spec, ctx->h_ListType},
        {"Dict", &Dict_spec, ctx->h_DictType},
        {"ObjectAlias", &Object_alias_spec, ctx->h_BaseObjectType},
        {"TypeAlias", &Type_alias_spec, ctx->h_TypeType},
        {"LongAlias", &Long_alias_spec, ctx->h_LongType},
        {"FloatAlias", &Float_alias_spec, ctx->h_FloatType},
        {"UnicodeAlias", &Unicode_alias_spec, ctx->h_UnicodeType},
        {"TupleAlias", &Tuple_alias_spec, ctx->h_TupleType},
        {"ListAlias", &List_alias_spec, ctx->h_ListType},
        {"DictAlias", &Dict_alias_spec, ctx->h_DictType},
        {"PlainLong", &PlainLong_spec, ctx->h_LongType},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, types[i].base}, {0}};
        if (!HPyHelpers_AddType(ctx, module, types[i].name, types[i].spec, params))
            return -1;
    }
    return 0;
}

MODULE(shape, &exec, &shape, &m_GenericNew, &new, &on_base, &with_metaclass)
