/* Members that say where in the struct the interpreter finds something: an instance's dict, its
 * weak references, its call function. */
#include "support.h"

typedef struct {
    long before;
    HPyField dict;
    HPyField weak_references;
    HPyCallFunction call;
    HPyField field;
    long after;
} Data;

/* A shape and what follows from it: a type NAME with all three. */
#define TYPE(name_, shape_, ...)                                                                   \
    typedef Data name_;                                                                            \
    HPyType_HELPERS(name_, shape_) HPyDef_SLOT(name_##_new, HPy_tp_new);                           \
    static HPy name_##_new_impl(HPyContext *ctx, HPy cls, _HPy_UNUSED const HPy *args,             \
                                _HPy_UNUSED HPy_ssize_t nargs, _HPy_UNUSED HPy kw) {               \
        name_ *data;                                                                               \
        HPy self = HPy_New(ctx, cls, &data);                                                       \
        if (!HPy_IsNull(self)) {                                                                   \
            data->before = data->after = -1;                                                       \
            data->call = call;                                                                     \
        }                                                                                          \
        return self;                                                                               \
    }                                                                                              \
    static HPyDef *name_##_defines[] = {&name_##_new, __VA_ARGS__, NULL};                          \
    static HPyType_Spec name_##_spec = {                                                           \
        .name = "offset." #name_,                                                                  \
        .basicsize = sizeof(Data),                                                                 \
        .builtin_shape = SHAPE(name_),                                                             \
        .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,                 \
        .defines = name_##_defines,                                                                \
    };

HPyDef_CALL_FUNCTION(call) static HPy
    call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, _HPy_UNUSED HPy kwnames) {
    HPy positional = HPyTuple_FromArray(ctx, args, (HPy_ssize_t)nargs);
    HPy result = HPyTuple_Pack(ctx, 2, self, positional);
    HPy_Close(ctx, positional);
    return result;
}

HPyDef_MEMBER(before, "before", HPyMember_LONG, offsetof(Data, before));
HPyDef_MEMBER(after, "after", HPyMember_LONG, offsetof(Data, after));
HPyDef_MEMBER(field, "field", HPyMember_OBJECT, offsetof(Data, field));
HPyDef_MEMBER(dict, "__dictoffset__", HPyMember_HPYSSIZET, offsetof(Data, dict), .readonly = 1);
HPyDef_MEMBER(weak_references, "__weaklistoffset__", HPyMember_HPYSSIZET,
              offsetof(Data, weak_references), .readonly = 1);
HPyDef_MEMBER(call_offset, "__vectorcalloffset__", HPyMember_HPYSSIZET, offsetof(Data, call),
              .readonly = 1);
HPyDef_SLOT(traverse, HPy_tp_traverse);
static int traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {
    HPy_VISIT(&((Data *)self)->field);
    return 0;
}

#define ALL &before, &after, &field, &traverse, &dict, &weak_references, &call_offset
TYPE(Object, HPyType_BuiltinShape_Object, ALL)
TYPE(Float, HPyType_BuiltinShape_Float, ALL)
TYPE(Unicode, HPyType_BuiltinShape_Unicode, ALL)
TYPE(Dict, HPyType_BuiltinShape_Dict, ALL)

/* One at a time. */
TYPE(OnlyDict, HPyType_BuiltinShape_Object, &before, &after, &field, &traverse, &dict)
TYPE(OnlyWeak, HPyType_BuiltinShape_Object, &before, &after, &field, &traverse, &weak_references)

/* A dict that the type itself shows as another. */
HPyDef_GET(own_dict, "__dict__");
static HPy own_dict_get(HPyContext *ctx, _HPy_UNUSED HPy self, _HPy_UNUSED void *closure) {
    return HPyUnicode_FromString(ctx, "the type's own");
}
TYPE(OwnGetter, HPyType_BuiltinShape_Object, &own_dict, &field, &traverse, &dict)

/* make(shape, name, type of the member, readonly): a type with one member. */
HPyDef_METH(make, "make", HPyFunc_VARARGS);
static HPy make_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                     _HPy_UNUSED size_t nargs) {
    const HPyType_BuiltinShape shape = (HPyType_BuiltinShape)HPyLong_AsLong(ctx, args[0]);
    HPyDef member = {
        .kind = HPyDef_Kind_Member,
        .member = {.name = text(ctx, args[1]),
                   .type = (HPyMember_FieldType)HPyLong_AsLong(ctx, args[2]),
                   .readonly = (int)HPyLong_AsLong(ctx, args[3])},
    };
    HPyDef *defines[] = {&member, NULL};
    HPyType_Spec spec = {
        .name = "offset.Made",
        .basicsize = 8,
        .builtin_shape = shape,
        .flags = HPy_TPFLAGS_DEFAULT,
        .defines = defines,
    };
    HPyType_SpecParam params[] = {
        {HPyType_SpecParam_Base, shape == HPyType_BuiltinShape_Long    ? ctx->h_LongType
                                 : shape == HPyType_BuiltinShape_Tuple ? ctx->h_TupleType
                                                                       : ctx->h_BaseObjectType},
        {0},
    };
    return HPyType_FromSpec(ctx, &spec, params);
}

/* An HPy type on one of those, with a struct of its own behind. */
static HPyType_Spec derived_spec = {
    .name = "offset.Derived",
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
};
HPyDef_METH(derive, "derive", HPyFunc_O);
static HPy derive_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy base) {
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, base}, {0}};
    return HPyType_FromSpec(ctx, &derived_spec, params);
}

HPyDef_SLOT(exec, HPy_mod_exec);
static int exec_impl(HPyContext *ctx, HPy module) {
    const struct {
        const char *name;
        HPyType_Spec *spec;
        HPy base;
    } types[] = {
        {"Object", &Object_spec, ctx->h_BaseObjectType},
        {"Float", &Float_spec, ctx->h_FloatType},
        {"Unicode", &Unicode_spec, ctx->h_UnicodeType},
        {"Dict", &Dict_spec, ctx->h_DictType},
        {"OnlyDict", &OnlyDict_spec, ctx->h_BaseObjectType},
        {"OnlyWeak", &OnlyWeak_spec, ctx->h_BaseObjectType},
        {"OwnGetter", &OwnGetter_spec, ctx->h_BaseObjectType},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, types[i].base}, {0}};
        if (!HPyHelpers_AddType(ctx, module, types[i].name, types[i].spec, params))
            return -1;
    }
    return 0;
}

MODULE(offset, &exec, &make, &derive)
