/* Ints of one digit, which the files about numbers, comparison and items read in place. */
#ifndef HPYBC_CONTEXT_SMALL_INT_H
#define HPYBC_CONTEXT_SMALL_INT_H

#include "cpython.h"

/* The value of o if it is an int that CPython stores in one machine word. */
static inline bool small_value(PyObject *o, int64_t *value) {
    if (!LIKELY(PyLong_CheckExact(o)))
        return false;
#if PY_VERSION_HEX >= 0x030C0000
    if (!LIKELY(PyUnstable_Long_IsCompact((PyLongObject *)o)))
        return false;
    *value = PyUnstable_Long_CompactValue((PyLongObject *)o);
#else
    const Py_ssize_t size = Py_SIZE(o);
    if (!LIKELY(size >= -1 && size <= 1))
        return false;
#if PY_VERSION_HEX >= 0x030B0000
    /* Even 0 has a digit, and CPython multiplies the same way. */
    *value = size * (int64_t)((PyLongObject *)o)->ob_digit[0];
#else
    *value = size == 0 ? 0 : size * (int64_t)((PyLongObject *)o)->ob_digit[0];
#endif
#endif
    return true;
}

#endif
