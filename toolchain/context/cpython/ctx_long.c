/* int. An exact int of one digit is read in place; the rest goes through the C API. */
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
    *value = size == 0 ? 0 : size * (int64_t)((PyLongObject *)o)->ob_digit[0];
#endif
    return true;
}

static COLD int64_t raise_range(const char *message) {
    PyErr_SetString(PyExc_OverflowError, message);
    return -1;
}

HPy HPyLong_FromInt32_t(CTX, int32_t value) {
    return as_h(PyLong_FromLong(value));
}

HPy HPyLong_FromUInt32_t(CTX, uint32_t value) {
    return as_h(PyLong_FromUnsignedLong(value));
}

HPy HPyLong_FromInt64_t(CTX, int64_t v) {
    return as_h(PyLong_FromLongLong(v));
}

HPy HPyLong_FromUInt64_t(CTX, uint64_t v) {
    return as_h(PyLong_FromUnsignedLongLong(v));
}

HPy HPyLong_FromSize_t(CTX, size_t value) {
    return as_h(PyLong_FromSize_t(value));
}

HPy HPyLong_FromSsize_t(CTX, HPy_ssize_t value) {
    return as_h(PyLong_FromSsize_t(value));
}

/* PyLong_AsLong is the one conversion CPython words with «C long», whatever the width of a long
 * long; int64_t is a long wherever a long has 64 bits. */
static COLD int64_t slow_int64(PyObject *o) {
    return sizeof(long) == sizeof(int64_t) ? PyLong_AsLong(o) : PyLong_AsLongLong(o);
}

int64_t HPyLong_AsInt64_t(CTX, HPy h) {
    int64_t value;
    return small_value(as_py(h), &value) ? value : slow_int64(as_py(h));
}

int32_t HPyLong_AsInt32_t(CTX, HPy h) {
    const int64_t value = HPyLong_AsInt64_t(ctx, h);
    if (UNLIKELY(value != (int32_t)value))
        return (int32_t)raise_range("Python int too large to convert to C int32_t");
    return (int32_t)value;
}

/* CPython's conversions to unsigned types take ints alone; HPy's take __index__ as well. */
static COLD uint64_t slow_uint64(PyObject *o, bool mask) {
    PyObject *index = PyNumber_Index(o);
    if (index == NULL)
        return (uint64_t)-1;
    const uint64_t value =
        mask ? PyLong_AsUnsignedLongLongMask(index) : PyLong_AsUnsignedLongLong(index);
    Py_DECREF(index);
    return value;
}

uint64_t HPyLong_AsUInt64_t(CTX, HPy h) {
    int64_t value;
    if (LIKELY(small_value(as_py(h), &value) && value >= 0))
        return (uint64_t)value;
    return slow_uint64(as_py(h), false);
}

uint32_t HPyLong_AsUInt32_t(CTX, HPy h) {
    const uint64_t value = HPyLong_AsUInt64_t(ctx, h);
    if (UNLIKELY(value != (uint32_t)value)) {
        if (value != (uint64_t)-1 || !PyErr_Occurred())
            raise_range("Python int too large to convert to C uint32_t");
        return (uint32_t)-1;
    }
    return (uint32_t)value;
}

uint64_t HPyLong_AsUInt64_tMask(CTX, HPy h) {
    int64_t value;
    return LIKELY(small_value(as_py(h), &value)) ? (uint64_t)value : slow_uint64(as_py(h), true);
}

uint32_t HPyLong_AsUInt32_tMask(CTX, HPy h) {
    return (uint32_t)HPyLong_AsUInt64_tMask(ctx, h);
}

size_t HPyLong_AsSize_t(CTX, HPy h) {
    int64_t value;
    if (LIKELY(small_value(as_py(h), &value) && value >= 0))
        return (size_t)value;
    return PyLong_AsSize_t(as_py(h));
}

HPy_ssize_t HPyLong_AsSsize_t(CTX, HPy h) {
    int64_t value;
    if (LIKELY(small_value(as_py(h), &value)))
        return (HPy_ssize_t)value;
    return PyLong_AsSsize_t(as_py(h));
}

void *HPyLong_AsVoidPtr(CTX, HPy h) {
    return PyLong_AsVoidPtr(as_py(h));
}

double HPyLong_AsDouble(CTX, HPy h) {
    int64_t value;
    return LIKELY(small_value(as_py(h), &value)) ? (double)value : PyLong_AsDouble(as_py(h));
}
