/* Arithmetic whose result depends on how a compiler reads C. With PYTHON_H through the C API. */
#ifdef PYTHON_H
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#else
#include "hpy.h"
#endif

/* Rounded twice, or once by an instruction that does both. */
static double multiply_add(double a, double b, double c) {
    return a * b + c;
}

static float multiply_add_float(float a, float b, float c) {
    return a * b - c;
}

/* By one loop that can be vectorised. */
static double polynomial(double x, int degree) {
    double terms[64], power = 1.0, sum = 0.0;
    for (int i = 0; i < degree && i < 64; i++, power = power * x + 0.1)
        terms[i] = power;
    for (int i = 0; i < degree && i < 64; i++)
        terms[i] = terms[i] * x + power;
    for (int i = 0; i < degree && i < 64; i++)
        sum += terms[i] * x;
    return sum;
}

static int is_less_than_next(int x) {
    return x + 1 > x;
}

/* 1 if the compiler takes for granted that an int and a float lie apart. */
static __attribute__((noinline)) int write_both(int *i, float *f) {
    *i = 1;
    *f = 0.0f;
    return *i;
}
static int are_apart(void) {
    union {
        int i;
        float f;
    } both;
    return write_both(&both.i, &both.f);
}

#ifdef PYTHON_H
static PyObject *numbers(PyObject *self, PyObject *args) {
    double a, b, c;
    (void)self;
    if (!PyArg_ParseTuple(args, "ddd", &a, &b, &c))
        return NULL;
    return Py_BuildValue("ddd", multiply_add(a, b, c),
                         (double)multiply_add_float((float)a, (float)b, (float)c),
                         polynomial(a, 40));
}

static PyObject *language(PyObject *self, PyObject *arg) {
    (void)self;
    const long x = PyLong_AsLong(arg);
    return Py_BuildValue("ii", is_less_than_next((int)x), are_apart());
}

static PyMethodDef methods[] = {
    {"numbers", numbers, METH_VARARGS, NULL}, {"language", language, METH_O, NULL}, {0}};
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "arithmetic",
                                 .m_methods = methods};
PyMODINIT_FUNC PyInit_arithmetic(void) {
    return PyModuleDef_Init(&definition);
}
#else
HPyDef_METH(numbers, "numbers", HPyFunc_VARARGS) static HPy
    numbers_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    double a, b, c;
    (void)self;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "ddd", &a, &b, &c))
        return HPy_NULL;
    return HPy_BuildValue(ctx, "(ddd)", multiply_add(a, b, c),
                          (double)multiply_add_float((float)a, (float)b, (float)c),
                          polynomial(a, 40));
}

HPyDef_METH(language, "language", HPyFunc_O) static HPy
    language_impl(HPyContext *ctx, HPy self, HPy arg) {
    (void)self;
    const long x = HPyLong_AsLong(ctx, arg);
    return HPy_BuildValue(ctx, "(ii)", is_less_than_next((int)x), are_apart());
}

static HPyDef *defines[] = {&numbers, &language, NULL};
static HPyModuleDef definition = {.defines = defines};
HPy_MODINIT(arithmetic, definition)
#endif
