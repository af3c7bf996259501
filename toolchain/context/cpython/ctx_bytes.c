/* bytes. */
#include "deferred.h"

int HPyBytes_Check(CTX, HPy h) {
    RUNS_NO_CODE;
    return PyBytes_Check(as_py(h));
}

HPy_ssize_t HPyBytes_Size(CTX, HPy h) {
    MAY_RUN_CODE;
    return LIKELY(PyBytes_Check(as_py(h))) ? PyBytes_GET_SIZE(as_py(h)) : PyBytes_Size(as_py(h));
}

HPy_ssize_t HPyBytes_GET_SIZE(CTX, HPy h) {
    RUNS_NO_CODE;
    return PyBytes_GET_SIZE(as_py(h));
}

const char *HPyBytes_AsString(CTX, HPy h) {
    MAY_RUN_CODE;
    return LIKELY(PyBytes_Check(as_py(h))) ? PyBytes_AS_STRING(as_py(h))
                                           : PyBytes_AsString(as_py(h));
}

const char *HPyBytes_AS_STRING(CTX, HPy h) {
    RUNS_NO_CODE;
    return PyBytes_AS_STRING(as_py(h));
}

HPy HPyBytes_FromString(CTX, const char *bytes) {
    MAY_RUN_CODE;
    return as_h(PyBytes_FromString(bytes));
}

HPy HPyBytes_FromStringAndSize(CTX, const char *bytes, HPy_ssize_t len) {
    MAY_RUN_CODE;
    /* CPython would make an uninitialised object, which HPy gives no way to fill. */
    if (bytes == NULL) {
        PyErr_SetString(PyExc_ValueError, "NULL char * passed to HPyBytes_FromStringAndSize");
        return HPy_NULL;
    }
    return as_h(PyBytes_FromStringAndSize(bytes, len));
}
