/* Dup, Close, and functions that take or give handles in arrays. */
#include "debug.h"

void HPy_Close(HPyContext *ctx, HPy h) {
    DebugContext *own = context_call(ctx);
    BELOW(HPy_Close)(BELOW(_HPyContext_Get)(), handle_take(h));
    context_return(own);
}

/* An array of the handles below, on the stack if it is short. */
#define SHORT 16

typedef struct {
    HPy *items;
    HPy on_stack[SHORT];
} Below;

static bool below_init(Below *below, const HPy *handles, size_t n) {
    below->items = n <= SHORT ? below->on_stack : malloc(n * sizeof(HPy));
    if (below->items == NULL) {
        BELOW(HPyErr_NoMemory)(BELOW(_HPyContext_Get)());
        return false;
    }
    for (size_t i = 0; i < n; i++)
        below->items[i] = handle_below(handles[i]);
    return true;
}

static void below_clear(Below *below) {
    if (below->items != below->on_stack)
        free(below->items);
}

HPy HPyTuple_FromArray(HPyContext *ctx, const HPy items[], HPy_ssize_t n) {
    DebugContext *own = context_call(ctx);
    HPy result = HPy_NULL;
    Below below;
    if (below_init(&below, items, (size_t)n)) {
        result = BELOW(HPyTuple_FromArray)(BELOW(_HPyContext_Get)(), below.items, n);
        below_clear(&below);
    }
    context_return(own);
    return handle_open(result);
}

/* The arguments of a call: those by position, then those that kwnames names. */
static bool call_init(Below *below, const HPy *args, size_t nargs, HPy kwnames) {
    HPy_ssize_t n_keywords = 0;
    if (!HPy_IsNull(kwnames)) {
        n_keywords = BELOW(HPy_Length)(BELOW(_HPyContext_Get)(), kwnames);
        if (n_keywords < 0)
            return false;
    }
    return below_init(below, args, nargs + (size_t)n_keywords);
}

HPy HPy_Call(HPyContext *ctx, HPy callable, const HPy *args, size_t nargs, HPy kwnames) {
    DebugContext *own = context_call(ctx);
    HPy result = HPy_NULL, names = handle_below(kwnames);
    Below below;
    if (call_init(&below, args, nargs, names)) {
        result = BELOW(HPy_Call)(BELOW(_HPyContext_Get)(), handle_below(callable), below.items,
                                 nargs, names);
        below_clear(&below);
    }
    context_return(own);
    return handle_open(result);
}

HPy HPy_CallMethod(HPyContext *ctx, HPy name, const HPy *args, size_t nargs, HPy kwnames) {
    DebugContext *own = context_call(ctx);
    HPy result = HPy_NULL, names = handle_below(kwnames);
    Below below;
    if (call_init(&below, args, nargs, names)) {
        result = BELOW(HPy_CallMethod)(BELOW(_HPyContext_Get)(), handle_below(name), below.items,
                                       nargs, names);
        below_clear(&below);
    }
    context_return(own);
    return handle_open(result);
}

HPy _HPyType_GenericNew(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    DebugContext *own = context_call(ctx);
    HPy result = HPy_NULL;
    Below below;
    if (below_init(&below, args, (size_t)nargs)) {
        result = BELOW(_HPyType_GenericNew)(BELOW(_HPyContext_Get)(), handle_below(type),
                                            below.items, nargs, handle_below(kw));
        below_clear(&below);
    }
    context_return(own);
    return handle_open(result);
}

/* Without a GIL the context below has functions of its own for what these macros stand for. */
HPy _HPyField_LoadFrom(HPyContext *ctx, HPy source_object, const HPyField *source_field) {
    return HPyField_Load(ctx, source_object, *source_field);
}

HPy _HPyGlobal_LoadFrom(HPyContext *ctx, const HPyGlobal *global) {
    return HPyGlobal_Load(ctx, *global);
}

HPy HPyStructSequence_NewType(HPyContext *ctx, HPyStructSequence_Desc *desc) {
    DebugContext *own = context_call(ctx);
    HPy result = BELOW(HPyStructSequence_NewType)(BELOW(_HPyContext_Get)(), desc);
    context_return(own);
    return handle_open(result);
}

HPy HPyStructSequence_New(HPyContext *ctx, HPy type, HPy_ssize_t nargs, HPy *args) {
    DebugContext *own = context_call(ctx);
    HPy result = HPy_NULL;
    Below below;
    if (below_init(&below, args, (size_t)nargs)) {
        result = BELOW(HPyStructSequence_New)(BELOW(_HPyContext_Get)(), handle_below(type), nargs,
                                              below.items);
        below_clear(&below);
    }
    context_return(own);
    return handle_open(result);
}

int32_t HPyContextVar_Get(HPyContext *ctx, HPy context_var, HPy default_value, HPy *result) {
    DebugContext *own = context_call(ctx);
    HPy value = HPy_NULL;
    const int32_t status = BELOW(HPyContextVar_Get)(
        BELOW(_HPyContext_Get)(), handle_below(context_var), handle_below(default_value), &value);
    context_return(own);
    *result = handle_open(value);
    return status;
}
