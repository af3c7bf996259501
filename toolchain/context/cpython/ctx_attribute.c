/* Attributes. */
#include "deferred.h"

HPy HPy_GetAttr(CTX, HPy obj, HPy name) {
    MAY_RUN_CODE;
    return as_h(PyObject_GetAttr(as_py(obj), as_py(name)));
}

HPy HPy_GetAttr_s(CTX, HPy obj, const char *utf8_name) {
    MAY_RUN_CODE;
    return as_h(PyObject_GetAttrString(as_py(obj), utf8_name));
}

int HPy_HasAttr(CTX, HPy obj, HPy name) {
    MAY_RUN_CODE;
    return PyObject_HasAttr(as_py(obj), as_py(name));
}

int HPy_HasAttr_s(CTX, HPy obj, const char *utf8_name) {
    MAY_RUN_CODE;
    return PyObject_HasAttrString(as_py(obj), utf8_name);
}

int HPy_SetAttr(CTX, HPy obj, HPy name, HPy value) {
    MAY_RUN_CODE;
    return PyObject_SetAttr(as_py(obj), as_py(name), as_py(value));
}

int HPy_SetAttr_s(CTX, HPy obj, const char *utf8_name, HPy value) {
    MAY_RUN_CODE;
    return PyObject_SetAttrString(as_py(obj), utf8_name, as_py(value));
}
