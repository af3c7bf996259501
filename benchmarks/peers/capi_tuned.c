/* The C API as a skilled author writes it who knows what CPython is fast at: FASTCALL, vectorcall
 * for types, interned names, macros that skip checks once the exact type is known, ints and ASCII
 * read where they lie.
 *
 * At the end, the calls that do nothing: what is left of a call when its function is empty. */
#include "../longs.h"

#include <math.h>
#include <string.h>

static PyObject *str_name;
static PyObject *keyword_names[3];

static int too_few_or_many(const char *function, Py_ssize_t nargs, Py_ssize_t wanted) {
    if (nargs == wanted)
        return 0;
    PyErr_Format(PyExc_TypeError, "%s() takes %zd arguments (%zd given)", function, wanted, nargs);
    return 1;
}

static inline int as_double(PyObject *object, double *value) {
    if (PyFloat_CheckExact(object)) {
        *value = PyFloat_AS_DOUBLE(object);
        return 0;
    }
    *value = PyFloat_AsDouble(object);
    return *value == -1.0 && PyErr_Occurred() ? -1 : 0;
}

static PyObject *noargs(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args)) {
    Py_RETURN_NONE;
}

static PyObject *onearg(PyObject *Py_UNUSED(self), PyObject *object) {
    return Py_NewRef(object);
}

static PyObject *add_ints(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs) {
    long a, b;
    if (too_few_or_many("add_ints", nargs, 2) || as_long(args[0], &a) < 0 ||
        as_long(args[1], &b) < 0)
        return NULL;
    return PyLong_FromLong(a + b);
}

static PyObject *add_doubles(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs) {
    double a, b;
    if (too_few_or_many("add_doubles", nargs, 2) || as_double(args[0], &a) < 0 ||
        as_double(args[1], &b) < 0)
        return NULL;
    return PyFloat_FromDouble(a + b);
}

/* Names of keywords in a call are interned as a rule, so that they are found by their address. */
static int keyword_index(PyObject *name) {
    for (int i = 0; i < 3; i++)
        if (name == keyword_names[i])
            return i;
    for (int i = 0; i < 3; i++)
        if (PyUnicode_Compare(name, keyword_names[i]) == 0)
            return i;
    return -1;
}

static PyObject *weigh(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs,
                       PyObject *kwnames) {
    PyObject *given[3] = {NULL, NULL, NULL};
    long values[3] = {0, 10, 100};
    if (nargs > 3) {
        PyErr_SetString(PyExc_TypeError, "weigh() takes at most 3 arguments");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < nargs; i++)
        given[i] = args[i];
    Py_ssize_t keywords = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    for (Py_ssize_t i = 0; i < keywords; i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        int place = keyword_index(name);
        if (place < 0 || given[place] != NULL) {
            PyErr_Format(PyExc_TypeError, "weigh() cannot take the keyword %R", name);
            return NULL;
        }
        given[place] = args[nargs + i];
    }
    if (given[0] == NULL) {
        PyErr_SetString(PyExc_TypeError, "weigh() needs a");
        return NULL;
    }
    for (int i = 0; i < 3; i++)
        if (given[i] != NULL && as_long(given[i], &values[i]) < 0)
            return NULL;
    return PyLong_FromLong(values[0] + values[1] + values[2]);
}

static const char hello[] = "Hello, ";
enum { LENGTH = sizeof hello - 1 };

static PyObject *greet_utf8(PyObject *name) {
    char buffer[256];
    Py_ssize_t size;
    const char *utf8 = PyUnicode_AsUTF8AndSize(name, &size);
    if (utf8 == NULL)
        return NULL;
    char *text = buffer;
    if (size > (Py_ssize_t)sizeof buffer - LENGTH && (text = malloc(size + LENGTH)) == NULL)
        return PyErr_NoMemory();
    memcpy(text, hello, LENGTH);
    memcpy(text + LENGTH, utf8, size);
    PyObject *result = PyUnicode_FromStringAndSize(text, size + LENGTH);
    if (text != buffer)
        free(text);
    return result;
}

