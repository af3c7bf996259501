/* Types whose instances are a struct and no more, of several sizes. */
#include "support.h"

#include <string.h>

static long long n_destroyed;

/* Bytes of a size, made of zeros; fill(byte) overwrites them, read() gives them. */
#define BYTES_TYPE(TYPE, SIZE)                                                                     \
    typedef struct {                                                                               \
        char bytes[SIZE];                                                                          \
    } TYPE;                                                                                        \
    HPyType_HELPERS(TYPE);                                                                         \
    HPyDef_SLOT(TYPE##_new, HPy_tp_new);                                                           \
    static HPy TYPE##_new_impl(HPyContext *ctx, HPy type, _HPy_UNUSED const HPy *args,             \
                               _HPy_UNUSED HPy_ssize_t nargs, _HPy_UNUSED HPy kw) {                \
        TYPE *data;                                                                                \
        return HPy_New(ctx, type, &data);                                                          \
    }                                                                                              \
    HPyDef_SLOT(TYPE##_destroy, HPy_tp_destroy);                                                   \
    static void TYPE##_destroy_impl(_HPy_UNUSED void *self) {                                      \
        n_destroyed++;                                                                             \
    }                                                                                              \
    HPyDef_METH(TYPE##_fill, "fill", HPyFunc_O);                                                   \
    static HPy TYPE##_fill_impl(HPyContext *ctx, HPy self, HPy byte) {                             \
        memset(TYPE##_AsStruct(ctx, self)->bytes, (int)HPyLong_AsLong(ctx, byte), SIZE);           \
        return none(ctx);                                                                          \
    }                                                                                              \
    HPyDef_METH(TYPE##_read, "read", HPyFunc_NOARGS);                                              \
    static HPy TYPE##_read_impl(HPyContext *ctx, HPy self) {                                       \
        return HPyBytes_FromStringAndSize(ctx, TYPE##_AsStruct(ctx, self)->bytes, SIZE);           \
    }                                                                                              \
    static HPyDef *TYPE##_defines[] = {&TYPE##_new, &TYPE##_destroy, &TYPE##_fill, &TYPE##_read,   \
                                       NULL};                                                      \
    static HPyType_Spec TYPE##_spec = {                                                            \
        .name = "instance." #TYPE,                                                                 \
        .basicsize = sizeof(TYPE),                                                                 \
        .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,                                       \
        .defines = TYPE##_defines,                                                                 \
    }

BYTES_TYPE(Bytes8, 8);
BYTES_TYPE(Bytes12, 12);
BYTES_TYPE(Bytes16, 16);
BYTES_TYPE(Bytes24, 24);
BYTES_TYPE(Bytes111, 111);
BYTES_TYPE(Bytes112, 112);
BYTES_TYPE(Bytes4000, 4000);

HPyDef_METH(destroyed, "destroyed", HPyFunc_NOARGS);
static HPy destroyed_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    return HPyLong_FromLongLong(ctx, n_destroyed);
}

HPyDef_SLOT(init, HPy_mod_exec);
static int init_impl(HPyContext *ctx, HPy module) {
    HPyType_Spec *specs[] = {&Bytes8_spec,   &Bytes12_spec,  &Bytes16_spec,  &Bytes24_spec,
                             &Bytes111_spec, &Bytes112_spec, &Bytes4000_spec};
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++)
        if (!HPyHelpers_AddType(ctx, module, specs[i]->name + strlen("instance."), specs[i], NULL))
            return -1;
    return 0;
}

MODULE(instance, &init, &destroyed)
