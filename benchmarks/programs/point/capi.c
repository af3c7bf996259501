/* examples/point.c written for the C API. The type is static: its address is a constant, and an
 * instance needs no reference to it. */
#include "../keywords.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <structmember.h>

typedef struct {
    PyObject_HEAD double x;
    double y;
} PointObject;

static PyTypeObject point_type;
static Parameters point_parameters = {"Point", 0, 2, {NULL, NULL}};

static bool is_point(PyObject *o) {
    return PyObject_TypeCheck(o, &point_type);
}

static PyObject *new_instance(PyTypeObject *type, double x, double y) {
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    ((PointObject *)self)->x = x;
    ((PointObject *)self)->y = y;
    return self;
}

// A plain Point, without the detour over tp_alloc, which serves types of any kind.
static PyObject *new_point(double x, double y) {
    PointObject *point = PyObject_New(PointObject, &point_type);
    if (point == NULL)
        return NULL;
    point->x = x;
    point->y = y;
    return (PyObject *)point;
}

static PyObject *not_implemented(void) {
    Py_RETURN_NOTIMPLEMENTED;
}

static int read_double(PyObject *o, double *value) {
    if (PyFloat_CheckExact(o)) {
        *value = PyFloat_AS_DOUBLE(o);
        return 0;
    }
    *value = PyFloat_AsDouble(o);
    return *value == -1.0 && PyErr_Occurred() ? -1 : 0;
}

static PyObject *Point_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *keywords[] = {"x", "y", NULL};
    double x = 0.0;
    double y = 0.0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|dd:Point", keywords, &x, &y))
        return NULL;
    return new_instance(type, x, y);
}

// Point(...) comes here. Subclasses do not inherit it, so tp_new is for them.
static PyObject *Point_vectorcall(PyObject *Py_UNUSED(type), PyObject *const *args, size_t nargsf,
                                  PyObject *kwnames) {
    PyObject *values[2];
    double x = 0.0;
    double y = 0.0;
    if (read_parameters(&point_parameters, args, PyVectorcall_NARGS(nargsf), kwnames, values) < 0 ||
        (values[0] != NULL && read_double(values[0], &x) < 0) ||
        (values[1] != NULL && read_double(values[1], &y) < 0))
        return NULL;
    return new_point(x, y);
}

static PyObject *Point_radius_get(PyObject *self, void *Py_UNUSED(closure)) {
    const PointObject *point = (PointObject *)self;
    return PyFloat_FromDouble(hypot(point->x, point->y));
}

static int Point_radius_set(PyObject *self, PyObject *value, void *Py_UNUSED(closure)) {
    double radius;
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "radius cannot be deleted");
        return -1;
    }
    if (read_double(value, &radius) < 0)
        return -1;
    PointObject *point = (PointObject *)self;
    double old = hypot(point->x, point->y);
    const char *problem = NULL;
    if (!(radius >= 0.0) || isinf(radius))
        problem = "radius must be finite and not negative";
    else if (old == 0.0)
        problem = "the origin cannot be scaled";
    else if (!isfinite(old))
        problem = "a point without a finite radius cannot be scaled";
    if (problem != NULL) {
        PyErr_SetString(PyExc_ValueError, problem);
        return -1;
    }
    point->x = point->x / old * radius;
    point->y = point->y / old * radius;
    return 0;
}

static PyObject *Point_norm(PyObject *self, PyObject *Py_UNUSED(ignored)) {
    return Point_radius_get(self, NULL);
}

static PyObject *Point_dot(PyObject *self, PyObject *other) {
    if (!is_point(other)) {
        PyErr_SetString(PyExc_TypeError, "dot() expects a Point");
        return NULL;
    }
    const PointObject *a = (PointObject *)self;
    const PointObject *b = (PointObject *)other;
    return PyFloat_FromDouble(a->x * b->x + a->y * b->y);
}

static PyObject *Point_translate(PyObject *self, PyObject *const *args, Py_ssize_t nargs) {
    double dx, dy;
    if (nargs != 2) {
        PyErr_Format(PyExc_TypeError, "translate() takes exactly 2 arguments (%zd given)", nargs);
        return NULL;
    }
    if (read_double(args[0], &dx) < 0 || read_double(args[1], &dy) < 0)
        return NULL;
    ((PointObject *)self)->x += dx;
    ((PointObject *)self)->y += dy;
    Py_RETURN_NONE;
}

