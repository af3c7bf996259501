/* Attributes. */
#include "cpython.h"

HPy HPy_GetAttr(CTX, HPy obj, HPy name) {
    return as_h(PyObject_GetAttr(as_py(obj), as_py(name)));
}

HPy HPy_GetAttr_s(CTX, HPy obj, const char *utf8_name) {
    return as_h(PyObject_GetAttrString(as_py(obj), utf8_name));
}

int HPy_HasAttr(CTX, HPy obj, HPy name) {
    return PyObject_HasAttr(as_py(obj), as_py(name));
}

int HPy_HasAttr_s(CTX, HPy obj, const char *utf8_name) {
    return PyObject_HasAttrString(as_py(obj), utf8_name);
}

int HPy_SetAttr(CTX, HPy obj, HPy name, HPy value) {
    return PyObject_SetAttr(as_py(obj), as_py(name), as_py(value));
}

int HPy_SetAttr_s(CTX, HPy obj, const char *utf8_name, HPy value) {
    return PyObject_SetAttrString(as_py(obj), utf8_name, as_py(value));
}
