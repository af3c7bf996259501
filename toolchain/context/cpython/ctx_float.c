/* float and bool. */
#include "deferred.h"

#if FLOATS_ARE_REUSED
/* Of the first in the free list. */
static inline PyObject *new_float(PyFloatObject *o, double v) {
    float_free_list->first = (PyFloatObject *)o->ob_base.ob_type;
    float_free_list->length--;
    begin_object((PyObject *)o, &PyFloat_Type);
    o->ob_fval = v;
    return (PyObject *)o;
}
#endif

HPy HPyFloat_FromDouble(CTX, double v) {
    RUNS_NO_CODE;
#if FLOATS_ARE_REUSED
    PyFloatObject *o = float_free_list->first;
    if (LIKELY(o != NULL))
        return as_h(WITHOUT_SETTLING(new_float(o, v)));
#endif
    return as_h(WITHOUT_SETTLING(PyFloat_FromDouble(v)));
}

double HPyFloat_AsDouble(CTX, HPy h) {
    SETTLES_ITSELF;
    PyObject *o = as_py(h);
    if (LIKELY(PyFloat_CheckExact(o)))
        return PyFloat_AS_DOUBLE(o);
    return AFTER_SETTLING(PyFloat_AsDouble(o));
}

static COLD bool slow_to_double(PyObject *o, double *value) {
    *value = PyFloat_AsDouble(o);
    return *value != -1.0 || !PyErr_Occurred();
}

/* See _HPyLong_ToInt64. */
bool _HPyFloat_ToDouble(CTX, HPy h, double *value) {
    SETTLES_ITSELF;
    if (LIKELY(PyFloat_CheckExact(as_py(h)))) {
        *value = PyFloat_AS_DOUBLE(as_py(h));
        return true;
    }
    double slow;
    const bool converted = AFTER_SETTLING(slow_to_double(as_py(h), &slow));
    *value = slow;
    return converted;
}

HPy HPyBool_FromBool(CTX, bool v) {
    RUNS_NO_CODE;
    PyObject *o = v ? Py_True : Py_False;
    Py_INCREF(o);
    return as_h(o);
}
