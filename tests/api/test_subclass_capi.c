/* The types of test_subclass.c by the same names, through the C API: the oracle. */
#include <Python.h>

/* In an int or a tuple the additional memory overlaps the items; nothing here touches it. */
#define EXTRA 16

static const PyTypeObject *builtin_base(PyObject *self) {
    PyTypeObject *base = Py_TYPE(self);
    while (PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE))
        base = base->tp_base;
    return base;
}

static int traverse(PyObject *self, visitproc visit, void *arg) {
    const PyTypeObject *base = builtin_base(self);
    Py_VISIT(Py_TYPE(self));
    return base->tp_traverse == NULL ? 0 : base->tp_traverse(self, visit, arg);
}

static int clear(PyObject *self) {
    const PyTypeObject *base = builtin_base(self);
    return base->tp_clear == NULL ? 0 : base->tp_clear(self);
}

static PyType_Slot gc_slots[] = {
    {Py_tp_traverse, (void *)traverse}, {Py_tp_clear, (void *)clear}, {0, NULL}};
static PyType_Slot no_slots[] = {{0, NULL}};

static int add_type(PyObject *module, const char *name, PyTypeObject *base, int extra,
                    unsigned int flags) {
    flags |= (unsigned int)(PyType_GetFlags(base) & Py_TPFLAGS_HAVE_GC);
    PyType_Spec spec = {name, (int)base->tp_basicsize + extra, 0, Py_TPFLAGS_DEFAULT | flags,
                        flags & Py_TPFLAGS_HAVE_GC ? gc_slots : no_slots};
    PyObject *type = PyType_FromSpecWithBases(&spec, (PyObject *)base);
    const int status =
        type == NULL ? -1 : PyModule_AddObjectRef(module, strchr(name, '.') + 1, type);
    Py_XDECREF(type);
    return status;
}

/* CPython 3.10 keeps pointers to the names. */
#define ADD(shape, base)                                                                           \
    (add_type(module, "subclass." #shape, &base, EXTRA, Py_TPFLAGS_BASETYPE) < 0 ||                \
     add_type(module, "subclass." #shape "Gc", &base, EXTRA,                                       \
              Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC) < 0 ||                                     \
     add_type(module, "subclass." #shape "Empty", &base, 0, Py_TPFLAGS_BASETYPE) < 0 ||            \
     add_type(module, "subclass." #shape "Final", &base, EXTRA, 0) < 0)

static int exec(PyObject *module) {
    return ADD(Object, PyBaseObject_Type) || ADD(Type, PyType_Type) || ADD(Long, PyLong_Type) ||
                   ADD(Float, PyFloat_Type) || ADD(Unicode, PyUnicode_Type) ||
                   ADD(Tuple, PyTuple_Type) || ADD(List, PyList_Type)
               ? -1
               : 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)exec}, {0, NULL}};
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "subclass_capi",
                                 .m_slots = slots};
PyMODINIT_FUNC PyInit_subclass_capi(void);
PyMODINIT_FUNC PyInit_subclass_capi(void) {
    return PyModuleDef_Init(&definition);
}