/* ASCII is UTF-8: it is read where it lies, and the result needs no decoder. */
static PyObject *greet(PyObject *Py_UNUSED(self), PyObject *name) {
    if (!PyUnicode_Check(name) || !PyUnicode_IS_COMPACT_ASCII(name))
        return greet_utf8(name);
    const Py_ssize_t size = PyUnicode_GET_LENGTH(name);
    PyObject *result = PyUnicode_New(LENGTH + size, 127);
    if (result == NULL)
        return NULL;
    memcpy(PyUnicode_1BYTE_DATA(result), hello, LENGTH);
    memcpy(PyUnicode_1BYTE_DATA(result) + LENGTH, PyUnicode_1BYTE_DATA(name), size);
    return result;
}

static PyObject *ordered(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs) {
    long a, b;
    if (too_few_or_many("ordered", nargs, 2) || as_long(args[0], &a) < 0 ||
        as_long(args[1], &b) < 0)
        return NULL;
    PyObject *result = PyTuple_New(2);
    if (result == NULL)
        return NULL;
    PyObject *first = PyLong_FromLong(a < b ? a : b);
    PyObject *second = PyLong_FromLong(a < b ? b : a);
    PyTuple_SET_ITEM(result, 0, first);
    PyTuple_SET_ITEM(result, 1, second);
    if (first == NULL || second == NULL)
        Py_CLEAR(result);
    return result;
}

static PyObject *build_list(PyObject *Py_UNUSED(self), PyObject *length) {
    long n;
    if (as_long(length, &n) < 0)
        return NULL;
    PyObject *list = PyList_New(n);
    if (list == NULL)
        return NULL;
    for (long i = 0; i < n; i++) {
        PyObject *item = PyLong_FromLong(i);
        if (item == NULL) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, i, item);
    }
    return list;
}

/* Adds the floats from ``i`` on; returns where they end. With a call in the loop, as there is for
 * what is no float, gcc would keep the sum in memory. */
__attribute__((noinline)) static Py_ssize_t add_floats(PyObject *list, Py_ssize_t i, double *sum) {
    double result = *sum;
    for (; i < PyList_GET_SIZE(list) && PyFloat_CheckExact(PyList_GET_ITEM(list, i)); i++)
        result += PyFloat_AS_DOUBLE(PyList_GET_ITEM(list, i));
    *sum = result;
    return i;
}

static PyObject *sum_list(PyObject *Py_UNUSED(self), PyObject *floats) {
    if (!PyList_Check(floats)) {
        PyErr_SetString(PyExc_TypeError, "sum_list() expects a list");
        return NULL;
    }
    double sum = 0.0;
    for (Py_ssize_t i = 0; (i = add_floats(floats, i, &sum)) < PyList_GET_SIZE(floats); i++) {
        double value;
        PyObject *item = Py_NewRef(PyList_GET_ITEM(floats, i)); /* __float__ may drop it */
        int status = as_double(item, &value);
        Py_DECREF(item);
        if (status < 0)
            return NULL;
        sum += value;
    }
    return PyFloat_FromDouble(sum);
}

static PyObject *count(PyObject *Py_UNUSED(self), PyObject *items) {
    if (!PyList_Check(items)) {
        PyErr_SetString(PyExc_TypeError, "count() expects a list");
        return NULL;
    }
    PyObject *counts = PyDict_New();
    if (counts == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); i++) {
        PyObject *item = Py_NewRef(PyList_GET_ITEM(items, i));
        PyObject *before = PyDict_GetItemWithError(counts, item);
        long number = 0;
        PyObject *after = NULL;
        int status = -1;
        if (before != NULL ? as_long(before, &number) == 0 : !PyErr_Occurred())
            after = PyLong_FromLong(number + 1);
        if (after != NULL)
            status = PyDict_SetItem(counts, item, after);
        Py_XDECREF(after);
        Py_DECREF(item);
        if (status < 0) {
            Py_DECREF(counts);
            return NULL;
        }
    }
    return counts;
}

static PyObject *get_name(PyObject *Py_UNUSED(self), PyObject *object) {
    return PyObject_GetAttr(object, str_name);
}

