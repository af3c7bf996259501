/* int. An exact int of one digit is read in place; the rest goes through the C API. */
#include "deferred.h"
#include "modules.h"

static COLD int64_t raise_range(const char *message) {
    PyErr_SetString(PyExc_OverflowError, message);
    return -1;
}

/* The ints that CPython keeps one object of each of, looked up once. */
#define SMALL_MIN (-5)
#define SMALL_MAX 256
static PyObject *small_ints[SMALL_MAX - SMALL_MIN + 1];

int context_fill_small_ints(void) {
    for (int value = SMALL_MIN; value <= SMALL_MAX; value++) {
        PyObject **place = &small_ints[value - SMALL_MIN];
        if (*place == NULL && (*place = PyLong_FromLong(value)) == NULL)
            return -1;
    }
    return 0;
}

/* An int that is not small, hence not 0. */
static PyObject *new_digit(int64_t v) {
#if INTS_ARE_MADE
    if (LIKELY(v >= -(int64_t)PyLong_MASK && v <= (int64_t)PyLong_MASK))
        return make_int(v);
#endif
    return PyLong_FromLongLong(v);
}

HPy HPyLong_FromInt64_t(CTX, int64_t v) {
    RUNS_NO_CODE;
    const uint64_t index = (uint64_t)v - (uint64_t)SMALL_MIN;
    /* Beside the making of an object the jump to it costs nothing. */
    if (UNLIKELY(index >= sizeof(small_ints) / sizeof(small_ints[0])))
        return as_h(WITHOUT_SETTLING(new_digit(v)));
    PyObject *small = small_ints[index];
    Py_INCREF(small);
    return as_h(small);
}

HPy HPyLong_FromUInt64_t(CTX, uint64_t v) {
    RUNS_NO_CODE;
    return v <= INT64_MAX ? HPyLong_FromInt64_t(ctx, (int64_t)v)
                          : as_h(PyLong_FromUnsignedLongLong(v));
}

HPy HPyLong_FromInt32_t(CTX, int32_t value) {
    RUNS_NO_CODE;
    return HPyLong_FromInt64_t(ctx, value);
}

HPy HPyLong_FromUInt32_t(CTX, uint32_t value) {
    RUNS_NO_CODE;
    return HPyLong_FromInt64_t(ctx, value);
}

HPy HPyLong_FromSize_t(CTX, size_t value) {
    RUNS_NO_CODE;
    return HPyLong_FromUInt64_t(ctx, value);
}

HPy HPyLong_FromSsize_t(CTX, HPy_ssize_t value) {
    RUNS_NO_CODE;
    return HPyLong_FromInt64_t(ctx, value);
}

/* PyLong_AsLong is the one conversion CPython words with «C long», whatever the width of a long
 * long; int64_t is a long wherever a long has 64 bits. */
static COLD int64_t slow_int64(PyObject *o) {
    return sizeof(long) == sizeof(int64_t) ? PyLong_AsLong(o) : PyLong_AsLongLong(o);
}

int64_t HPyLong_AsInt64_t(CTX, HPy h) {
    SETTLES_ITSELF;
    int64_t value;
    if (small_value(as_py(h), &value))
        return value;
    return AFTER_SETTLING(slow_int64(as_py(h)));
}

static COLD bool slow_to_int64(PyObject *o, int64_t *value) {
    *value = slow_int64(o);
    return *value != -1 || !PyErr_Occurred();
}

/* The slow path has a variable of its own: the address of value must not escape to it. */
bool _HPyLong_ToInt64(CTX, HPy h, int64_t *value) {
    SETTLES_ITSELF;
    if (LIKELY(small_value(as_py(h), value)))
        return true;
    int64_t slow;
    const bool converted = AFTER_SETTLING(slow_to_int64(as_py(h), &slow));
    *value = slow;
    return converted;
}

int32_t HPyLong_AsInt32_t(CTX, HPy h) {
    SETTLES_ITSELF;
    const int64_t value = HPyLong_AsInt64_t(ctx, h);
    if (UNLIKELY(value != (int32_t)value)) {
        return AFTER_SETTLING((int32_t)raise_range("Python int too large to convert to C int32_t"));
    }
    return (int32_t)value;
}

/* Takes ints alone, as CPython's conversions to unsigned types do unless they mask. */
static COLD uint64_t slow_uint64(PyObject *o) {
    return sizeof(long) == sizeof(int64_t) ? PyLong_AsUnsignedLong(o)
                                           : PyLong_AsUnsignedLongLong(o);
}

uint64_t HPyLong_AsUInt64_t(CTX, HPy h) {
    SETTLES_ITSELF;
    int64_t value;
    if (LIKELY(small_value(as_py(h), &value) && value >= 0))
        return (uint64_t)value;
    return AFTER_SETTLING(slow_uint64(as_py(h)));
}

uint32_t HPyLong_AsUInt32_t(CTX, HPy h) {
    SETTLES_ITSELF;
    const uint64_t value = HPyLong_AsUInt64_t(ctx, h);
    if (UNLIKELY(value != (uint32_t)value)) {
        settle();
        if (value != (uint64_t)-1 || !PyErr_Occurred())
            raise_range("Python int too large to convert to C uint32_t");
        return (uint32_t)-1;
    }
    return (uint32_t)value;
}

uint64_t HPyLong_AsUInt64_tMask(CTX, HPy h) {
    SETTLES_ITSELF;
    int64_t value;
    if (LIKELY(small_value(as_py(h), &value)))
        return (uint64_t)value;
    return AFTER_SETTLING(PyLong_AsUnsignedLongLongMask(as_py(h)));
}

uint32_t HPyLong_AsUInt32_tMask(CTX, HPy h) {
    SETTLES_ITSELF;
    return (uint32_t)HPyLong_AsUInt64_tMask(ctx, h);
}

size_t HPyLong_AsSize_t(CTX, HPy h) {
    SETTLES_ITSELF;
    int64_t value;
    if (LIKELY(small_value(as_py(h), &value) && value >= 0))
        return (size_t)value;
    return AFTER_SETTLING(PyLong_AsSize_t(as_py(h)));
}

HPy_ssize_t HPyLong_AsSsize_t(CTX, HPy h) {
    SETTLES_ITSELF;
    int64_t value;
    if (LIKELY(small_value(as_py(h), &value)))
        return (HPy_ssize_t)value;
    return AFTER_SETTLING(PyLong_AsSsize_t(as_py(h)));
}

void *HPyLong_AsVoidPtr(CTX, HPy h) {
    MAY_RUN_CODE;
    return PyLong_AsVoidPtr(as_py(h));
}

double HPyLong_AsDouble(CTX, HPy h) {
    SETTLES_ITSELF;
    int64_t value;
    if (LIKELY(small_value(as_py(h), &value)))
        return (double)value;
    return AFTER_SETTLING(PyLong_AsDouble(as_py(h)));
}
