/* hpy.c written for the C API. */
#include "../../longs.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DEEPEST 500

typedef struct {
    char *data;
    size_t length;
    size_t capacity;
} Buffer;

static int write_value(Buffer *buffer, PyObject *value, int depth);

// Room for that many bytes more; what is written there counts once the length is raised.
static char *reserve(Buffer *buffer, size_t more) {
    if (buffer->capacity - buffer->length < more) {
        size_t capacity = 2 * buffer->capacity + more;
        char *data = realloc(buffer->data, capacity);
        if (data == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->length;
}

static int write_bytes(Buffer *buffer, const char *bytes, size_t length) {
    char *out = reserve(buffer, length);
    if (out == NULL)
        return -1;
    memcpy(out, bytes, length);
    buffer->length += length;
    return 0;
}

static char *write_unit(char *out, uint32_t unit) {
    static const char digits[] = "0123456789abcdef";
    *out++ = '\\';
    *out++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *out++ = digits[unit >> shift & 0xF];
    return out;
}

static char *write_escape(char *out, uint32_t c) {
    static const char letters[][2] = {{'"', '"'},  {'\\', '\\'}, {'\n', 'n'}, {'\r', 'r'},
                                      {'\t', 't'}, {'\b', 'b'},  {'\f', 'f'}};
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        if ((unsigned char)letters[i][0] == c) {
            *out++ = '\\';
            *out++ = letters[i][1];
            return out;
        }
    }
    if (c < 0x10000)
        return write_unit(out, c);
    out = write_unit(out, 0xD800 + ((c - 0x10000) >> 10));
    return write_unit(out, 0xDC00 + (c & 0x3FF));
}

static char *write_code_point(char *out, uint32_t c) {
    if (c < 0x20 || c > 0x7E || c == '"' || c == '\\')
        return write_escape(out, c);
    *out = (char)c;
    return out + 1;
}

// What is no ASCII is read in place, whatever the width of its characters.
static int write_wide(Buffer *buffer, PyObject *text) {
    const Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    const int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    char *out = reserve(buffer, 12 * (size_t)length + 2);
    if (out == NULL)
        return -1;
    *out++ = '"';
    for (Py_ssize_t i = 0; i < length; i++)
        out = write_code_point(out, PyUnicode_READ(kind, data, i));
    *out++ = '"';
    buffer->length = (size_t)(out - buffer->data);
    return 0;
}

static int write_text(Buffer *buffer, PyObject *text) {
    if (!PyUnicode_IS_COMPACT_ASCII(text))
        return write_wide(buffer, text);
    const unsigned char *p = PyUnicode_DATA(text);
    const unsigned char *end = p + PyUnicode_GET_LENGTH(text);
    char *out = reserve(buffer, 6 * (size_t)(end - p) + 2);
    if (out == NULL)
        return -1;
    *out++ = '"';
    while (p < end)
        out = write_code_point(out, *p++);
    *out++ = '"';
    buffer->length = (size_t)(out - buffer->data);
    return 0;
}

static int write_small(Buffer *buffer, int64_t value) {
    char digits[20];
    char *p = digits + sizeof(digits);
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0)
        *--p = '-';
    return write_bytes(buffer, p, (size_t)(digits + sizeof(digits) - p));
}

static int write_int(Buffer *buffer, PyObject *o) {
    if (is_compact(o))
        return write_small(buffer, compact_value(o));
    int overflow;
    const long long value = PyLong_AsLongLongAndOverflow(o, &overflow);
    if (!overflow)
        return write_small(buffer, value);
    PyObject *text = PyLong_Type.tp_repr(o);
    if (text == NULL)
        return -1;
    const int failed =
        write_bytes(buffer, PyUnicode_DATA(text), (size_t)PyUnicode_GET_LENGTH(text));
    Py_DECREF(text);
    return failed;
}

