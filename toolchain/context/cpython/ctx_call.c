/* Calls. */
#include "recursion.h"

HPy HPy_CallTupleDict(CTX, HPy callable, HPy args, HPy kw) {
    MAY_RUN_CODE;
    PyObject *tuple = as_py(args), *dict = as_py(kw);
    if (tuple != NULL && !PyTuple_Check(tuple)) {
        PyErr_SetString(PyExc_TypeError,
                        "HPy_CallTupleDict requires args to be a tuple or null handle");
        return HPy_NULL;
    }
    if (dict != NULL && !PyDict_Check(dict)) {
        PyErr_SetString(PyExc_TypeError,
                        "HPy_CallTupleDict requires kw to be a dict or null handle");
        return HPy_NULL;
    }
    if (tuple != NULL)
        return as_h(PyObject_Call(as_py(callable), tuple, dict));
    return as_h(PyObject_VectorcallDict(as_py(callable), NULL, 0, dict));
}

/* Calls the function that a callable offers for this (PEP 590). PyObject_Vectorcall would check the
 * result as well; whoever gets it from the extension makes the same check. */
HPy HPy_Call(CTX, HPy callable, const HPy *args, size_t nargs, HPy kwnames) {
    MAY_RUN_CODE;
    const vectorcallfunc function = PyVectorcall_Function(as_py(callable));
    if (LIKELY(function != NULL))
        return as_h(function(as_py(callable), as_py_array(args), nargs, as_py(kwnames)));
    return as_h(PyObject_Vectorcall(as_py(callable), as_py_array(args), nargs, as_py(kwnames)));
}

HPy HPy_CallMethod(CTX, HPy name, const HPy *args, size_t nargs, HPy kwnames) {
    MAY_RUN_CODE;
    return as_h(PyObject_VectorcallMethod(as_py(name), as_py_array(args), nargs, as_py(kwnames)));
}

/* ---- Calls of what this context makes, see recursion.h --------------------------------------- */

bool call_runs;

CallDepth count_call(PyObject *self) {
    if (!PyType_HasFeature(Py_TYPE(self), Py_TPFLAGS_HAVE_VECTORCALL))
        return CALL_COUNTED;
    return Py_EnterRecursiveCall(" while calling a Python object") ? CALL_TOO_DEEP
                                                                   : CALL_COUNTED_HERE;
}

void uncount_call(void) {
    Py_LeaveRecursiveCall();
}
