/*
 * signals - the second step of the porting guide: the module is HPy's, what is in it the C API's.
 *
 *     hpybc compile examples/porting/step2_module.c -o signals.bc
 */
#define HPY_ABI_HYBRID /* permits Python.h, which hpy.h then includes */
#include "hpy.h"

#include <stddef.h>
#include <structmember.h>

/* Samples, and what they are called. As long as others have a view of them they stay in place. */
typedef struct {
    PyObject_HEAD double *samples;
    Py_ssize_t length;
    Py_ssize_t capacity;
    Py_ssize_t views;
    double scale;
    PyObject *label;
} Signal;

static PyObject *Signal_type;
static PyObject *Empty;

static double largest(const double *samples, Py_ssize_t length) {
    double found = samples[0];
    for (Py_ssize_t i = 1; i < length; i++)
        found = samples[i] > found ? samples[i] : found;
    return found;
}

/* ---- The type ------------------------------------------------------------------------------- */

static int Signal_init(PyObject *self, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"label", "scale", NULL};
    PyObject *label = Py_None;
    double scale = 1.0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|Od:Signal", names, &label, &scale))
        return -1;
    Signal *signal = (Signal *)self;
    PyObject *old = signal->label;
    Py_INCREF(label);
    signal->label = label;
    Py_XDECREF(old);
    signal->scale = scale;
    return 0;
}

static int Signal_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Signal *)self)->label);
    return 0;
}

static int Signal_clear(PyObject *self) {
    Py_CLEAR(((Signal *)self)->label);
    return 0;
}

static void Signal_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Signal_clear(self);
    free(((Signal *)self)->samples);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *Signal_append(PyObject *self, PyObject *arg) {
    Signal *signal = (Signal *)self;
    const double value = PyFloat_AsDouble(arg);
    if (value == -1.0 && PyErr_Occurred())
        return NULL;
    if (signal->views > 0) {
        PyErr_SetString(PyExc_BufferError, "somebody has a view of the samples");
        return NULL;
    }
    if (signal->length == signal->capacity) {
        const Py_ssize_t capacity = signal->capacity == 0 ? 8 : 2 * signal->capacity;
        double *samples = realloc(signal->samples, (size_t)capacity * sizeof(double));
        if (samples == NULL)
            return PyErr_NoMemory();
        signal->samples = samples;
        signal->capacity = capacity;
    }
    signal->samples[signal->length++] = value;
    Py_RETURN_NONE;
}

static Py_ssize_t Signal_length(PyObject *self) {
    return ((Signal *)self)->length;
}

static PyObject *Signal_item(PyObject *self, Py_ssize_t index) {
    const Signal *signal = (Signal *)self;
    if (index < 0 || index >= signal->length) {
        PyErr_SetString(PyExc_IndexError, "no such sample");
        return NULL;
    }
    return PyFloat_FromDouble(signal->scale * signal->samples[index]);
}

static PyObject *Signal_repr(PyObject *self) {
    const Signal *signal = (Signal *)self;
    PyObject *label = signal->label == NULL ? Py_None : signal->label; /* deleted */
    return PyUnicode_FromFormat("Signal(%R, %zd samples)", label, signal->length);
}

static int Signal_getbuffer(PyObject *self, Py_buffer *view, int flags) {
    static Py_ssize_t stride = sizeof(double);
    static double nothing;
    Signal *signal = (Signal *)self;
    *view = (Py_buffer){
        .buf = signal->samples == NULL ? &nothing : signal->samples,
        .obj = self,
        .len = signal->length * (Py_ssize_t)sizeof(double),
        .itemsize = sizeof(double),
        .ndim = 1,
        .format = flags & PyBUF_FORMAT ? "d" : NULL,
        .shape = flags & PyBUF_ND ? &signal->length : NULL,
        .strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? &stride : NULL,
    };
    Py_INCREF(self);
    signal->views++;
    return 0;
}

static void Signal_releasebuffer(PyObject *self, Py_buffer *view) {
    (void)view;
    ((Signal *)self)->views--;
}

