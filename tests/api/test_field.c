/* Fields of a struct and globals of a module. */
#include "support.h"

typedef struct {
    HPyField field;
} Holder;
HPyType_HELPERS(Holder)

    HPyDef_SLOT(Holder_traverse, HPy_tp_traverse);
static int Holder_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {
    HPy_VISIT(&((Holder *)self)->field);
    return 0;
}
HPyDef_METH(Holder_store, "store", HPyFunc_O);
static HPy Holder_store_impl(HPyContext *ctx, HPy self, HPy value) {
    HPyField_Store(ctx, self, &Holder_AsStruct(ctx, self)->field, value);
    return none(ctx);
}
HPyDef_METH(Holder_clear, "clear", HPyFunc_NOARGS);
static HPy Holder_clear_impl(HPyContext *ctx, HPy self) {
    HPyField_Store(ctx, self, &Holder_AsStruct(ctx, self)->field, HPy_NULL);
    return none(ctx);
}
HPyDef_METH(Holder_load, "load", HPyFunc_NOARGS);
static HPy Holder_load_impl(HPyContext *ctx, HPy self) {
    return or_none(ctx, HPyField_Load(ctx, self, Holder_AsStruct(ctx, self)->field));
}
HPyDef_METH(Holder_is_null, "is_null", HPyFunc_NOARGS);
static HPy Holder_is_null_impl(HPyContext *ctx, HPy self) {
    return HPyBool_FromBool(ctx, HPyField_IsNull(Holder_AsStruct(ctx, self)->field));
}

/* Fields and globals that are no variables. */
static __attribute__((noinline)) HPyField field_of(HPyContext *ctx, HPy h) {
    return Holder_AsStruct(ctx, h)->field;
}
HPyDef_METH(Holder_load_value, "load_value", HPyFunc_NOARGS);
static HPy Holder_load_value_impl(HPyContext *ctx, HPy self) {
    return or_none(ctx, HPyField_Load(ctx, self, field_of(ctx, self)));
}
HPyDef_METH(Holder_load_constant, "load_constant", HPyFunc_NOARGS);
static HPy Holder_load_constant_impl(HPyContext *ctx, HPy self) {
    const Holder *const holder = Holder_AsStruct(ctx, self);
    return or_none(ctx, HPyField_Load(ctx, self, holder->field));
}
HPyDef_METH(Holder_load_either, "load_either", HPyFunc_O);
static HPy Holder_load_either_impl(HPyContext *ctx, HPy self, HPy other) {
    const Holder *a = Holder_AsStruct(ctx, self), *b = Holder_AsStruct(ctx, other);
    const bool empty = HPyField_IsNull(a->field);
    return or_none(ctx, HPyField_Load(ctx, empty ? other : self, empty ? b->field : a->field));
}

static HPyGlobal first, second;
static __attribute__((noinline)) HPyGlobal global_of(int number) {
    return number == 1 ? first : second;
}
static int executions;

HPyDef_METH(Holder_load_global, "load_global", HPyFunc_NOARGS);
static HPy Holder_load_global_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    return or_none(ctx, HPyGlobal_Load(ctx, first));
}
static HPyDef *Holder_defines[] = {&Holder_load_global, &Holder_traverse,
                                   &Holder_store,       &Holder_clear,
                                   &Holder_load,        &Holder_is_null,
                                   &Holder_load_value,  &Holder_load_constant,
                                   &Holder_load_either, NULL};
static HPyType_Spec Holder_spec = {
    .name = "field.Holder",
    .basicsize = sizeof(Holder),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
    .defines = Holder_defines,
};

FUNCTION1(store_first, (HPyGlobal_Store(ctx, &first, a), none(ctx)));
FUNCTION1(store_second, (HPyGlobal_Store(ctx, &second, a), none(ctx)));
FUNCTION0(clear_first, (HPyGlobal_Store(ctx, &first, HPy_NULL), none(ctx)));
FUNCTION0(load_first, or_none(ctx, HPyGlobal_Load(ctx, first)));
FUNCTION0(load_second, or_none(ctx, HPyGlobal_Load(ctx, second)));
FUNCTION0(load_first_value, or_none(ctx, HPyGlobal_Load(ctx, global_of(1))));
FUNCTION0(load_second_value, or_none(ctx, HPyGlobal_Load(ctx, global_of(2))));
FUNCTION0(count, HPyLong_FromLong(ctx, ++executions));

HPyDef_SLOT(exec, HPy_mod_exec);
static int exec_impl(HPyContext *ctx, HPy module) {
    return HPyHelpers_AddType(ctx, module, "Holder", &Holder_spec, NULL) ? 0 : -1;
}

static HPyGlobal *globals[] = {&first, &second, NULL};
MODULE_WITH_GLOBALS(field, globals, &exec, &m_store_first, &m_store_second, &m_clear_first,
                    &m_load_first, &m_load_second, &m_load_first_value, &m_load_second_value,
                    &m_count)
