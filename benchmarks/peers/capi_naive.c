/* The C API as its tutorial writes it: METH_VARARGS, PyArg_ParseTuple, Py_BuildValue.
 *
 * With Py_LIMITED_API defined, the same for the stable ABI, whose functions it keeps to. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static PyObject *noargs(PyObject *self, PyObject *args) {
    (void)self;
    if (!PyArg_ParseTuple(args, ":noargs"))
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *onearg(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *object;
    if (!PyArg_ParseTuple(args, "O:onearg", &object))
        return NULL;
    Py_INCREF(object);
    return object;
}

static PyObject *add_ints(PyObject *self, PyObject *args) {
    (void)self;
    long a, b;
    if (!PyArg_ParseTuple(args, "ll:add_ints", &a, &b))
        return NULL;
    return PyLong_FromLong(a + b);
}

static PyObject *add_doubles(PyObject *self, PyObject *args) {
    (void)self;
    double a, b;
    if (!PyArg_ParseTuple(args, "dd:add_doubles", &a, &b))
        return NULL;
    return PyFloat_FromDouble(a + b);
}

static PyObject *weigh(PyObject *self, PyObject *args, PyObject *kwargs) {
    (void)self;
    static char *keywords[] = {"a", "b", "c", NULL};
    long a, b = 10, c = 100;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "l|ll:weigh", keywords, &a, &b, &c))
        return NULL;
    return PyLong_FromLong(a + b + c);
}

static PyObject *greet(PyObject *self, PyObject *args) {
    (void)self;
    const char *name;
    if (!PyArg_ParseTuple(args, "s:greet", &name))
        return NULL;
    return PyUnicode_FromFormat("Hello, %s", name);
}

static PyObject *ordered(PyObject *self, PyObject *args) {
    (void)self;
    long a, b;
    if (!PyArg_ParseTuple(args, "ll:ordered", &a, &b))
        return NULL;
    return Py_BuildValue("(ll)", a < b ? a : b, a < b ? b : a);
}

static PyObject *build_list(PyObject *self, PyObject *args) {
    (void)self;
    long n;
    if (!PyArg_ParseTuple(args, "l:build_list", &n))
        return NULL;
    PyObject *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    for (long i = 0; i < n; i++) {
        PyObject *item = PyLong_FromLong(i);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_XDECREF(item);
            Py_DECREF(list);
            return NULL;
        }
        Py_DECREF(item);
    }
    return list;
}

static PyObject *sum_list(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *floats;
    if (!PyArg_ParseTuple(args, "O!:sum_list", &PyList_Type, &floats))
        return NULL;
    double sum = 0.0;
    for (Py_ssize_t i = 0; i < PyList_Size(floats); i++) {
        double value = PyFloat_AsDouble(PyList_GetItem(floats, i));
        if (value == -1.0 && PyErr_Occurred())
            return NULL;
        sum += value;
    }
    return PyFloat_FromDouble(sum);
}

static PyObject *count(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *items;
    if (!PyArg_ParseTuple(args, "O!:count", &PyList_Type, &items))
        return NULL;
    PyObject *counts = PyDict_New();
    if (counts == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_Size(items); i++) {
        PyObject *item = PyList_GetItem(items, i);
        PyObject *before = PyDict_GetItemWithError(counts, item);
        PyObject *after = NULL;
        if (before != NULL || !PyErr_Occurred())
            after = PyLong_FromLong(before == NULL ? 1 : PyLong_AsLong(before) + 1);
        if (after == NULL || PyDict_SetItem(counts, item, after) < 0) {
            Py_XDECREF(after);
            Py_DECREF(counts);
            return NULL;
        }
        Py_DECREF(after);
    }
    return counts;
}

static PyObject *get_name(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *object;
    if (!PyArg_ParseTuple(args, "O:get_name", &object))
        return NULL;
    return PyObject_GetAttrString(object, "name");
}

static PyObject *set_name(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *object, *value;
    if (!PyArg_ParseTuple(args, "OO:set_name", &object, &value) ||
        PyObject_SetAttrString(object, "name", value) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *length(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *iterable, *item;
    if (!PyArg_ParseTuple(args, "O:length", &iterable))
        return NULL;
    PyObject *iterator = PyObject_GetIter(iterable);
    if (iterator == NULL)
        return NULL;
    long number = 0;
    while ((item = PyIter_Next(iterator)) != NULL) {
        Py_DECREF(item);
        number++;
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() ? NULL : PyLong_FromLong(number);
}

static PyObject *call(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *function, *object;
    if (!PyArg_ParseTuple(args, "OO:call", &function, &object))
        return NULL;
    return PyObject_CallFunction(function, "(O)", object);
}

static PyObject *fail(PyObject *self, PyObject *args) {
    (void)self;
    if (PyArg_ParseTuple(args, ":fail"))
        PyErr_SetString(PyExc_ValueError, "no");
    return NULL;
}

static PyMethodDef functions[] = {
    {"noargs", noargs, METH_VARARGS, NULL},
    {"onearg", onearg, METH_VARARGS, NULL},
    {"add_ints", add_ints, METH_VARARGS, NULL},
    {"add_doubles", add_doubles, METH_VARARGS, NULL},
    {"weigh", (PyCFunction)(void (*)(void))weigh, METH_VARARGS | METH_KEYWORDS, NULL},
    {"greet", greet, METH_VARARGS, NULL},
    {"ordered", ordered, METH_VARARGS, NULL},
    {"build_list", build_list, METH_VARARGS, NULL},
    {"sum_list", sum_list, METH_VARARGS, NULL},
    {"count", count, METH_VARARGS, NULL},
    {"get_name", get_name, METH_VARARGS, NULL},
    {"set_name", set_name, METH_VARARGS, NULL},
    {"length", length, METH_VARARGS, NULL},
    {"call", call, METH_VARARGS, NULL},
    {"fail", fail, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

/* A type around two doubles */

