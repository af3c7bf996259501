/* A module of the C API alone; multi-phase with -DMULTI_PHASE. */
#include <Python.h>

static PyObject *add(PyObject *self, PyObject *args) {
    long a, b;
    (void)self;
    return PyArg_ParseTuple(args, "ll", &a, &b) ? PyLong_FromLong(a + b) : NULL;
}

static PyMethodDef methods[] = {{"add", add, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};

#ifdef MULTI_PHASE
static PyModuleDef_Slot slots[] = {{0, NULL}};
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