static int write_float(Buffer *buffer, PyObject *o) {
    const double value = PyFloat_AS_DOUBLE(o);
    if (isnan(value))
        return write_bytes(buffer, "NaN", 3);
    if (isinf(value))
        return value < 0 ? write_bytes(buffer, "-Infinity", 9) : write_bytes(buffer, "Infinity", 8);
    char *digits = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (digits == NULL)
        return -1;
    const int failed = write_bytes(buffer, digits, strlen(digits));
    PyMem_Free(digits);
    return failed;
}

// 1 if it was a number or a constant, 0 if it is something else, -1 on error.
static int write_scalar(Buffer *buffer, PyObject *o) {
    int failed;
    if (o == Py_None)
        failed = write_bytes(buffer, "null", 4);
    else if (o == Py_True)
        failed = write_bytes(buffer, "true", 4);
    else if (o == Py_False)
        failed = write_bytes(buffer, "false", 5);
    else if (PyLong_Check(o))
        failed = write_int(buffer, o);
    else if (PyFloat_Check(o))
        failed = write_float(buffer, o);
    else
        return 0;
    return failed < 0 ? -1 : 1;
}

static int refuse(PyObject *o, const char *format) {
    PyErr_Format(PyExc_TypeError, format, Py_TYPE(o)->tp_name);
    return -1;
}

static int write_key(Buffer *buffer, PyObject *key) {
    if (PyUnicode_Check(key))
        return write_text(buffer, key);
    if (write_bytes(buffer, "\"", 1) < 0)
        return -1;
    int written = write_scalar(buffer, key);
    if (written == 0)
        return refuse(key, "keys must be str, int, float, bool or None, not %s");
    return written < 0 ? -1 : write_bytes(buffer, "\"", 1);
}

// Nothing here runs Python code, so that what the containers hold can be borrowed.

static int write_dict(Buffer *buffer, PyObject *dict, int depth) {
    if (write_bytes(buffer, "{", 1) < 0)
        return -1;
    PyObject *key, *value;
    Py_ssize_t position = 0;
    bool first = true;
    while (PyDict_Next(dict, &position, &key, &value)) {
        if (!first && write_bytes(buffer, ",", 1) < 0)
            return -1;
        first = false;
        if (write_key(buffer, key) < 0 || write_bytes(buffer, ":", 1) < 0 ||
            write_value(buffer, value, depth) < 0)
            return -1;
    }
    return write_bytes(buffer, "}", 1);
}

static int write_sequence(Buffer *buffer, PyObject *sequence, int depth) {
    const Py_ssize_t length = PySequence_Fast_GET_SIZE(sequence);
    PyObject **items = PySequence_Fast_ITEMS(sequence);
    if (write_bytes(buffer, "[", 1) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < length; i++) {
        if (i > 0 && write_bytes(buffer, ",", 1) < 0)
            return -1;
        if (write_value(buffer, items[i], depth) < 0)
            return -1;
    }
    return write_bytes(buffer, "]", 1);
}

static int write_value(Buffer *buffer, PyObject *value, int depth) {
    if (PyUnicode_Check(value))
        return write_text(buffer, value);
    int written = write_scalar(buffer, value);
    if (written != 0)
        return written < 0 ? -1 : 0;
    if (depth == DEEPEST) {
        PyErr_SetString(PyExc_RecursionError, "the value is nested too deeply");
        return -1;
    }
    if (PyList_Check(value) || PyTuple_Check(value))
        return write_sequence(buffer, value, depth + 1);
    if (PyDict_Check(value))
        return write_dict(buffer, value, depth + 1);
    return refuse(value, "Object of type %s is not JSON serializable");
}

static PyObject *encode(PyObject *Py_UNUSED(self), PyObject *value) {
    Buffer buffer = {0};
    PyObject *text = NULL;
    if (write_value(&buffer, value, 0) == 0) {
        text = PyUnicode_New((Py_ssize_t)buffer.length, 127);
        if (text != NULL)
            memcpy(PyUnicode_1BYTE_DATA(text), buffer.data, buffer.length);
    }
    free(buffer.data);
    return text;
}

static PyMethodDef methods[] = {
    {"encode", encode, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "jsonencode",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_jsonencode(void);
PyMODINIT_FUNC PyInit_jsonencode(void) {
    return PyModuleDef_Init(&module_def);
}
