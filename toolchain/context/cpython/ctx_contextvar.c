/* contextvars.ContextVar. */
#include "deferred.h"

HPy HPyContextVar_New(CTX, const char *name, HPy default_value) {
    MAY_RUN_CODE;
    return as_h(PyContextVar_New(name, as_py(default_value)));
}

int32_t HPyContextVar_Get(CTX, HPy context_var, HPy default_value, HPy *result) {
    MAY_RUN_CODE;
    PyObject *value = NULL;
    const int status = PyContextVar_Get(as_py(context_var), as_py(default_value), &value);
    if (status == 0)
        *result = as_h(value);
    return status;
}

HPy HPyContextVar_Set(CTX, HPy context_var, HPy value) {
    MAY_RUN_CODE;
    return as_h(PyContextVar_Set(as_py(context_var), as_py(value)));
}
