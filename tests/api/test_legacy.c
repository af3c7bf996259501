/* Extensions on their way from the C API: legacy methods, legacy slots, objects of both APIs. */
#define HPY_ABI_HYBRID
#include "support.h"

#include <structmember.h>

typedef struct {
    PyObject_HEAD long number;
    PyObject *item;
} Legacy;
HPyType_LEGACY_HELPERS(Legacy);

typedef struct {
    long number;
} Pure;
HPyType_HELPERS(Pure);

/* ---- Legacy halves: what CPython calls by itself ------------------------------------------- */

static PyObject *twice(_HPy_UNUSED PyObject *module, PyObject *arg) {
    return PyNumber_Add(arg, arg);
}
static PyMethodDef legacy_methods[] = {{"twice", twice, METH_O, "arg + arg"}, {0}};

static PyObject *get_twice(PyObject *self, _HPy_UNUSED void *closure) {
    return PyLong_FromLong(2 * ((Legacy *)self)->number);
}
static PyObject *negative(PyObject *self) {
    return PyLong_FromLong(-((Legacy *)self)->number);
}
static PyObject *increment(PyObject *self, _HPy_UNUSED PyObject *ignored) {
    return PyLong_FromLong(++((Legacy *)self)->number);
}
static PyMethodDef type_methods[] = {{"increment", increment, METH_NOARGS, NULL}, {0}};
static PyMemberDef type_members[] = {{"legacy_number", T_LONG, offsetof(Legacy, number), 0, NULL},
                                     {0}};
static PyGetSetDef type_getset[] = {{"twice", get_twice, NULL, NULL, NULL}, {0}};
static PyType_Slot slots[] = {{Py_tp_methods, type_methods},
                              {Py_tp_members, type_members},
                              {Py_tp_getset, type_getset},
                              {Py_nb_negative, (void *)negative},
                              {0, NULL}};

static long deallocated;
static void dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    deallocated++;
    type->tp_free(self);
    Py_DECREF(type);
}
static PyType_Slot slots_with_dealloc[] = {{Py_tp_dealloc, (void *)dealloc}, {0, NULL}};
FUNCTION0(deallocations, HPyLong_FromLong(ctx, deallocated));

/* All that the collector asks for, as the C API has it. */
static int gc_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Legacy *)self)->item);
    return 0;
}
static int gc_clear(PyObject *self) {
    Py_CLEAR(((Legacy *)self)->item);
    return 0;
}
static void gc_dealloc(PyObject *self) {
    PyObject_GC_UnTrack(self);
    gc_clear(self);
    dealloc(self);
}
static PyType_Slot gc_slots[] = {{Py_tp_traverse, (void *)gc_traverse},
                                 {Py_tp_clear, (void *)gc_clear},
                                 {Py_tp_dealloc, (void *)gc_dealloc},
                                 {0, NULL}};
static PyType_Slot gc_slots_without_dealloc[] = {
    {Py_tp_traverse, (void *)gc_traverse}, {Py_tp_clear, (void *)gc_clear}, {0, NULL}};

/* ---- HPy halves ---------------------------------------------------------------------------- */

HPyDef_MEMBER(number, "number", HPyMember_LONG, offsetof(Legacy, number));
HPyDef_SLOT(new, HPy_tp_new);
static HPy new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs,
                    _HPy_UNUSED HPy kw) {
    Legacy *data;
    HPy self = HPy_New(ctx, type, &data);
    if (!HPy_IsNull(self) && nargs > 0)
        data->item = HPy_AsPyObject(ctx, args[0]);
    return self;
}
HPyDef_METH(decrement, "decrement", HPyFunc_NOARGS);
static HPy decrement_impl(HPyContext *ctx, HPy self) {
    return HPyLong_FromLong(ctx, --Legacy_AsStruct(ctx, self)->number);
}
HPyDef_GET(item, "item");
static HPy item_get(HPyContext *ctx, HPy self, _HPy_UNUSED void *closure) {
    PyObject *held = Legacy_AsStruct(ctx, self)->item;
    return held == NULL ? none(ctx) : HPy_FromPyObject(ctx, held);
}
HPyDef_SLOT(destroy, HPy_tp_destroy);
static void destroy_impl(void *self) {
    Py_XDECREF(((Legacy *)self)->item);
}

static HPyDef *defines[] = {&number, &new, &decrement, &item, &destroy, NULL};
static HPyDef *only_destroy[] = {&destroy, NULL};
static HPyType_Spec legacy_spec = {.name = "legacy.Legacy",
                                   .basicsize = sizeof(Legacy),
                                   .builtin_shape = SHAPE(Legacy),
                                   .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
                                   .legacy_slots = slots,
                                   .defines = defines};