typedef struct {
    PyObject_HEAD double x;
    double y;
} Point;

static PyObject *point_type;

static int Point_init(PyObject *self, PyObject *args, PyObject *kwargs) {
    (void)kwargs;
    Point *point = (Point *)self;
    return PyArg_ParseTuple(args, "dd:Point", &point->x, &point->y) ? 0 : -1;
}

static PyObject *Point_norm(PyObject *self, PyObject *args) {
    Point *point = (Point *)self;
    if (!PyArg_ParseTuple(args, ":norm"))
        return NULL;
    return PyFloat_FromDouble(sqrt(point->x * point->x + point->y * point->y));
}

static PyObject *Point_x(PyObject *self, void *closure) {
    (void)closure;
    return PyFloat_FromDouble(((Point *)self)->x);
}

static PyObject *Point_richcompare(PyObject *self, PyObject *other, int op) {
    if ((op != Py_EQ && op != Py_NE) || !PyObject_TypeCheck(other, (PyTypeObject *)point_type)) {
        Py_INCREF(Py_NotImplemented);
        return Py_NotImplemented;
    }
    Point *a = (Point *)self;
    Point *b = (Point *)other;
    return PyBool_FromLong((a->x == b->x && a->y == b->y) == (op == Py_EQ));
}

static PyMethodDef Point_methods[] = {{"norm", Point_norm, METH_VARARGS, NULL},
                                      {NULL, NULL, 0, NULL}};

static PyGetSetDef Point_getset[] = {{"x", Point_x, NULL, NULL, NULL},
                                     {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot Point_slots[] = {
    {Py_tp_new, PyType_GenericNew},         {Py_tp_init, Point_init},
    {Py_tp_methods, Point_methods},         {Py_tp_getset, Point_getset},
    {Py_tp_richcompare, Point_richcompare}, {0, NULL},
};

static PyType_Spec Point_spec = {
    .name = "calls.Point",
    .basicsize = sizeof(Point),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = Point_slots,
};

static int execute(PyObject *module) {
    point_type = PyType_FromSpec(&Point_spec);
    if (point_type == NULL)
        return -1;
    return PyModule_AddType(module, (PyTypeObject *)point_type);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, execute}, {0, NULL}};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "calls",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_calls(void) {
    return PyModuleDef_Init(&definition);
}
