/* tuple and its builder. */
#include "deferred.h"

int HPyTuple_Check(CTX, HPy h) {
    RUNS_NO_CODE;
    return PyTuple_Check(as_py(h));
}

HPy HPyTuple_FromArray(CTX, const HPy items[], HPy_ssize_t n) {
    MAY_RUN_CODE;
    PyObject *tuple = PyTuple_New(n);
    if (tuple == NULL)
        return HPy_NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        keep(&PyTuple_GET_ITEM(tuple, i), as_py(items[i]));
    }
    return as_h(tuple);
}

/* See the list builder. */

HPyTupleBuilder HPyTupleBuilder_New(CTX, HPy_ssize_t size) {
    MAY_RUN_CODE;
    return (HPyTupleBuilder){as_h(PyTuple_New(size))._i};
}

void HPyTupleBuilder_Set(CTX, HPyTupleBuilder builder, HPy_ssize_t index, HPy h_item) {
    SETTLES_ITSELF;
    PyObject *tuple = (PyObject *)builder._tup;
    if (LIKELY(tuple != NULL)) {
        PyObject *old = PyTuple_GET_ITEM(tuple, index);
        keep(&PyTuple_GET_ITEM(tuple, index), as_py(h_item));
        if (UNLIKELY(old != NULL))
            give_back(old);
    }
}

HPy HPyTupleBuilder_Build(CTX, HPyTupleBuilder builder) {
    RUNS_NO_CODE;
    return as_h((PyObject *)builder._tup);
}

void HPyTupleBuilder_Cancel(CTX, HPyTupleBuilder builder) {
    MAY_RUN_CODE;
    Py_XDECREF((PyObject *)builder._tup);
}
