/* What every object has: identity, type, truth, comparison, hash, representations. */
#include "cpython.h"

int HPy_Is(CTX, HPy obj, HPy other) {
    return as_py(obj) == as_py(other);
}

HPy HPy_Type(CTX, HPy obj) {
    PyObject *type = (PyObject *)Py_TYPE(as_py(obj));
    Py_INCREF(type);
    return as_h(type);
}

int HPy_TypeCheck(CTX, HPy obj, HPy type) {
    return PyObject_TypeCheck(as_py(obj), (PyTypeObject *)as_py(type));
}

int HPy_IsTrue(CTX, HPy h) {
    PyObject *o = as_py(h);
    if (o == Py_True)
        return 1;
    if (o == Py_False || o == Py_None)
        return 0;
    return PyObject_IsTrue(o);
}

HPy HPy_Repr(CTX, HPy obj) {
    return as_h(PyObject_Repr(as_py(obj)));
}

HPy HPy_Str(CTX, HPy obj) {
    return as_h(PyObject_Str(as_py(obj)));
}

HPy HPy_ASCII(CTX, HPy obj) {
    return as_h(PyObject_ASCII(as_py(obj)));
}

HPy HPy_Bytes(CTX, HPy obj) {
    return as_h(PyObject_Bytes(as_py(obj)));
}

HPy HPy_RichCompare(CTX, HPy v, HPy w, int op) {
    return as_h(PyObject_RichCompare(as_py(v), as_py(w), op));
}

int HPy_RichCompareBool(CTX, HPy v, HPy w, int op) {
    return PyObject_RichCompareBool(as_py(v), as_py(w), op);
}

HPy_hash_t HPy_Hash(CTX, HPy obj) {
    return PyObject_Hash(as_py(obj));
}

int HPyCallable_Check(CTX, HPy h) {
    return PyCallable_Check(as_py(h));
}

void _HPy_Dump(CTX, HPy h) {
    _PyObject_Dump(as_py(h));
}
