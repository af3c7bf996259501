/* examples/levenshtein.c written for the C API. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <stdlib.h>

typedef struct {
    const unsigned char *bytes; // valid as long as the str is
    const unsigned char *end;
    size_t length; // in code points
} Text;

static uint32_t next_code_point(const unsigned char **cursor) {
    const unsigned char *p = *cursor;
    int more = p[0] < 0x80 ? 0 : p[0] < 0xE0 ? 1 : p[0] < 0xF0 ? 2 : 3;
    uint32_t value = more == 0 ? p[0] : p[0] & (0x3Fu >> more);
    for (int i = 1; i <= more; i++)
        value = value << 6 | (p[i] & 0x3Fu);
    *cursor = p + more + 1;
    return value;
}

static int read_text(PyObject *o, Text *text) {
    Py_ssize_t size;
    text->length = (size_t)PyUnicode_GET_LENGTH(o);
    if (PyUnicode_IS_COMPACT_ASCII(o)) {
        size = PyUnicode_GET_LENGTH(o);
        text->bytes = PyUnicode_DATA(o);
    } else {
        text->bytes = (const unsigned char *)PyUnicode_AsUTF8AndSize(o, &size);
        if (text->bytes == NULL)
            return -1;
    }
    text->end = text->bytes + size;
    return 0;
}

static size_t minimum(size_t a, size_t b) {
    return a < b ? a : b;
}

static void extend_row(size_t *row, const uint32_t *points, size_t length, uint32_t added) {
    size_t diagonal = row[0];
    row[0]++;
    for (size_t j = 0; j < length; j++) {
        size_t replaced = diagonal + (points[j] != added);
        diagonal = row[j + 1];
        row[j + 1] = minimum(replaced, minimum(row[j], row[j + 1]) + 1);
    }
}

static size_t text_distance(const Text *a, const Text *b) {
    const Text *shorter = a->length < b->length ? a : b;
    const Text *longer = shorter == a ? b : a;
    size_t length = shorter->length;
    size_t *row = calloc(length + 1, sizeof(*row));
    uint32_t *points = calloc(length + 1, sizeof(*points));
    size_t result = SIZE_MAX;
    if (row != NULL && points != NULL) {
        const unsigned char *cursor = shorter->bytes;
        for (size_t j = 0; j < length; j++) {
            points[j] = next_code_point(&cursor);
            row[j + 1] = j + 1;
        }
        for (cursor = longer->bytes; cursor < longer->end;)
            extend_row(row, points, length, next_code_point(&cursor));
        result = row[length];
    }
    free(points);
    free(row);
    return result;
}

static int checked_distance(const Text *a, const Text *b, size_t *result) {
    *result = text_distance(a, b);
    if (*result != SIZE_MAX)
        return 0;
    PyErr_NoMemory();
    return -1;
}

static int check_count(const char *function, Py_ssize_t nargs) {
    if (nargs == 2)
        return 0;
    PyErr_Format(PyExc_TypeError, "%s() takes exactly 2 arguments (%zd given)", function, nargs);
    return -1;
}

static int read_pair(PyObject *a, PyObject *b, Text *text_a, Text *text_b) {
    if (!PyUnicode_Check(a) || !PyUnicode_Check(b)) {
        PyErr_SetString(PyExc_TypeError, "both arguments must be str");
        return -1;
    }
    return read_text(a, text_a) < 0 || read_text(b, text_b) < 0 ? -1 : 0;
}

static PyObject *distance(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs) {
    Text text_a, text_b;
    size_t edits;
    if (check_count("distance", nargs) < 0 || read_pair(args[0], args[1], &text_a, &text_b) < 0 ||
        checked_distance(&text_a, &text_b, &edits) < 0)
        return NULL;
    return PyLong_FromSize_t(edits);
}

static PyObject *ratio(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs) {
    Text text_a, text_b;
    size_t edits;
    if (check_count("ratio", nargs) < 0 || read_pair(args[0], args[1], &text_a, &text_b) < 0 ||
        checked_distance(&text_a, &text_b, &edits) < 0)
        return NULL;
    size_t longest = text_a.length > text_b.length ? text_a.length : text_b.length;
    return PyFloat_FromDouble(longest == 0 ? 1.0 : 1.0 - (double)edits / (double)longest);
}

static int candidate_distance(const Text *word, PyObject *candidate, Py_ssize_t index,
                              size_t *edits) {
    if (!PyUnicode_Check(candidate)) {
        PyErr_Format(PyExc_TypeError, "candidate %zd is not a str", index);
        return -1;
    }
    Text text;
    return read_text(candidate, &text) < 0 ? -1 : checked_distance(word, &text, edits);
}

static PyObject *item_at(PyObject *sequence, Py_ssize_t i) {
    if (PyList_CheckExact(sequence) && i < PyList_GET_SIZE(sequence)) {
        PyObject *item = PyList_GET_ITEM(sequence, i);
        Py_INCREF(item);
        return item;
    }
    PyObject *index = PyLong_FromSsize_t(i);
    PyObject *item = index == NULL ? NULL : PyObject_GetItem(sequence, index);
    Py_XDECREF(index);
    return item;
}

static PyObject *find_nearest(const Text *word, PyObject *candidates, size_t *least) {
    Py_ssize_t length = PyObject_Size(candidates);
    if (length < 0)
        return NULL;
    PyObject *best = NULL;
    for (Py_ssize_t i = 0; i < length; i++) {
        size_t edits = 0;
        PyObject *candidate = item_at(candidates, i);
        if (candidate == NULL || candidate_distance(word, candidate, i, &edits) < 0) {
            Py_XDECREF(candidate);
            Py_XDECREF(best);
            return NULL;
        }
        if (best == NULL || edits < *least) {
            Py_XDECREF(best);
            best = candidate;
            *least = edits;
        } else {
            Py_DECREF(candidate);
        }
    }
    if (best == NULL)
        PyErr_SetString(PyExc_ValueError, "nearest() needs at least one candidate");
    return best;
}

static PyObject *nearest(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs) {
    Text text;
    size_t least = 0;
    if (check_count("nearest", nargs) < 0)
        return NULL;
    if (!PyUnicode_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "word must be a str");
        return NULL;
    }
    if (read_text(args[0], &text) < 0)
        return NULL;
    PyObject *best = find_nearest(&text, args[1], &least);
    if (best == NULL)
        return NULL;
    PyObject *edits = PyLong_FromSize_t(least);
    PyObject *result = edits == NULL ? NULL : PyTuple_New(2);
    if (result == NULL) {
        Py_XDECREF(edits);
        Py_DECREF(best);
        return NULL;
    }
    PyTuple_SET_ITEM(result, 0, best);
    PyTuple_SET_ITEM(result, 1, edits);
    return result;
}

static PyMethodDef methods[] = {
    {"distance", (PyCFunction)(void (*)(void))distance, METH_FASTCALL, NULL},
    {"ratio", (PyCFunction)(void (*)(void))ratio, METH_FASTCALL, NULL},
    {"nearest", (PyCFunction)(void (*)(void))nearest, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "levenshtein",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_levenshtein(void);
PyMODINIT_FUNC PyInit_levenshtein(void) {
    return PyModuleDef_Init(&module_def);
}