static PyMethodDef Signal_methods[] = {
    {"append", Signal_append, METH_O, "Adds a sample."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef Signal_members[] = {
    {"label", T_OBJECT_EX, offsetof(Signal, label), 0, "what the signal is called"},
    {"scale", T_DOUBLE, offsetof(Signal, scale), 0, "what samples are multiplied by"},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot Signal_slots[] = {
    {Py_tp_init, (void *)Signal_init},
    {Py_tp_new, (void *)PyType_GenericNew},
    {Py_tp_traverse, (void *)Signal_traverse},
    {Py_tp_clear, (void *)Signal_clear},
    {Py_tp_dealloc, (void *)Signal_dealloc},
    {Py_tp_repr, (void *)Signal_repr},
    {Py_sq_length, (void *)Signal_length},
    {Py_sq_item, (void *)Signal_item},
    {Py_bf_getbuffer, (void *)Signal_getbuffer},
    {Py_bf_releasebuffer, (void *)Signal_releasebuffer},
    {Py_tp_methods, Signal_methods},
    {Py_tp_members, Signal_members},
    {0, NULL},
};

static PyType_Spec Signal_spec = {
    .name = "signals.Signal",
    .basicsize = sizeof(Signal),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .slots = Signal_slots,
};

/* ---- Functions ------------------------------------------------------------------------------ */

static PyObject *total(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *iterable;
    double sum = 0.0;
    if (!PyArg_ParseTuple(args, "O|d:total", &iterable, &sum))
        return NULL;
    PyObject *iterator = PyObject_GetIter(iterable);
    if (iterator == NULL)
        return NULL;
    PyObject *item;
    while ((item = PyIter_Next(iterator)) != NULL) {
        const double value = PyFloat_AsDouble(item);
        Py_DECREF(item);
        if (value == -1.0 && PyErr_Occurred())
            break;
        sum += value;
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() ? NULL : PyFloat_FromDouble(sum);
}

static PyObject *peak(PyObject *module, PyObject *arg) {
    (void)module;
    if (!PyObject_TypeCheck(arg, (PyTypeObject *)Signal_type)) {
        PyErr_SetString(PyExc_TypeError, "a Signal is required");
        return NULL;
    }
    Signal *signal = (Signal *)arg;
    if (signal->length == 0) {
        PyErr_SetString(Empty, "the signal has no samples");
        return NULL;
    }
    double found;
    signal->views++; /* while others run, the samples stay in place */
    Py_BEGIN_ALLOW_THREADS found = largest(signal->samples, signal->length);
    Py_END_ALLOW_THREADS signal->views--;
    return PyFloat_FromDouble(signal->scale * found);
}

/* ---- The module ----------------------------------------------------------------------------- */

static PyMethodDef methods[] = {
    {"total", total, METH_VARARGS, "The sum of what an iterable gives, and of a start."},
    {"peak", peak, METH_O, "The largest sample of a signal."},
    {NULL, NULL, 0, NULL},
};

HPyDef_SLOT(module_exec, HPy_mod_exec);
static int module_exec_impl(HPyContext *ctx, HPy module) {
    Signal_type = PyType_FromSpec(&Signal_spec);
    Empty = PyErr_NewException("signals.Empty", PyExc_ValueError, NULL);
    if (Signal_type == NULL || Empty == NULL)
        return -1;
    HPy type = HPy_FromPyObject(ctx, Signal_type), empty = HPy_FromPyObject(ctx, Empty);
    int result = HPy_SetAttr_s(ctx, module, "Signal", type);
    if (result == 0)
        result = HPy_SetAttr_s(ctx, module, "Empty", empty);
    HPy_Close(ctx, type);
    HPy_Close(ctx, empty);
    return result;
}

static HPyDef *module_defines[] = {&module_exec, NULL};

static HPyModuleDef moduledef = {
    .doc = "Samples of signals.",
    .legacy_methods = methods,
    .defines = module_defines,
};

HPy_MODINIT(signals, moduledef)