static PyObject *set_name(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs) {
    if (too_few_or_many("set_name", nargs, 2) || PyObject_SetAttr(args[0], str_name, args[1]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *call(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs) {
    if (too_few_or_many("call", nargs, 2))
        return NULL;
    return PyObject_CallOneArg(args[0], args[1]);
}

/* Lets go of an item, or of the one before it. On 3.12 and later an increment writes half of the
 * word that a decrement reads, and the processor waits if the one is right behind the other. */
static inline void let_go(PyObject *item, PyObject **last) {
#if PY_VERSION_HEX >= 0x030C0000
    Py_XSETREF(*last, item);
#else
    (void)last;
    Py_DECREF(item);
#endif
}

static PyObject *length(PyObject *Py_UNUSED(self), PyObject *iterable) {
    long number = 0;
    PyObject *last = NULL;
    PyObject *iterator = PyObject_GetIter(iterable);
    if (iterator == NULL)
        return NULL;
    iternextfunc next = Py_TYPE(iterator)->tp_iternext;
    for (PyObject *item; (item = next(iterator)) != NULL; number++)
        let_go(item, &last);
    Py_XDECREF(last);
    Py_DECREF(iterator);
    if (PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_StopIteration))
            return NULL;
        PyErr_Clear();
    }
    return PyLong_FromLong(number);
}

static PyObject *fail(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args)) {
    PyErr_SetString(PyExc_ValueError, "no");
    return NULL;
}

static PyMethodDef functions[] = {
    {"noargs", noargs, METH_NOARGS, NULL},
    {"onearg", onearg, METH_O, NULL},
    {"add_ints", (PyCFunction)(void (*)(void))add_ints, METH_FASTCALL, NULL},
    {"add_doubles", (PyCFunction)(void (*)(void))add_doubles, METH_FASTCALL, NULL},
    {"weigh", (PyCFunction)(void (*)(void))weigh, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"greet", greet, METH_O, NULL},
    {"ordered", (PyCFunction)(void (*)(void))ordered, METH_FASTCALL, NULL},
    {"build_list", build_list, METH_O, NULL},
    {"sum_list", sum_list, METH_O, NULL},
    {"count", count, METH_O, NULL},
    {"get_name", get_name, METH_O, NULL},
    {"set_name", (PyCFunction)(void (*)(void))set_name, METH_FASTCALL, NULL},
    {"call", (PyCFunction)(void (*)(void))call, METH_FASTCALL, NULL},
    {"length", length, METH_O, NULL},
    {"fail", fail, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

/* A type around two doubles */

typedef struct {
    PyObject_HEAD double x;
    double y;
} Point;

static PyTypeObject Point_Type;

static PyObject *Point_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf,
                                  PyObject *kwnames) {
    double x, y;
    if (kwnames != NULL && PyTuple_GET_SIZE(kwnames) != 0) {
        PyErr_SetString(PyExc_TypeError, "Point() takes no keywords");
        return NULL;
    }
    if (too_few_or_many("Point", PyVectorcall_NARGS(nargsf), 2) || as_double(args[0], &x) < 0 ||
        as_double(args[1], &y) < 0)
        return NULL;
    Point *point = PyObject_New(Point, (PyTypeObject *)type);
    if (point == NULL)
        return NULL;
    point->x = x;
    point->y = y;
    return (PyObject *)point;
}

#ifdef PYPY_VERSION /* which does not call tp_vectorcall */
static PyObject *Point_new(PyTypeObject *type, PyObject *args, PyObject *kw) {
    double x, y;
    if (kw != NULL && PyDict_Size(kw) != 0) {
        PyErr_SetString(PyExc_TypeError, "Point() takes no keywords");
        return NULL;
    }
    if (too_few_or_many("Point", PyTuple_GET_SIZE(args), 2) ||
        as_double(PyTuple_GET_ITEM(args, 0), &x) < 0 ||
        as_double(PyTuple_GET_ITEM(args, 1), &y) < 0)
        return NULL;
    Point *point = (Point *)type->tp_alloc(type, 0);
    if (point == NULL)
        return NULL;
    point->x = x;
    point->y = y;
    return (PyObject *)point;
}
#endif

static PyObject *Point_norm(PyObject *self, PyObject *Py_UNUSED(args)) {
    Point *point = (Point *)self;
    return PyFloat_FromDouble(sqrt(point->x * point->x + point->y * point->y));
}

static PyObject *Point_x(PyObject *self, void *Py_UNUSED(closure)) {
    return PyFloat_FromDouble(((Point *)self)->x);
}

static PyObject *Point_richcompare(PyObject *self, PyObject *other, int op) {
    if ((op != Py_EQ && op != Py_NE) || !Py_IS_TYPE(other, &Point_Type))
        Py_RETURN_NOTIMPLEMENTED;
    Point *a = (Point *)self;
    Point *b = (Point *)other;
    return Py_NewRef((a->x == b->x && a->y == b->y) == (op == Py_EQ) ? Py_True : Py_False);
}

static PyMethodDef Point_methods[] = {{"norm", Point_norm, METH_NOARGS, NULL},
                                      {NULL, NULL, 0, NULL}};

static PyGetSetDef Point_getset[] = {{"x", Point_x, NULL, NULL, NULL},
                                     {NULL, NULL, NULL, NULL, NULL}};

static PyTypeObject Point_Type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "calls.Point",
    .tp_basicsize = sizeof(Point),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_vectorcall = Point_vectorcall,
#ifdef PYPY_VERSION
    .tp_new = Point_new,
#endif
    .tp_methods = Point_methods,
    .tp_getset = Point_getset,
    .tp_richcompare = Point_richcompare,
    .tp_hash = PyObject_HashNotImplemented,
};

