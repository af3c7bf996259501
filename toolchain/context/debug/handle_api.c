/* Dup, Close, and functions that take or give handles in arrays. */
#include "debug.h"

void HPy_Close(HPyContext *ctx, HPy h) {
    DebugContext *own = context_call(ctx);
    BELOW(HPy_Close)(BELOW(_HPyContext_Get)(), handle_take(own, h));
    context_return(own);
}

/* The handles below those of an array, on the stack if they are few. */
#define SHORT 16

typedef struct {
    HPy *items;
    HPy names; /* of the arguments by keyword, which follow those by position */
    HPy on_stack[SHORT];
} Below;

/* A length that cannot be is for the function below to refuse. */
static bool below_init(DebugContext *own, Below *below, const HPy *handles, HPy_ssize_t n,
                       HPy names) {
    HPyContext *ctx = BELOW(_HPyContext_Get)();
    below->names = handle_below(own, names);
    if (!HPy_IsNull(names)) {
        const HPy_ssize_t n_names = BELOW(HPy_Length)(ctx, below->names);
        if (n_names < 0)
            return false;
        n += n_names;
    }
    below->items = n <= SHORT ? below->on_stack : calloc((size_t)n, sizeof(HPy));
    if (below->items == NULL) {
        BELOW(HPyErr_NoMemory)(ctx);
        return false;
    }
    for (HPy_ssize_t i = 0; i < n; i++)
        below->items[i] = handle_below(own, handles[i]);
    return true;
}

static void below_clear(Below *below) {
    if (below->items != below->on_stack)
        free(below->items);
}

/* A function that takes n handles in an array, and one more for each of `names`. The rest is what
 * the function below gets. */
#define TAKES_ARRAY(function, parameters, handles, n, names, ...)                                  \
    HPy function parameters {                                                                      \
        DebugContext *own = context_call(ctx);                                                     \
        HPy result = HPy_NULL;                                                                     \
        Below below;                                                                               \
        if (below_init(own, &below, handles, (HPy_ssize_t)(n), names)) {                           \
            result = BELOW(function)(BELOW(_HPyContext_Get)(), __VA_ARGS__);                       \
            below_clear(&below);                                                                   \
        }                                                                                          \
        context_return(own);                                                                       \
        return handle_open(own, result);                                                           \
    }
TAKES_ARRAY(HPyTuple_FromArray, (HPyContext * ctx, const HPy items[], HPy_ssize_t n), items, n,
            HPy_NULL, below.items, n)
TAKES_ARRAY(HPy_Call, (HPyContext * ctx, HPy callable, const HPy *args, size_t nargs, HPy kwnames),
            args, nargs, kwnames, handle_below(own, callable), below.items, nargs, below.names)
TAKES_ARRAY(HPy_CallMethod,
            (HPyContext * ctx, HPy name, const HPy *args, size_t nargs, HPy kwnames), args, nargs,
            kwnames, handle_below(own, name), below.items, nargs, below.names)
TAKES_ARRAY(_HPyType_GenericNew,
            (HPyContext * ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw), args, nargs,
            HPy_NULL, handle_below(own, type), below.items, nargs, handle_below(own, kw))
TAKES_ARRAY(HPyStructSequence_New, (HPyContext * ctx, HPy type, HPy_ssize_t nargs, HPy *args), args,
            nargs, HPy_NULL, handle_below(own, type), nargs, below.items)

/* Without a GIL the context below has functions of its own for what these macros stand for. */
HPy _HPyField_LoadFrom(HPyContext *ctx, HPy source_object, const HPyField *source_field) {
    return HPyField_Load(ctx, source_object, *source_field);
}

HPy _HPyGlobal_LoadFrom(HPyContext *ctx, const HPyGlobal *global) {
    return HPyGlobal_Load(ctx, *global);
}

HPy _HPy_NewSized(HPyContext *ctx, HPy type, void **data, _HPy_UNUSED size_t size) {
    return _HPy_New(ctx, type, data);
}

/* A handle that nobody opened is none that can be checked. */
const char *_HPyUnicode_ReadASCII(_HPy_UNUSED HPyContext *ctx, _HPy_UNUSED HPy h,
                                  _HPy_UNUSED HPy_ssize_t *size) {
    return NULL;
}

HPy _HPyName_Get(_HPy_UNUSED HPyContext *ctx, _HPy_UNUSED _HPyName *name,
                 _HPy_UNUSED const char *utf8) {
    return HPy_NULL;
}

HPy HPyStructSequence_NewType(HPyContext *ctx, HPyStructSequence_Desc *desc) {
    DebugContext *own = context_call(ctx);
    HPy result = BELOW(HPyStructSequence_NewType)(BELOW(_HPyContext_Get)(), desc);
    context_return(own);
    return handle_open(own, result);
}

int32_t HPyContextVar_Get(HPyContext *ctx, HPy context_var, HPy default_value, HPy *result) {
    DebugContext *own = context_call(ctx);
    HPy value = HPy_NULL;
    const int32_t status =
        BELOW(HPyContextVar_Get)(BELOW(_HPyContext_Get)(), handle_below(own, context_var),
                                 handle_below(own, default_value), &value);
    context_return(own);
    *result = handle_open(own, value);
    return status;
}
