/* A module of the C API alone; multi-phase with -DMULTI_PHASE, and with -DOWN_CREATE of its own
 * making, with the file's name from the spec. */
#include <Python.h>

static PyObject *add(PyObject *self, PyObject *args) {
    long a, b;
    (void)self;
    return PyArg_ParseTuple(args, "ll", &a, &b) ? PyLong_FromLong(a + b) : NULL;
}

static PyMethodDef methods[] = {{"add", add, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};

#ifdef OWN_CREATE
#define MULTI_PHASE
static PyObject *create(PyObject *spec, PyModuleDef *def) {
    PyObject *name = PyObject_GetAttrString(spec, "name");
    PyObject *module = name == NULL ? NULL : PyModule_NewObject(name);
    PyObject *file = PyObject_GetAttrString(spec, "origin");
    (void)def;
    if (module != NULL && (file == NULL || PyObject_SetAttrString(module, "__file__", file) < 0))
        Py_CLEAR(module);
    Py_XDECREF(name);
    Py_XDECREF(file);
    return module;
}
static PyModuleDef_Slot slots[] = {{Py_mod_create, (void *)create}, {0, NULL}};
#elif defined MULTI_PHASE
static PyModuleDef_Slot slots[] = {{0, NULL}};
#endif

#ifdef MULTI_PHASE
static PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "capi", .m_methods = methods,
                          .m_slots = slots};
PyMODINIT_FUNC PyInit_capi(void) {
    return PyModuleDef_Init(&def);
}
#else
static PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "capi", .m_size = -1,
                          .m_methods = methods};
PyMODINIT_FUNC PyInit_capi(void) {
    return PyModule_Create(&def);
}
#endif
