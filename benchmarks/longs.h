/* For what is written in the C API: an int read by somebody who knows how CPython stores it. Most
 * ints are compact, which means that they have one digit at most. Since 3.12 there are functions
 * that say so and read it; before, the size of an int is the number of its digits with its sign.
 * PyPy has nothing there to read. */
#ifndef LONGS_H
#define LONGS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#if PY_VERSION_HEX < 0x030B0000
#include <longintrepr.h>
#endif

static inline int is_compact(PyObject *integer) {
#ifdef PYPY_VERSION
    (void)integer;
    return 0;
#elif PY_VERSION_HEX >= 0x030C0000
    return PyUnstable_Long_IsCompact((PyLongObject *)integer);
#else
    return (size_t)(Py_SIZE(integer) + 1) < 3;
#endif
}

static inline Py_ssize_t compact_value(PyObject *integer) {
#ifdef PYPY_VERSION
    return PyLong_AsSsize_t(integer);
#elif PY_VERSION_HEX >= 0x030C0000
    return PyUnstable_Long_CompactValue((PyLongObject *)integer);
#else
    /* A zero has no digit, but room for one. */
    return Py_SIZE(integer) * (Py_ssize_t)((PyLongObject *)integer)->ob_digit[0];
#endif
}

/* 0, or -1 with an exception. */
static inline int as_long(PyObject *object, long *value) {
    if (PyLong_CheckExact(object) && is_compact(object)) {
        *value = (long)compact_value(object);
        return 0;
    }
    *value = PyLong_AsLong(object);
    return *value == -1 && PyErr_Occurred() ? -1 : 0;
}

#endif