static HPyType_Spec dealloc_spec = {.name = "legacy.Dealloc",
                                    .basicsize = sizeof(Legacy),
                                    .builtin_shape = SHAPE(Legacy),
                                    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
                                    .legacy_slots = slots_with_dealloc};
static HPyDef *gc_defines[] = {&new, &item, NULL};
static HPyType_Spec gc_spec = {.name = "legacy.Gc",
                               .basicsize = sizeof(Legacy),
                               .builtin_shape = SHAPE(Legacy),
                               .flags =
                                   HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
                               .legacy_slots = gc_slots,
                               .defines = gc_defines};
static HPyDef *gc_destroy_defines[] = {&new, &item, &destroy, NULL};
static HPyType_Spec gc_destroy_spec = {.name = "legacy.GcDestroy",
                                       .basicsize = sizeof(Legacy),
                                       .builtin_shape = SHAPE(Legacy),
                                       .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE |
                                                HPy_TPFLAGS_HAVE_GC,
                                       .legacy_slots = gc_slots_without_dealloc,
                                       .defines = gc_destroy_defines};
static HPyType_Spec both_spec = {.name = "legacy.Both",
                                 .basicsize = sizeof(Legacy),
                                 .builtin_shape = SHAPE(Legacy),
                                 .legacy_slots = slots_with_dealloc,
                                 .defines = only_destroy};
static HPyType_Spec pure_spec = {.name = "legacy.Pure",
                                 .basicsize = sizeof(Pure),
                                 .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE};
static HPyType_Spec derived_spec = {.name = "legacy.Derived",
                                    .builtin_shape = SHAPE(Legacy),
                                    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE};

/* On a legacy type, a field behind its struct. */
typedef struct {
    Legacy legacy;
    HPyField field;
} WithField;
HPyType_LEGACY_HELPERS(WithField);
HPyDef_MEMBER(field, "field", HPyMember_OBJECT, offsetof(WithField, field));
HPyDef_SLOT(field_traverse, HPy_tp_traverse);
static int field_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {
    HPy_VISIT(&((WithField *)self)->field);
    return 0;
}
static HPyDef *with_field_defines[] = {&field, &field_traverse, NULL};
static HPyType_Spec with_field_spec = {.name = "legacy.WithField",
                                       .basicsize = sizeof(WithField),
                                       .builtin_shape = SHAPE(Legacy),
                                       .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE |
                                                HPy_TPFLAGS_HAVE_GC,
                                       .defines = with_field_defines};
FUNCTION1(with_field, HPyType_FromSpec(ctx, &with_field_spec,
                                       (HPyType_SpecParam[]){{HPyType_SpecParam_Base, a}, {0}}));

FUNCTION0(both, HPyType_FromSpec(ctx, &both_spec, NULL));
FUNCTION1(derive, HPyType_FromSpec(ctx, &derived_spec,
                                   (HPyType_SpecParam[]){{HPyType_SpecParam_Base, a}, {0}}));

/* The same object in both APIs. */
static HPy round_trip(HPyContext *ctx, HPy h) {
    PyObject *object = HPy_AsPyObject(ctx, h);
    HPy result = HPy_FromPyObject(ctx, object);
    Py_XDECREF(object);
    return result;
}
FUNCTION1(same, round_trip(ctx, a));
FUNCTION0(null_is_null, HPyBool_FromBool(ctx, HPy_AsPyObject(ctx, HPy_NULL) == NULL &&
                                                  HPy_IsNull(HPy_FromPyObject(ctx, NULL))));

HPyDef_SLOT(add_types, HPy_mod_exec);
static int add_types_impl(HPyContext *ctx, HPy module) {
    return HPyHelpers_AddType(ctx, module, "Legacy", &legacy_spec, NULL) &&
                   HPyHelpers_AddType(ctx, module, "Dealloc", &dealloc_spec, NULL) &&
                   HPyHelpers_AddType(ctx, module, "Gc", &gc_spec, NULL) &&
                   HPyHelpers_AddType(ctx, module, "GcDestroy", &gc_destroy_spec, NULL) &&
                   HPyHelpers_AddType(ctx, module, "Pure", &pure_spec, NULL)
               ? 0
               : -1;
}

static HPyDef *module_defines[] = {&add_types,    &m_deallocations, &m_both,         &m_derive,
                                   &m_with_field, &m_same,          &m_null_is_null, NULL};
static HPyModuleDef module_def = {.defines = module_defines, .legacy_methods = legacy_methods};
HPy_MODINIT(legacy, module_def)
