/* The types of test_vectorcall.c by the same names, through the C API and without a vectorcall: the
 * oracle. */
#include <Python.h>

static PyObject *relay(PyObject *args) {
    PyObject *const *items = &PyTuple_GET_ITEM(args, 0);
    const Py_ssize_t n = PyTuple_GET_SIZE(args);
    return n == 1 ? PyObject_Vectorcall(items[0], items, 1, NULL)
                  : PyObject_Vectorcall(items[0], items + 1, (size_t)n - 1, NULL);
}

typedef struct {
    PyObject_HEAD long unused;
} Data;

static PyObject *make(PyTypeObject *cls, PyObject *args, PyObject *kw) {
    (void)kw;
    return PyTuple_GET_SIZE(args) == 0 ? cls->tp_alloc(cls, 0) : relay(args);
}

static int initialise(PyObject *self, PyObject *args, PyObject *kw) {
    (void)kw;
    if (PyTuple_GET_SIZE(args) < 2)
        return 0;
    PyObject *result =
        PyObject_CallFunction(PyTuple_GET_ITEM(args, 1), "On", self, PyTuple_GET_SIZE(args));
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

static PyObject *call(PyObject *self, PyObject *args, PyObject *kw) {
    (void)self, (void)kw;
    return PyTuple_GET_SIZE(args) == 0 ? PyUnicode_FromString("native") : relay(args);
}

#define FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE)
static PyType_Slot Maker_slots[] = {{Py_tp_new, make}, {0, NULL}};
static PyType_Spec Maker_spec = {"vectorcall.Maker", sizeof(Data), 0, FLAGS, Maker_slots};
static PyType_Slot Initialised_slots[] = {{Py_tp_new, make}, {Py_tp_init, initialise}, {0, NULL}};
static PyType_Spec Initialised_spec = {"vectorcall.Initialised", sizeof(Data), 0, FLAGS,
                                       Initialised_slots};
static PyType_Slot Callable_slots[] = {{Py_tp_call, call}, {0, NULL}};
static PyType_Spec Callable_spec = {"vectorcall.Callable", sizeof(Data), 0, FLAGS, Callable_slots};
static PyType_Spec Own_spec = {"vectorcall.Own", sizeof(Data), 0, FLAGS, Callable_slots};
static PyType_Slot Heir_slots[] = {{0, NULL}};
static PyType_Spec Heir_spec = {"vectorcall.Heir", sizeof(Data), 0, FLAGS, Heir_slots};

static int add(PyObject *module, PyType_Spec *spec, PyObject *bases) {
    PyObject *type = PyType_FromSpecWithBases(spec, bases);
    const int status =
        type == NULL ? -1 : PyModule_AddObjectRef(module, strchr(spec->name, '.') + 1, type);
    Py_XDECREF(type);
    return status;
}

static int exec(PyObject *module) {
    if (add(module, &Maker_spec, NULL) < 0 || add(module, &Initialised_spec, NULL) < 0 ||
        add(module, &Callable_spec, NULL) < 0 || add(module, &Own_spec, NULL) < 0)
        return -1;
    PyObject *base = PyObject_GetAttrString(module, "Callable");
    const int status = base == NULL ? -1 : add(module, &Heir_spec, base);
    Py_XDECREF(base);
    return status;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, exec},
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};
static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "vectorcall", NULL, 0, NULL, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_vectorcall(void) {
    return PyModuleDef_Init(&definition);
}
