/* hpy.c written for the C API. The types are static: their addresses are constants, and an instance
 * needs no reference to its type. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <structmember.h>

typedef struct {
    double x, y, z;
} Triple;

typedef struct {
    PyObject_HEAD Triple value;
} VectorObject;

typedef struct {
    PyObject_HEAD VectorObject *position;
    VectorObject *velocity;
    double mass;
} BodyObject;

static PyTypeObject vector_type, body_type;

// Neither type can have subclasses.
static bool is_vector(PyObject *o) {
    return Py_IS_TYPE(o, &vector_type);
}

static PyObject *not_implemented(void) {
    Py_RETURN_NOTIMPLEMENTED;
}

static PyObject *new_vector(double x, double y, double z) {
    VectorObject *vector = PyObject_New(VectorObject, &vector_type);
    if (vector != NULL)
        vector->value = (Triple){x, y, z};
    return (PyObject *)vector;
}

static double product(const Triple *a, const Triple *b) {
    return a->x * b->x + a->y * b->y + a->z * b->z;
}

static PyObject *add_scaled(const Triple *a, const Triple *b, double factor) {
    return new_vector(a->x + b->x * factor, a->y + b->y * factor, a->z + b->z * factor);
}

static int read_double(PyObject *o, double *value) {
    if (PyFloat_CheckExact(o)) {
        *value = PyFloat_AS_DOUBLE(o);
        return 0;
    }
    *value = PyFloat_AsDouble(o);
    return *value == -1.0 && PyErr_Occurred() ? -1 : 0;
}

static int check_arguments(const char *function, Py_ssize_t nargs, PyObject *kwnames) {
    if (kwnames != NULL && PyTuple_GET_SIZE(kwnames) != 0) {
        PyErr_Format(PyExc_TypeError, "%s() takes no keyword arguments", function);
        return -1;
    }
    if (nargs != 3) {
        PyErr_Format(PyExc_TypeError, "%s() takes exactly 3 arguments (%zd given)", function,
                     nargs);
        return -1;
    }
    return 0;
}

static PyObject *Vector_vectorcall(PyObject *Py_UNUSED(type), PyObject *const *args, size_t nargsf,
                                   PyObject *kwnames) {
    double x, y, z;
    if (check_arguments("Vector", PyVectorcall_NARGS(nargsf), kwnames) < 0 ||
        read_double(args[0], &x) < 0 || read_double(args[1], &y) < 0 ||
        read_double(args[2], &z) < 0)
        return NULL;
    return new_vector(x, y, z);
}

static PyObject *Vector_dot(PyObject *self, PyObject *other) {
    if (!is_vector(other)) {
        PyErr_SetString(PyExc_TypeError, "dot() expects a Vector");
        return NULL;
    }
    return PyFloat_FromDouble(
        product(&((VectorObject *)self)->value, &((VectorObject *)other)->value));
}

static PyObject *add(PyObject *left, PyObject *right, double sign) {
    if (!is_vector(left) || !is_vector(right))
        return not_implemented();
    return add_scaled(&((VectorObject *)left)->value, &((VectorObject *)right)->value, sign);
}

static PyObject *Vector_add(PyObject *left, PyObject *right) {
    return add(left, right, 1.0);
}

static PyObject *Vector_subtract(PyObject *left, PyObject *right) {
    return add(left, right, -1.0);
}

static PyObject *Vector_multiply(PyObject *left, PyObject *right) {
    bool vector_first = is_vector(left);
    PyObject *number = vector_first ? right : left;
    if (!PyFloat_Check(number) && !PyLong_Check(number))
        return not_implemented();
    double factor;
    if (read_double(number, &factor) < 0)
        return NULL;
    const Triple *vector = &((VectorObject *)(vector_first ? left : right))->value;
    return new_vector(vector->x * factor, vector->y * factor, vector->z * factor);
}

static PyObject *Vector_richcompare(PyObject *self, PyObject *other, int op) {
    if ((op != Py_EQ && op != Py_NE) || !is_vector(other))
        return not_implemented();
    const Triple *a = &((VectorObject *)self)->value;
    const Triple *b = &((VectorObject *)other)->value;
    bool equal = a->x == b->x && a->y == b->y && a->z == b->z;
    return PyBool_FromLong(equal == (op == Py_EQ));
}

static PyMemberDef vector_members[] = {
    {"x", T_DOUBLE, offsetof(VectorObject, value.x), READONLY, NULL},
    {"y", T_DOUBLE, offsetof(VectorObject, value.y), READONLY, NULL},
    {"z", T_DOUBLE, offsetof(VectorObject, value.z), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyMethodDef vector_methods[] = {
    {"dot", Vector_dot, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyNumberMethods vector_number = {
    .nb_add = Vector_add,
    .nb_subtract = Vector_subtract,
    .nb_multiply = Vector_multiply,
};

static PyTypeObject vector_type = {
    .ob_base = {PyObject_HEAD_INIT(NULL) 0},
    .tp_name = "nbody.Vector",
    .tp_basicsize = sizeof(VectorObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_vectorcall = Vector_vectorcall,
    .tp_members = vector_members,
    .tp_methods = vector_methods,
    .tp_richcompare = Vector_richcompare,
    .tp_as_number = &vector_number,
};

static bool check_vector(PyObject *o) {
    if (is_vector(o))
        return true;
    PyErr_SetString(PyExc_TypeError, "position and velocity must be a Vector");
    return false;
}

static PyObject *Body_vectorcall(PyObject *Py_UNUSED(type), PyObject *const *args, size_t nargsf,
                                 PyObject *kwnames) {
    double mass;
    if (check_arguments("Body", PyVectorcall_NARGS(nargsf), kwnames) < 0 ||
        read_double(args[2], &mass) < 0 || !check_vector(args[0]) || !check_vector(args[1]))
        return NULL;
    BodyObject *body = PyObject_New(BodyObject, &body_type);
    if (body == NULL)
        return NULL;
    Py_INCREF(args[0]);
    Py_INCREF(args[1]);
    body->position = (VectorObject *)args[0];
    body->velocity = (VectorObject *)args[1];
    body->mass = mass;
    return (PyObject *)body;
}

// Vectors hold nothing, so that no body is ever part of a cycle and the collector need not know.
static void Body_dealloc(PyObject *self) {
    BodyObject *body = (BodyObject *)self;
    Py_DECREF(body->position);
    Py_DECREF(body->velocity);
    PyObject_Free(self);
}

static void replace(VectorObject **place, PyObject *value) {
    VectorObject *old = *place;
    *place = (VectorObject *)value;
    Py_DECREF(old);
}

static int store(VectorObject **place, PyObject *value) {
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "position and velocity cannot be deleted");
        return -1;
    }
    if (!check_vector(value))
        return -1;
    Py_INCREF(value);
    replace(place, value);
    return 0;
}

static PyObject *Body_position_get(PyObject *self, void *Py_UNUSED(closure)) {
    PyObject *position = (PyObject *)((BodyObject *)self)->position;
    Py_INCREF(position);
    return position;
}

static int Body_position_set(PyObject *self, PyObject *value, void *Py_UNUSED(closure)) {
    return store(&((BodyObject *)self)->position, value);
}

static PyObject *Body_velocity_get(PyObject *self, void *Py_UNUSED(closure)) {
    PyObject *velocity = (PyObject *)((BodyObject *)self)->velocity;
    Py_INCREF(velocity);
    return velocity;
}

static int Body_velocity_set(PyObject *self, PyObject *value, void *Py_UNUSED(closure)) {
    return store(&((BodyObject *)self)->velocity, value);
}

static PyGetSetDef body_getsets[] = {
    {"position", Body_position_get, Body_position_set, NULL, NULL},
    {"velocity", Body_velocity_get, Body_velocity_set, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef body_members[] = {
    {"mass", T_DOUBLE, offsetof(BodyObject, mass), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyTypeObject body_type = {
    .ob_base = {PyObject_HEAD_INIT(NULL) 0},
    .tp_name = "nbody.Body",
    .tp_basicsize = sizeof(BodyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_vectorcall = Body_vectorcall,
    .tp_dealloc = Body_dealloc,
    .tp_getset = body_getsets,
    .tp_members = body_members,
};

// Borrowed: what follows only replaces vectors, and their deallocation runs no Python code.
static BodyObject *body_at(PyObject *bodies, Py_ssize_t i) {
    PyObject *body = PyList_GET_ITEM(bodies, i);
    if (Py_IS_TYPE(body, &body_type))
        return (BodyObject *)body;
    PyErr_SetString(PyExc_TypeError, "bodies must be a list of Body");
    return NULL;
}

static int check_list(PyObject *bodies) {
    if (PyList_Check(bodies))
        return 0;
    PyErr_SetString(PyExc_TypeError, "bodies must be a list of Body");
    return -1;
}

static int move(VectorObject **place, const Triple *change, double factor) {
    PyObject *moved = add_scaled(&(*place)->value, change, factor);
    if (moved == NULL)
        return -1;
    replace(place, moved);
    return 0;
}

static Triple distance(const BodyObject *a, const BodyObject *b) {
    const Triple *p = &a->position->value;
    const Triple *q = &b->position->value;
    return (Triple){p->x - q->x, p->y - q->y, p->z - q->z};
}

static int attract(BodyObject *a, BodyObject *b, double dt) {
    Triple apart = distance(a, b);
    double squared = product(&apart, &apart);
    double magnitude = dt / (squared * sqrt(squared));
    if (move(&a->velocity, &apart, -b->mass * magnitude) < 0)
        return -1;
    return move(&b->velocity, &apart, a->mass * magnitude);
}

static int advance_pairs(PyObject *bodies, Py_ssize_t i, Py_ssize_t n, double dt) {
    BodyObject *a = body_at(bodies, i);
    if (a == NULL)
        return -1;
    for (Py_ssize_t j = i + 1; j < n; j++) {
        BodyObject *b = body_at(bodies, j);
        if (b == NULL || attract(a, b, dt) < 0)
            return -1;
    }
    return 0;
}

static int drift(PyObject *bodies, Py_ssize_t i, double dt) {
    BodyObject *body = body_at(bodies, i);
    return body == NULL ? -1 : move(&body->position, &body->velocity->value, dt);
}

static PyObject *advance(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs) {
    double dt;
    if (check_arguments("advance", nargs, NULL) < 0 || read_double(args[1], &dt) < 0)
        return NULL;
    const long steps = PyLong_AsLong(args[2]);
    if ((steps == -1 && PyErr_Occurred()) || check_list(args[0]) < 0)
        return NULL;
    PyObject *bodies = args[0];
    const Py_ssize_t n = PyList_GET_SIZE(bodies);
    for (long step = 0; step < steps; step++) {
        for (Py_ssize_t i = 0; i < n; i++)
            if (advance_pairs(bodies, i, n, dt) < 0)
                return NULL;
        for (Py_ssize_t i = 0; i < n; i++)
            if (drift(bodies, i, dt) < 0)
                return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *energy(PyObject *Py_UNUSED(self), PyObject *bodies) {
    double result = 0.0;
    if (check_list(bodies) < 0)
        return NULL;
    const Py_ssize_t n = PyList_GET_SIZE(bodies);
    for (Py_ssize_t i = 0; i < n; i++) {
        const BodyObject *a = body_at(bodies, i);
        if (a == NULL)
            return NULL;
        const Triple *velocity = &a->velocity->value;
        result += 0.5 * a->mass * product(velocity, velocity);
        for (Py_ssize_t j = i + 1; j < n; j++) {
            const BodyObject *b = body_at(bodies, j);
            if (b == NULL)
                return NULL;
            Triple apart = distance(a, b);
            result -= a->mass * b->mass / sqrt(product(&apart, &apart));
        }
    }
    return PyFloat_FromDouble(result);
}

static PyMethodDef methods[] = {
    {"advance", (PyCFunction)(void (*)(void))advance, METH_FASTCALL, NULL},
    {"energy", energy, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static int module_exec(PyObject *module) {
    return PyModule_AddType(module, &vector_type) < 0 || PyModule_AddType(module, &body_type) < 0
               ? -1
               : 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)module_exec}, {0, NULL}};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "nbody",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_nbody(void);
PyMODINIT_FUNC PyInit_nbody(void) {
    return PyModuleDef_Init(&module_def);
}
