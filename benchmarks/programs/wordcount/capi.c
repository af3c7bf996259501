/* examples/wordcount.c written for the C API. */
#include "../../longs.h"
#include "../keywords.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static Parameters top_parameters = {"top", 1, 2, {NULL, NULL}};

static bool is_word_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static const char *word_end(const char *start, const char *end) {
    const char *p = start;
    while (p < end) {
        if (is_word_char(*p))
            p++;
        else if (*p == '\'' && p + 1 < end && is_word_char(p[1]))
            p += 2;
        else
            break;
    }
    return p;
}

static int count_one(PyObject *counts, PyObject *word) {
    long count = 0;
    PyObject *old = PyDict_GetItemWithError(counts, word);
    if (old != NULL) {
        if (as_long(old, &count) < 0)
            return -1;
    } else if (PyErr_Occurred()) {
        return -1;
    }
    PyObject *increased = PyLong_FromLong(count + 1);
    if (increased == NULL)
        return -1;
    int failed = PyDict_SetItem(counts, word, increased);
    Py_DECREF(increased);
    return failed;
}

// One character is one of the str that CPython keeps; the rest is made and filled in place.
static PyObject *make_word(const char *start, Py_ssize_t length) {
    char first = lower(*start);
    if (length == 1)
        return PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, &first, 1);
    PyObject *word = PyUnicode_New(length, 127);
    if (word == NULL)
        return NULL;
    char *characters = (char *)PyUnicode_1BYTE_DATA(word);
    for (Py_ssize_t i = 0; i < length; i++)
        characters[i] = lower(start[i]);
    return word;
}

static int count_words(PyObject *counts, const char *text, size_t size) {
    const char *end = text + size;
    for (const char *p = text; p < end; p++) {
        if (!is_word_char(*p))
            continue;
        const char *stop = word_end(p, end);
        PyObject *word = make_word(p, stop - p);
        if (word == NULL)
            return -1;
        int failed = count_one(counts, word);
        Py_DECREF(word);
        if (failed)
            return -1;
        p = stop;
    }
    return 0;
}

static PyObject *count_text(PyObject *text) {
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "text must be a str");
        return NULL;
    }
    Py_ssize_t size;
    const char *utf8 = PyUnicode_AsUTF8AndSize(text, &size);
    if (utf8 == NULL)
        return NULL;
    PyObject *counts = PyDict_New();
    if (counts != NULL && count_words(counts, utf8, (size_t)size) < 0)
        Py_CLEAR(counts);
    return counts;
}

static PyObject *count(PyObject *Py_UNUSED(self), PyObject *text) {
    return count_text(text);
}

typedef struct {
    PyObject *word; // borrowed from the dict
    const char *utf8;
    long count;
} Entry;

static int compare_entries(const void *left, const void *right) {
    const Entry *a = left;
    const Entry *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->utf8, b->utf8);
}

static Entry *read_entries(PyObject *counts) {
    Entry *entries = calloc((size_t)PyDict_GET_SIZE(counts) + 1, sizeof(*entries));
    if (entries == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    PyObject *word, *value;
    Py_ssize_t position = 0;
    for (Entry *entry = entries; PyDict_Next(counts, &position, &word, &value); entry++) {
        entry->word = word;
        entry->utf8 = PyUnicode_DATA(word); // ASCII
        if (as_long(value, &entry->count) < 0) {
            free(entries);
            return NULL;
        }
    }
    return entries;
}

static PyObject *build_list(const Entry *entries, Py_ssize_t length) {
    PyObject *list = PyList_New(length);
    for (Py_ssize_t i = 0; list != NULL && i < length; i++) {
        PyObject *number = PyLong_FromLong(entries[i].count);
        PyObject *pair = number == NULL ? NULL : PyTuple_New(2);
        if (pair == NULL) {
            Py_XDECREF(number);
            Py_CLEAR(list);
            break;
        }
        Py_INCREF(entries[i].word);
        PyTuple_SET_ITEM(pair, 0, entries[i].word);
        PyTuple_SET_ITEM(pair, 1, number);
        PyList_SET_ITEM(list, i, pair);
    }
    return list;
}

static PyObject *top_of_counts(PyObject *counts, Py_ssize_t limit) {
    Entry *entries = read_entries(counts);
    if (entries == NULL)
        return NULL;
    Py_ssize_t length = PyDict_GET_SIZE(counts);
    qsort(entries, (size_t)length, sizeof(*entries), compare_entries);
    PyObject *result = build_list(entries, length < limit ? length : limit);
    free(entries);
    return result;
}

static PyObject *top(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs,
                     PyObject *kwnames) {
    PyObject *values[2];
    Py_ssize_t n = 10;
    if (read_parameters(&top_parameters, args, nargs, kwnames, values) < 0)
        return NULL;
    if (values[1] != NULL) {
        n = PyNumber_AsSsize_t(values[1], PyExc_OverflowError);
        if (n == -1 && PyErr_Occurred())
            return NULL;
    }
    if (n < 0) {
        PyErr_SetString(PyExc_ValueError, "n must not be negative");
        return NULL;
    }
    PyObject *counts = count_text(values[0]);
    if (counts == NULL)
        return NULL;
    PyObject *result = top_of_counts(counts, n);
    Py_DECREF(counts);
    return result;
}

static PyMethodDef methods[] = {
    {"count", count, METH_O, NULL},
    {"top", (PyCFunction)(void (*)(void))top, METH_FASTCALL | METH_KEYWORDS, NULL},
    {NULL, NULL, 0, NULL},
};

static int module_exec(PyObject *Py_UNUSED(module)) {
    return intern_parameters(&top_parameters, "text", "n");
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)module_exec}, {0, NULL}};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "wordcount",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_wordcount(void);
PyMODINIT_FUNC PyInit_wordcount(void) {
    return PyModuleDef_Init(&module_def);
}
