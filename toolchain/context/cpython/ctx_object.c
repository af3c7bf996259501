/* What every object has: identity, type, truth, comparison, hash, representations. */
#include "deferred.h"

int HPy_Is(CTX, HPy obj, HPy other) {
    RUNS_NO_CODE;
    return as_py(obj) == as_py(other);
}

HPy HPy_Type(CTX, HPy obj) {
    RUNS_NO_CODE;
    return borrow((PyObject *)Py_TYPE(as_py(obj)));
}

static COLD int is_subtype(PyTypeObject *type, PyTypeObject *asked) {
    return PyType_IsSubtype(type, asked);
}

int HPy_TypeCheck(CTX, HPy obj, HPy type) {
    RUNS_NO_CODE;
    PyTypeObject *own_type = Py_TYPE(as_py(obj)), *asked = (PyTypeObject *)as_py(type);
    return LIKELY(own_type == asked) || WITHOUT_SETTLING(is_subtype(own_type, asked));
}

int HPy_IsTrue(CTX, HPy h) {
    SETTLES_ITSELF;
    PyObject *o = as_py(h);
    if (o == Py_True)
        return 1;
    if (o == Py_False || o == Py_None)
        return 0;
    int64_t value;
    if (small_value(o, &value))
        return value != 0;
    return AFTER_SETTLING(PyObject_IsTrue(o));
}

HPy HPy_Repr(CTX, HPy obj) {
    MAY_RUN_CODE;
    return as_h(PyObject_Repr(as_py(obj)));
}

HPy HPy_Str(CTX, HPy obj) {
    SETTLES_ITSELF;
    if (PyUnicode_CheckExact(as_py(obj)))
        return borrow(as_py(obj));
    return as_h(AFTER_SETTLING(PyObject_Str(as_py(obj))));
}

HPy HPy_ASCII(CTX, HPy obj) {
    MAY_RUN_CODE;
    return as_h(PyObject_ASCII(as_py(obj)));
}

HPy HPy_Bytes(CTX, HPy obj) {
    MAY_RUN_CODE;
    return as_h(PyObject_Bytes(as_py(obj)));
}

#define COMPARE(x, y, op)                                                                          \
    ((op) == Py_LT   ? (x) < (y)                                                                   \
     : (op) == Py_LE ? (x) <= (y)                                                                  \
     : (op) == Py_EQ ? (x) == (y)                                                                  \
     : (op) == Py_NE ? (x) != (y)                                                                  \
     : (op) == Py_GT ? (x) > (y)                                                                   \
                     : (x) >= (y))

/* Two ints of one digit, two floats, or the equality of two strs that differ in length: 1 or 0.
 * Anything else: -1. */
static inline int compare(PyObject *v, PyObject *w, int op) {
    int64_t x, y;
    if (UNLIKELY((unsigned)op > Py_GE))
        return -1;
    if (small_value(v, &x) && small_value(w, &y))
        return COMPARE(x, y, op);
    if (PyFloat_CheckExact(v) && PyFloat_CheckExact(w))
        return COMPARE(PyFloat_AS_DOUBLE(v), PyFloat_AS_DOUBLE(w), op);
    if ((op == Py_EQ || op == Py_NE) && PyUnicode_CheckExact(v) && PyUnicode_CheckExact(w) &&
        ((PyASCIIObject *)v)->length != ((PyASCIIObject *)w)->length)
        return op == Py_NE;
    return -1;
}

HPy HPy_RichCompare(CTX, HPy v, HPy w, int op) {
    SETTLES_ITSELF;
    const int holds = compare(as_py(v), as_py(w), op);
    if (holds >= 0)
        return HPyBool_FromBool(ctx, holds);
    return as_h(AFTER_SETTLING(PyObject_RichCompare(as_py(v), as_py(w), op)));
}

int HPy_RichCompareBool(CTX, HPy v, HPy w, int op) {
    SETTLES_ITSELF;
    /* Here what is the same is equal, a nan too. */
    if (as_py(v) == as_py(w) && (op == Py_EQ || op == Py_NE))
        return op == Py_EQ;
    const int holds = compare(as_py(v), as_py(w), op);
    if (holds >= 0)
        return holds;
    return AFTER_SETTLING(PyObject_RichCompareBool(as_py(v), as_py(w), op));
}

HPy_hash_t HPy_Hash(CTX, HPy obj) {
    MAY_RUN_CODE;
    return PyObject_Hash(as_py(obj));
}

int HPyCallable_Check(CTX, HPy h) {
    RUNS_NO_CODE;
    return PyCallable_Check(as_py(h));
}

void _HPy_Dump(CTX, HPy h) {
    MAY_RUN_CODE;
    _PyObject_Dump(as_py(h));
}
