/*
 * signals - the last step of the porting guide: HPy alone, one file for every interpreter.
 *
 *     hpybc compile examples/porting/step5_hpy.c -o signals.bc
 */
#include "hpy.h"

#include <stddef.h>

/* Samples, and what they are called. As long as others have a view of them they stay in place. */
typedef struct {
    double *samples;
    HPy_ssize_t length;
    HPy_ssize_t capacity;
    HPy_ssize_t views;
    double scale;
    HPyField label;
} Signal;
HPyType_HELPERS(Signal);

static HPyGlobal Signal_type;
static HPyGlobal Empty;

static double largest(const double *samples, HPy_ssize_t length) {
    double found = samples[0];
    for (HPy_ssize_t i = 1; i < length; i++)
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
    HPyField_Store(ctx, self, &signal->label, label);
    signal->scale = scale;
    HPyTracker_Close(ctx, tracker);
    return 0;
}

HPyDef_SLOT(Signal_traverse, HPy_tp_traverse);
static int Signal_traverse_impl(void *data, HPyFunc_visitproc visit, void *arg) {
    HPy_VISIT(&((Signal *)data)->label);
    return 0;
}

/* The field is released without it. */
HPyDef_SLOT(Signal_destroy, HPy_tp_destroy);
static void Signal_destroy_impl(void *data) {
    free(((Signal *)data)->samples);
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
    HPy label = HPyField_IsNull(signal->label) ? HPy_Dup(ctx, ctx->h_None) /* deleted */
                                               : HPyField_Load(ctx, self, signal->label);
    HPy text = HPyUnicode_FromFormat(ctx, "Signal(%R, %zd samples)", label, signal->length);
    HPy_Close(ctx, label);
    return text;
}

HPyDef_MEMBER(Signal_label, "label", HPyMember_OBJECT_EX, offsetof(Signal, label),
              .doc = "what the signal is called");
HPyDef_MEMBER(Signal_scale, "scale", HPyMember_DOUBLE, offsetof(Signal, scale),
              .doc = "what samples are multiplied by");

/* What a consumer may ask for (PEP 3118). */
enum { BUFFER_FORMAT = 0x4, BUFFER_ND = 0x8, BUFFER_STRIDES = 0x10 | BUFFER_ND };

HPyDef_SLOT(Signal_getbuffer, HPy_bf_getbuffer);
static int Signal_getbuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view, int flags) {
    static HPy_ssize_t stride = sizeof(double);
    static double nothing;
    static char format[] = "d";
    Signal *signal = Signal_AsStruct(ctx, self);
    *view = (HPy_buffer){
        .buf = signal->samples == NULL ? &nothing : signal->samples,
        .obj = HPy_Dup(ctx, self),
        .len = signal->length * (HPy_ssize_t)sizeof(double),
        .itemsize = sizeof(double),
        .ndim = 1,
        .format = flags & BUFFER_FORMAT ? format : NULL,
        .shape = flags & BUFFER_ND ? &signal->length : NULL,
        .strides = (flags & BUFFER_STRIDES) == BUFFER_STRIDES ? &stride : NULL,
    };
    signal->views++;
    return 0;
}

HPyDef_SLOT(Signal_releasebuffer, HPy_bf_releasebuffer);
static void Signal_releasebuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view) {
    (void)view;
    Signal_AsStruct(ctx, self)->views--;
}

static HPyDef *Signal_defines[] = {
    &Signal_new,    &Signal_init,   &Signal_traverse,  &Signal_destroy,
    &Signal_append, &Signal_length, &Signal_item,      &Signal_repr,
    &Signal_label,  &Signal_scale,  &Signal_getbuffer, &Signal_releasebuffer,
    NULL,
};

static HPyType_Spec Signal_spec = {
    .name = "signals.Signal",
    .basicsize = sizeof(Signal),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC | HPy_TPFLAGS_BASETYPE,
    .builtin_shape = SHAPE(Signal),
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
