/* Types of every shape, with and without the collector, to make subclasses of. */
#include "support.h"

#include <string.h>

static long destroyed;
FUNCTION0(destroyed, HPyLong_FromLong(ctx, destroyed));

/* For each shape: NAME with a struct, NAMEGc with the collector too, NAMEEmpty without a struct,
 * NAMEFinal that is no base. */
#define KINDS(shape)                                                                               \
    typedef struct {                                                                               \
        HPyField field;                                                                            \
        long number;                                                                               \
    } shape;                                                                                       \
    HPyType_HELPERS(shape, HPyType_BuiltinShape_##shape) HPyDef_GETSET(shape##_field, "field");    \
    static HPy shape##_field_get(HPyContext *ctx, HPy self, _HPy_UNUSED void *closure) {           \
        return or_none(ctx, HPyField_Load(ctx, self, shape##_AsStruct(ctx, self)->field));         \
    }                                                                                              \
    static int shape##_field_set(HPyContext *ctx, HPy self, HPy value,                             \
                                 _HPy_UNUSED void *closure) {                                      \
        HPyField_Store(ctx, self, &shape##_AsStruct(ctx, self)->field, value);                     \
        return 0;                                                                                  \
    }                                                                                              \
    HPyDef_SLOT(shape##_traverse, HPy_tp_traverse);                                                \
    static int shape##_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {             \
        HPy_VISIT(&((shape *)self)->field);                                                        \
        return 0;                                                                                  \
    }                                                                                              \
    HPyDef_SLOT(shape##_destroy, HPy_tp_destroy);                                                  \
    static void shape##_destroy_impl(_HPy_UNUSED void *self) {                                     \
        destroyed++;                                                                               \
    }                                                                                              \
    static HPyDef *shape##_defines[] = {&shape##_field, &shape##_traverse, &shape##_destroy,       \
                                        NULL};                                                     \
    static HPyType_Spec shape##_spec = {.name = "subclass." #shape,                                \
                                        .basicsize = sizeof(shape),                                \
                                        .builtin_shape = SHAPE(shape),                             \
                                        .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,       \
                                        .defines = shape##_defines};                               \
    static HPyType_Spec shape##Gc_spec = {.name = "subclass." #shape "Gc",                         \
                                          .basicsize = sizeof(shape),                              \
                                          .builtin_shape = SHAPE(shape),                           \
                                          .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE |    \
                                                   HPy_TPFLAGS_HAVE_GC,                            \
                                          .defines = shape##_defines};                             \
    static HPyType_Spec shape##Empty_spec = {.name = "subclass." #shape "Empty",                   \
                                             .builtin_shape = SHAPE(shape),                        \
                                             .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE}; \
    static HPyType_Spec shape##Final_spec = {.name = "subclass." #shape "Final",                   \
                                             .basicsize = sizeof(shape),                           \
                                             .builtin_shape = SHAPE(shape),                        \
                                             .flags = HPy_TPFLAGS_DEFAULT,                         \
                                             .defines = shape##_defines};
KINDS(Object)
KINDS(Type)
KINDS(Long)
KINDS(Float)
KINDS(Unicode)
KINDS(Tuple)
KINDS(List)

/* ---- Types on any bases -----------------------------------------------------------------------
 */

/* make(NAME, bases...): the type NAME of above once more, on any bases. */
#define NAMED(name) {#name, &name##_spec}
#define ALL(shape) NAMED(shape), NAMED(shape##Gc), NAMED(shape##Empty), NAMED(shape##Final)
static HPyDef *Destroyed_defines[] = {&Object_destroy, NULL};
static HPyType_Spec Destroyed_spec = {.name = "subclass.Destroyed", .defines = Destroyed_defines};
static const struct {
    const char *name;
    HPyType_Spec *spec;
} specs[] = {ALL(Object),  ALL(Type),  ALL(Long), ALL(Float),
             ALL(Unicode), ALL(Tuple), ALL(List), NAMED(Destroyed)};

HPyDef_METH(make, "make", HPyFunc_VARARGS);
static HPy make_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPyType_SpecParam params[10] = {{0}};
    for (size_t i = 1; i < nargs; i++)
        params[i - 1] = (HPyType_SpecParam){HPyType_SpecParam_Base, args[i]};
    const char *name = text(ctx, args[0]);
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
        if (strcmp(specs[i].name, name) == 0)
            return HPyType_FromSpec(ctx, specs[i].spec, params);
    }
    return HPyErr_SetString(ctx, ctx->h_LookupError, name);
}

HPyDef_METH(is_instance, "is_instance", HPyFunc_VARARGS);
static HPy is_instance_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                            _HPy_UNUSED size_t nargs) {
    return HPyBool_FromBool(ctx, HPy_TypeCheck(ctx, args[0], args[1]));
}

HPyDef_SLOT(exec, HPy_mod_exec);
static int exec_impl(HPyContext *ctx, HPy module) {
    const HPy bases[] = {ctx->h_BaseObjectType, ctx->h_TypeType,  ctx->h_LongType, ctx->h_FloatType,
                         ctx->h_UnicodeType,    ctx->h_TupleType, ctx->h_ListType};
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
        const HPy base = i / 4 < sizeof(bases) / sizeof(bases[0]) ? bases[i / 4] : bases[0];
        HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, base}, {0}};
        if (!HPyHelpers_AddType(ctx, module, specs[i].name, specs[i].spec, params))
            return -1;
    }
    return 0;
}

MODULE(subclass, &exec, &m_destroyed, &make, &is_instance)
