/*
 * signals - the fourth step of the porting guide: the type is HPy's, with slots of the C API
 * beside.
 *
 *     hpybc compile examples/porting/step4_type.c -o signals.bc
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
HPyType_LEGACY_HELPERS(Signal);

static HPyGlobal Signal_type;
static HPyGlobal Empty;

static double largest(const double *samples, Py_ssize_t length) {
    double found = samples[0];
    for (Py_ssize_t i = 1; i < length; i++)
        found = samples[i] > found ? samples[i] : found;
    return found;
}

/* ---- The type ------------------------------------------------------------------------------- */

HPyDef_SLOT_IMPL(Signal_new, HPyType_GenericNew, HPy_tp_new);

HPyDef_SLOT(Signal_init, HPy_tp_init);
static int Signal_init_impl(HPyContext *ctx, HPy self, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    static const char *const names[] = {"label", "scale", NULL};
    HPy label = ctx->h_None;
    double scale = 1.0;
    HPyTracker tracker;
    if (!HPyArg_ParseKeywordsDict(ctx, &tracker, args, nargs, kw, "|Od:Signal", names, &label,
                                  &scale))
        return -1;
    Signal *signal = Signal_AsStruct(ctx, self);
    PyObject *old = signal->label;
    signal->label = HPy_AsPyObject(ctx, label);
    Py_XDECREF(old);
    signal->scale = scale;
    HPyTracker_Close(ctx, tracker);
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

HPyDef_METH(Signal_append, "append", HPyFunc_O, .doc = "Adds a sample.");
static HPy Signal_append_impl(HPyContext *ctx, HPy self, HPy arg) {
    Signal *signal = Signal_AsStruct(ctx, self);
    const double value = HPyFloat_AsDouble(ctx, arg);
    if (value == -1.0 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    if (signal->views > 0)
        return HPyErr_SetString(ctx, ctx->h_BufferError, "somebody has a view of the samples");
    if (signal->length == signal->capacity) {
        const HPy_ssize_t capacity = signal->capacity == 0 ? 8 : 2 * signal->capacity;
        double *samples = realloc(signal->samples, (size_t)capacity * sizeof(double));
        if (samples == NULL)
            return HPyErr_NoMemory(ctx);
        signal->samples = samples;
        signal->capacity = capacity;
    }
    signal->samples[signal->length++] = value;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_SLOT(Signal_length, HPy_sq_length);
static HPy_ssize_t Signal_length_impl(HPyContext *ctx, HPy self) {
    return Signal_AsStruct(ctx, self)->length;
}

HPyDef_SLOT(Signal_item, HPy_sq_item);
static HPy Signal_item_impl(HPyContext *ctx, HPy self, HPy_ssize_t index) {
    const Signal *signal = Signal_AsStruct(ctx, self);
    if (index < 0 || index >= signal->length)
        return HPyErr_SetString(ctx, ctx->h_IndexError, "no such sample");
    return HPyFloat_FromDouble(ctx, signal->scale * signal->samples[index]);
}

HPyDef_SLOT(Signal_repr, HPy_tp_repr);
static HPy Signal_repr_impl(HPyContext *ctx, HPy self) {
    const Signal *signal = Signal_AsStruct(ctx, self);
    PyObject *object = signal->label == NULL ? Py_None : signal->label; /* deleted */
    HPy label = HPy_FromPyObject(ctx, object);
    HPy text = HPyUnicode_FromFormat(ctx, "Signal(%R, %zd samples)", label, signal->length);
    HPy_Close(ctx, label);
    return text;
}

HPyDef_MEMBER(Signal_scale, "scale", HPyMember_DOUBLE, offsetof(Signal, scale),
              .doc = "what samples are multiplied by");

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

/* An object in the struct is a member of the C API still. */
static PyMemberDef Signal_members[] = {
    {"label", T_OBJECT_EX, offsetof(Signal, label), 0, "what the signal is called"},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot Signal_legacy_slots[] = {
    {Py_tp_traverse, (void *)Signal_traverse},
    {Py_tp_clear, (void *)Signal_clear},
    {Py_tp_dealloc, (void *)Signal_dealloc},
    {Py_bf_getbuffer, (void *)Signal_getbuffer},
    {Py_bf_releasebuffer, (void *)Signal_releasebuffer},
    {Py_tp_members, Signal_members},
    {0, NULL},
};

static HPyDef *Signal_defines[] = {&Signal_new,  &Signal_init, &Signal_append, &Signal_length,
                                   &Signal_item, &Signal_repr, &Signal_scale,  NULL};

static HPyType_Spec Signal_spec = {
    .name = "signals.Signal",
    .basicsize = sizeof(Signal),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC | HPy_TPFLAGS_BASETYPE,
    .builtin_shape = SHAPE(Signal),
    .legacy_slots = Signal_legacy_slots,
    .defines = Signal_defines,
};

/* ---- Functions ------------------------------------------------------------------------------ */

HPyDef_METH(total, "total", HPyFunc_VARARGS,
            .doc = "The sum of what an iterable gives, and of a start.");
static HPy total_impl(HPyContext *ctx, HPy module, const HPy *args, size_t nargs) {
    (void)module;
    HPy iterable;
    double sum = 0.0;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "O|d:total", &iterable, &sum))
        return HPy_NULL;
    HPy iterator = HPy_GetIter(ctx, iterable);
    if (HPy_IsNull(iterator))
        return HPy_NULL;
    HPy item;
    while (!HPy_IsNull(item = HPyIter_Next(ctx, iterator))) {
        const double value = HPyFloat_AsDouble(ctx, item);
        HPy_Close(ctx, item);
        if (value == -1.0 && HPyErr_Occurred(ctx))
            break;
        sum += value;
    }
    HPy_Close(ctx, iterator);
    return HPyErr_Occurred(ctx) ? HPy_NULL : HPyFloat_FromDouble(ctx, sum);
}

HPyDef_METH(peak, "peak", HPyFunc_O, .doc = "The largest sample of a signal.");
static HPy peak_impl(HPyContext *ctx, HPy module, HPy arg) {
    (void)module;
    HPy type = HPyGlobal_Load(ctx, Signal_type);
    const bool is_signal = HPy_TypeCheck(ctx, arg, type);
    HPy_Close(ctx, type);
    if (!is_signal)
        return HPyErr_SetString(ctx, ctx->h_TypeError, "a Signal is required");
    Signal *signal = Signal_AsStruct(ctx, arg);
    if (signal->length == 0) {
        HPy empty = HPyGlobal_Load(ctx, Empty);
        HPyErr_SetString(ctx, empty, "the signal has no samples");
        HPy_Close(ctx, empty);
        return HPy_NULL;
    }
    double found;
    signal->views++; /* while others run, the samples stay in place */
    HPy_BEGIN_LEAVE_PYTHON(ctx);
    found = largest(signal->samples, signal->length);
    HPy_END_LEAVE_PYTHON(ctx);
    signal->views--;
    return HPyFloat_FromDouble(ctx, signal->scale * found);
}

/* ---- The module ----------------------------------------------------------------------------- */

/* Makes what a global holds an attribute of the module as well, and closes the handle. */
static int publish(HPyContext *ctx, HPy module, const char *name, HPyGlobal *global, HPy h) {
    if (HPy_IsNull(h))
        return -1;
    HPyGlobal_Store(ctx, global, h);
    const int result = HPy_SetAttr_s(ctx, module, name, h);
    HPy_Close(ctx, h);
    return result;
}

HPyDef_SLOT(module_exec, HPy_mod_exec);
static int module_exec_impl(HPyContext *ctx, HPy module) {
    HPy type = HPyType_FromSpec(ctx, &Signal_spec, NULL);
    if (publish(ctx, module, "Signal", &Signal_type, type) < 0)
        return -1;
    HPy empty = HPyErr_NewException(ctx, "signals.Empty", ctx->h_ValueError, HPy_NULL);
    return publish(ctx, module, "Empty", &Empty, empty);
}

static HPyDef *module_defines[] = {&total, &peak, &module_exec, NULL};
static HPyGlobal *module_globals[] = {&Signal_type, &Empty, NULL};

static HPyModuleDef moduledef = {
    .doc = "Samples of signals.",
    .defines = module_defines,
    .globals = module_globals,
};

HPy_MODINIT(signals, moduledef)
