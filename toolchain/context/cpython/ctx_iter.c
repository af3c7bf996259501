/* Iteration. */
#include "cpython.h"

HPy HPy_GetIter(CTX, HPy obj) {
    return as_h(PyObject_GetIter(as_py(obj)));
}

/* An iterator may end with StopIteration or without: HPy knows only the latter. */
static COLD void end_iteration(void) {
    if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_StopIteration))
        PyErr_Clear();
}

HPy HPyIter_Next(CTX, HPy obj) {
    PyObject *next = Py_TYPE(as_py(obj))->tp_iternext(as_py(obj));
    if (UNLIKELY(next == NULL))
        end_iteration();
    return as_h(next);
}

int HPyIter_Check(CTX, HPy obj) {
    return PyIter_Check(as_py(obj));
}
