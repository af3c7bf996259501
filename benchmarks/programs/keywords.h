/* For the twins in the C API: parameters of METH_FASTCALL | METH_KEYWORDS read by hand. */
#ifndef KEYWORDS_H
#define KEYWORDS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

typedef struct {
    const char *function;
    Py_ssize_t required;
    Py_ssize_t positional;
    PyObject *names[2]; // interned
} Parameters;

// Names from a call site are interned, so that one comparison of addresses nearly always does.
static inline Py_ssize_t find_parameter(const Parameters *parameters, PyObject *name) {
    for (Py_ssize_t i = 0; i < 2; i++)
        if (name == parameters->names[i])
            return i;
    for (Py_ssize_t i = 0; i < 2; i++)
        if (PyUnicode_Compare(name, parameters->names[i]) == 0)
            return i;
    return -1;
}

// Borrowed references; a parameter that was not passed stays NULL.
static inline int read_parameters(const Parameters *parameters, PyObject *const *args,
                                  Py_ssize_t nargs, PyObject *kwnames, PyObject *values[2]) {
    values[0] = values[1] = NULL;
    if (nargs > parameters->positional) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %zd positional arguments (%zd given)",
                     parameters->function, parameters->positional, nargs);
        return -1;
    }
    for (Py_ssize_t i = 0; i < nargs; i++)
        values[i] = args[i];
    const Py_ssize_t n_keywords = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    for (Py_ssize_t i = 0; i < n_keywords; i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        const Py_ssize_t at = find_parameter(parameters, name);
        if (at < 0 || values[at] != NULL) {
            PyErr_Format(PyExc_TypeError, "%s() got an unexpected or repeated argument '%U'",
                         parameters->function, name);
            return -1;
        }
        values[at] = args[nargs + i];
    }
    for (Py_ssize_t i = 0; i < parameters->required; i++) {
        if (values[i] == NULL) {
            PyErr_Format(PyExc_TypeError, "%s() is missing its argument '%U'", parameters->function,
                         parameters->names[i]);
            return -1;
        }
    }
    return 0;
}

static inline int intern_parameters(Parameters *parameters, const char *first, const char *second) {
    parameters->names[0] = PyUnicode_InternFromString(first);
    parameters->names[1] = PyUnicode_InternFromString(second);
    return parameters->names[0] == NULL || parameters->names[1] == NULL ? -1 : 0;
}

#endif