/* Calls that do nothing */

static PyObject *nothing1(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(object)) {
    Py_RETURN_NONE;
}

static PyObject *nothing2(PyObject *Py_UNUSED(self), PyObject *const *Py_UNUSED(args),
                          Py_ssize_t Py_UNUSED(nargs)) {
    Py_RETURN_NONE;
}

static PyObject *nothing_keywords(PyObject *Py_UNUSED(self), PyObject *const *Py_UNUSED(args),
                                  Py_ssize_t Py_UNUSED(nargs), PyObject *Py_UNUSED(kwnames)) {
    Py_RETURN_NONE;
}

static PyMethodDef nothings[] = {
    {"nothing0", noargs, METH_NOARGS, NULL},
    {"nothing1", nothing1, METH_O, NULL},
    {"nothing2", (PyCFunction)(void (*)(void))nothing2, METH_FASTCALL, NULL},
    {"nothing_keywords", (PyCFunction)(void (*)(void))nothing_keywords,
     METH_FASTCALL | METH_KEYWORDS, NULL},
    {NULL, NULL, 0, NULL},
};

/* Called with arguments it neither looks at them nor makes an object. */
static PyObject *Nothing_vectorcall(PyObject *type, PyObject *const *Py_UNUSED(args), size_t nargsf,
                                    PyObject *Py_UNUSED(kwnames)) {
    if (PyVectorcall_NARGS(nargsf) != 0)
        Py_RETURN_NONE;
    return (PyObject *)PyObject_New(PyObject, (PyTypeObject *)type);
}

static PyObject *Nothing_norm(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args)) {
    Py_RETURN_NONE;
}

static PyObject *Nothing_x(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure)) {
    Py_RETURN_NONE;
}

static PyObject *Nothing_richcompare(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(other),
                                     int Py_UNUSED(op)) {
    Py_RETURN_NONE;
}

static PyMethodDef Nothing_methods[] = {{"norm", Nothing_norm, METH_NOARGS, NULL},
                                        {NULL, NULL, 0, NULL}};

static PyGetSetDef Nothing_getset[] = {{"x", Nothing_x, NULL, NULL, NULL},
                                       {NULL, NULL, NULL, NULL, NULL}};

static PyTypeObject Nothing_Type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "calls.Nothing",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_vectorcall = Nothing_vectorcall,
    .tp_methods = Nothing_methods,
    .tp_getset = Nothing_getset,
    .tp_richcompare = Nothing_richcompare,
    .tp_hash = PyObject_HashNotImplemented,
};

static int execute(PyObject *module) {
    static const char *const keywords[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++)
        if ((keyword_names[i] = PyUnicode_InternFromString(keywords[i])) == NULL)
            return -1;
    if ((str_name = PyUnicode_InternFromString("name")) == NULL)
        return -1;
    if (PyModule_AddType(module, &Point_Type) < 0 || PyModule_AddFunctions(module, nothings) < 0)
        return -1;
    return PyModule_AddType(module, &Nothing_Type);
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
