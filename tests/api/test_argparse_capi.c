/* What test_argparse.c has by the same names, through the C API: the oracle. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define FUNCTION(name)                                                                             \
    static PyObject *name(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwargs)

static char *x_keyword[] = {"x", NULL};

#define VARIANT(name, type, initial, format, convert)                                              \
    FUNCTION(name) {                                                                               \
        type value = initial;                                                                      \
        if (!PyArg_ParseTupleAndKeywords(args, kwargs, format, x_keyword, &value))                 \
            return NULL;                                                                           \
        return convert;                                                                            \
    }
#define UNIT(unit, type, initial, convert)                                                         \
    VARIANT(keyword_##unit, type, initial, "|" #unit, convert)                                     \
    VARIANT(only_##unit, type, initial, "|$" #unit, convert)

UNIT(b, unsigned char, 7, PyLong_FromLong(value))
UNIT(B, unsigned char, 7, PyLong_FromLong(value))
UNIT(h, short, 7, PyLong_FromLong(value))
UNIT(H, unsigned short, 7, PyLong_FromLong(value))
UNIT(i, int, 7, PyLong_FromLong(value))
UNIT(I, unsigned int, 7, PyLong_FromUnsignedLong(value))
UNIT(l, long, 7, PyLong_FromLong(value))
UNIT(k, unsigned long, 7, PyLong_FromUnsignedLong(value))
UNIT(L, long long, 7, PyLong_FromLongLong(value))
UNIT(K, unsigned long long, 7, PyLong_FromUnsignedLongLong(value))
UNIT(n, Py_ssize_t, 7, PyLong_FromSsize_t(value))
UNIT(f, float, 7, PyFloat_FromDouble(value))
UNIT(d, double, 7, PyFloat_FromDouble(value))
UNIT(p, int, 7, PyLong_FromLong(value))
UNIT(s, const char *, "7", PyUnicode_FromString(value))
UNIT(O, PyObject *, Py_Ellipsis, (Py_INCREF(value), value))

#define FORMAT(name, format, keywords, ...)                                                        \
    FUNCTION(name) {                                                                               \
        int a = -1, b = -2, c = -3;                                                                \
        if (!PyArg_ParseTupleAndKeywords(args, kwargs, format, keywords, ##__VA_ARGS__))           \
            return NULL;                                                                           \
        return Py_BuildValue("iii", a, b, c);                                                      \
    }

static char *no_keywords[] = {NULL};
static char *abc[] = {"a", "b", "c", NULL};
static char *_bc[] = {"", "b", "c", NULL};

FORMAT(none, "", no_keywords)
FORMAT(required, "iii", abc, &a, &b, &c)
FORMAT(optional, "i|ii", abc, &a, &b, &c)
FORMAT(only, "i|i$i", abc, &a, &b, &c)
FORMAT(only_all, "|$iii", abc, &a, &b, &c)
FORMAT(positional_only, "i|ii", _bc, &a, &b, &c)

#define ENTRY(name) {#name, (PyCFunction)(void (*)(void))name, METH_VARARGS | METH_KEYWORDS, NULL}
#define TWO(unit) ENTRY(keyword_##unit), ENTRY(only_##unit)
static PyMethodDef methods[] = {TWO(b),
                                TWO(B),
                                TWO(h),
                                TWO(H),
                                TWO(i),
                                TWO(I),
                                TWO(l),
                                TWO(k),
                                TWO(L),
                                TWO(K),
                                TWO(n),
                                TWO(f),
                                TWO(d),
                                TWO(p),
                                TWO(s),
                                TWO(O),
                                ENTRY(none),
                                ENTRY(required),
                                ENTRY(optional),
                                ENTRY(only),
                                ENTRY(only_all),
                                ENTRY(positional_only),
                                {0}};
static PyModuleDef_Slot slots[] = {{0, NULL}};
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "argparse_capi",
                                 .m_methods = methods, .m_slots = slots};
PyMODINIT_FUNC PyInit_argparse_capi(void);
PyMODINIT_FUNC PyInit_argparse_capi(void) {
    return PyModuleDef_Init(&definition);
}
