/* float and bool. */
#include "cpython.h"

HPy HPyFloat_FromDouble(CTX, double v) {
    return as_h(PyFloat_FromDouble(v));
}

double HPyFloat_AsDouble(CTX, HPy h) {
    PyObject *o = as_py(h);
    return LIKELY(PyFloat_CheckExact(o)) ? PyFloat_AS_DOUBLE(o) : PyFloat_AsDouble(o);
}

HPy HPyBool_FromBool(CTX, bool v) {
    PyObject *o = v ? Py_True : Py_False;
    Py_INCREF(o);
    return as_h(o);
}