static PyObject *Point_repr(PyObject *self) {
    const PointObject *point = (PointObject *)self;
    char *x = PyOS_double_to_string(point->x, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    char *y = PyOS_double_to_string(point->y, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    PyObject *text = NULL;
    if (x != NULL && y != NULL)
        text = PyUnicode_FromFormat("Point(x=%s, y=%s)", x, y);
    PyMem_Free(x);
    PyMem_Free(y);
    return text;
}

static PyObject *Point_richcompare(PyObject *self, PyObject *other, int op) {
    if ((op != Py_EQ && op != Py_NE) || !is_point(other))
        return not_implemented();
    const PointObject *a = (PointObject *)self;
    const PointObject *b = (PointObject *)other;
    bool equal = a->x == b->x && a->y == b->y;
    return PyBool_FromLong(equal == (op == Py_EQ));
}

static uint64_t mix(uint64_t seed, double value) {
    double canonical = value + 0.0;
    uint64_t bits;
    memcpy(&bits, &canonical, sizeof(bits));
    seed ^= bits ^ (bits >> 32);
    seed *= UINT64_C(0x9E3779B97F4A7C15);
    return seed ^ (seed >> 32);
}

static Py_hash_t Point_hash(PyObject *self) {
    const PointObject *point = (PointObject *)self;
    Py_hash_t hash = (Py_hash_t)mix(mix(1, point->x), point->y);
    return hash == -1 ? -2 : hash;
}

static PyObject *add_scaled(PyObject *left, PyObject *right, double sign) {
    if (!is_point(left) || !is_point(right))
        return not_implemented();
    const PointObject *a = (PointObject *)left;
    const PointObject *b = (PointObject *)right;
    return new_point(a->x + sign * b->x, a->y + sign * b->y);
}

static PyObject *Point_add(PyObject *left, PyObject *right) {
    return add_scaled(left, right, 1.0);
}

static PyObject *Point_subtract(PyObject *left, PyObject *right) {
    return add_scaled(left, right, -1.0);
}

static PyObject *Point_multiply(PyObject *left, PyObject *right) {
    bool point_first = is_point(left);
    PyObject *number = point_first ? right : left;
    if (!PyFloat_Check(number) && !PyLong_Check(number))
        return not_implemented();
    double factor;
    if (read_double(number, &factor) < 0)
        return NULL;
    const PointObject *point = (PointObject *)(point_first ? left : right);
    return new_point(point->x * factor, point->y * factor);
}

static int Point_bool(PyObject *self) {
    const PointObject *point = (PointObject *)self;
    return point->x != 0.0 || point->y != 0.0;
}

static PyMemberDef point_members[] = {
    {"x", T_DOUBLE, offsetof(PointObject, x), 0, NULL},
    {"y", T_DOUBLE, offsetof(PointObject, y), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef point_getsets[] = {
    {"radius", Point_radius_get, Point_radius_set, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef point_methods[] = {
    {"norm", Point_norm, METH_NOARGS, NULL},
    {"dot", Point_dot, METH_O, NULL},
    {"translate", (PyCFunction)(void (*)(void))Point_translate, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static PyNumberMethods point_number = {
    .nb_add = Point_add,
    .nb_subtract = Point_subtract,
    .nb_multiply = Point_multiply,
    .nb_bool = Point_bool,
};

static PyTypeObject point_type = {
    .ob_base = {PyObject_HEAD_INIT(NULL) 0},
    .tp_name = "point.Point",
    .tp_basicsize = sizeof(PointObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_new = Point_new,
    .tp_vectorcall = Point_vectorcall,
    .tp_members = point_members,
    .tp_getset = point_getsets,
    .tp_methods = point_methods,
    .tp_repr = Point_repr,
    .tp_hash = Point_hash,
    .tp_richcompare = Point_richcompare,
    .tp_as_number = &point_number,
};

static int module_exec(PyObject *module) {
    if (intern_parameters(&point_parameters, "x", "y") < 0)
        return -1;
    return PyModule_AddType(module, &point_type);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)module_exec}, {0, NULL}};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "point",
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_point(void);
PyMODINIT_FUNC PyInit_point(void) {
    return PyModuleDef_Init(&module_def);
}
