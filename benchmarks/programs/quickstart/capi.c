/* examples/quickstart.c written for the C API. */
#include "../../longs.h"
#include "../keywords.h"

static Parameters greet_parameters = {"greet", 1, 1, {NULL, NULL}};
static PyObject *hello, *comma, *mark;

static PyObject *add(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs) {
    if (nargs != 2) {
        PyErr_Format(PyExc_TypeError, "add() takes exactly 2 arguments (%zd given)", nargs);
        return NULL;
    }
    long a, b, sum;
    if (as_long(args[0], &a) < 0 || as_long(args[1], &b) < 0)
        return NULL;
    if (__builtin_add_overflow(a, b, &sum)) {
        PyErr_SetString(PyExc_OverflowError, "the sum does not fit into a C long");
        return NULL;
    }
    return PyLong_FromLong(sum);
}

static PyObject *empty(PyObject *Py_UNUSED(self), PyObject *const *Py_UNUSED(args),
                       Py_ssize_t Py_UNUSED(nargs)) {
    Py_RETURN_NONE;
}

static PyObject *noargs(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored)) {
    Py_RETURN_NONE;
}

static PyObject *greet(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs,
                       PyObject *kwnames) {
    PyObject *values[2];
    if (read_parameters(&greet_parameters, args, nargs, kwnames, values) < 0)
        return NULL;
    PyObject *name = values[0];
    PyObject *greeting = values[1] == NULL ? hello : values[1];
    if (!PyUnicode_Check(name) || !PyUnicode_Check(greeting)) {
        PyErr_SetString(PyExc_TypeError, "name and greeting must be str");
        return NULL;
    }
    // PyUnicode_Append makes room in a str that nobody else has seen; it leaves NULL on error.
    PyObject *text = PyUnicode_Concat(greeting, comma);
    PyUnicode_Append(&text, name);
    PyUnicode_Append(&text, mark);
    return text;
}

static int add_number(PyObject *item, double *sum) {
    const double value =
        PyFloat_CheckExact(item) ? PyFloat_AS_DOUBLE(item) : PyFloat_AsDouble(item);
    if (value == -1.0 && PyErr_Occurred())
        return -1;
    *sum += value;
    return 0;
}

static int add_item(PyObject *numbers, Py_ssize_t i, double *sum) {
    PyObject *item;
    if (PyList_CheckExact(numbers) && i < PyList_GET_SIZE(numbers)) {
        item = PyList_GET_ITEM(numbers, i);
        // It may run Python code, and that may take the item out of the list.
        Py_INCREF(item);
    } else {
        PyObject *index = PyLong_FromSsize_t(i);
        item = index == NULL ? NULL : PyObject_GetItem(numbers, index);
        Py_XDECREF(index);
        if (item == NULL)
            return -1;
    }
    const int failed = add_number(item, sum);
    Py_DECREF(item);
    return failed;
}

// Adds the floats of a list from `i` on; returns where they end. With a call in the loop, as there
// is for what is no float, gcc would keep the sum in memory.
__attribute__((noinline)) static Py_ssize_t add_floats(PyObject *numbers, Py_ssize_t i,
                                                       Py_ssize_t length, double *sum) {
    double result = *sum;
    if (PyList_CheckExact(numbers))
        for (; i < length && i < PyList_GET_SIZE(numbers); i++) {
            PyObject *item = PyList_GET_ITEM(numbers, i);
            if (!PyFloat_CheckExact(item))
                break;
            result += PyFloat_AS_DOUBLE(item);
        }
    *sum = result;
    return i;
}

static PyObject *total(PyObject *Py_UNUSED(self), PyObject *numbers) {
    const Py_ssize_t length = PyObject_Size(numbers);
    if (length < 0)
        return NULL;
    double sum = 0.0;
    for (Py_ssize_t i = 0; (i = add_floats(numbers, i, length, &sum)) < length; i++)
        if (add_item(numbers, i, &sum) < 0)
            return NULL;
    return PyFloat_FromDouble(sum);
}

static PyMethodDef methods[] = {
    {"add", (PyCFunction)(void (*)(void))add, METH_FASTCALL, NULL},
    {"empty", (PyCFunction)(void (*)(void))empty, METH_FASTCALL, NULL},
    {"noargs", noargs, METH_NOARGS, NULL},
    {"greet", (PyCFunction)(void (*)(void))greet, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"total", total, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static int module_exec(PyObject *Py_UNUSED(module)) {
    hello = PyUnicode_InternFromString("Hello");
    comma = PyUnicode_InternFromString(", ");
    mark = PyUnicode_InternFromString("!");
    return hello == NULL || comma == NULL || mark == NULL
               ? -1
               : intern_parameters(&greet_parameters, "name", "greeting");
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)module_exec}, {0, NULL}};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "quickstart",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_quickstart(void);
PyMODINIT_FUNC PyInit_quickstart(void) {
    return PyModuleDef_Init(&module_def);
}
