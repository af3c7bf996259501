/* Counting, timing and announcing calls of the API. Handles are those of the context below, so the
 * calls of the extension's own functions pass unchanged. */
#define _POSIX_C_SOURCE 199309L /* clock_gettime */
#include "trace.h"

#include <time.h>

/* The state of this interpreter. Modules get it through Python, because each is an image of its
 * own. */
static TraceState *trace_state(void) {
    static TraceState *state;
    if (state != NULL)
        return state;
    HPyContext *below = BELOW(_HPyContext_Get)();
    HPy module = BELOW(HPyImport_ImportModule)(below, "hpybc.trace");
    if (!HPy_IsNull(module)) {
        HPy capsule = BELOW(HPy_GetAttr_s)(below, module, "_state");
        if (!HPy_IsNull(capsule)) {
            state = BELOW(HPyCapsule_Get)(below, capsule, HPyCapsule_key_Pointer, TRACE_STATE_NAME);
            BELOW(HPy_Close)(below, capsule);
        }
        BELOW(HPy_Close)(below, module);
    }
    if (state == NULL)
        BELOW(HPy_FatalError)(below, "trace mode cannot find its state: hpybc.trace is of another "
                                     "version");
    return state;
}

HPyContext *_HPyContext_Get(void) {
    static HPyContext context;
    if (context.name == NULL) {
        context = *BELOW(_HPyContext_Get)();
        context.name = "HPy Trace Mode ABI (hpybc)";
    }
    return &context;
}

HPy _HPy_NewSized(HPyContext *ctx, HPy type, void **data, _HPy_UNUSED size_t size) {
    return _HPy_New(ctx, type, data);
}

/* What the extension calls is to be seen, not what it could be replaced by. */
const char *_HPyUnicode_ReadASCII(_HPy_UNUSED HPyContext *ctx, _HPy_UNUSED HPy h,
                                  _HPy_UNUSED HPy_ssize_t *size) {
    return NULL;
}

HPy _HPyName_Get(_HPy_UNUSED HPyContext *ctx, _HPy_UNUSED _HPyName *name,
                 _HPy_UNUSED const char *utf8) {
    return HPy_NULL;
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Calls hook(name), without disturbing the exception that may be on its way. */
static void announce(HPy hook, const char *name) {
    HPyContext *below = BELOW(_HPyContext_Get)();
    HPy exception = _HPyErr_Save(below);
    HPy argument = BELOW(HPyUnicode_FromString)(below, name), result = HPy_NULL;
    HPy callable = BELOW(HPy_Dup)(below, hook); /* it may replace itself */
    if (!HPy_IsNull(argument))
        result = BELOW(HPy_Call)(below, callable, &argument, 1, HPy_NULL);
    if (HPy_IsNull(result))
        BELOW(HPyErr_WriteUnraisable)(below, callable);
    BELOW(HPy_Close)(below, result);
    BELOW(HPy_Close)(below, argument);
    BELOW(HPy_Close)(below, callable);
    _HPyErr_Restore(below, exception);
}

TraceFunction *trace_function(int index) {
    return &trace_state()->functions[index];
}

uint64_t trace_enter(TraceFunction *function) {
    const TraceState *state = trace_state();
    atomic_fetch_add_explicit(&function->calls, 1, memory_order_relaxed);
    if (!HPy_IsNull(state->on_enter))
        announce(state->on_enter, function->name);
    return now();
}

void trace_leave(TraceFunction *function, uint64_t entered) {
    const TraceState *state = trace_state();
    atomic_fetch_add_explicit(&function->nanoseconds, now() - entered, memory_order_relaxed);
    if (!HPy_IsNull(state->on_exit))
        announce(state->on_exit, function->name);
}

void _HPy_CallRealFunctionFromTrampoline(HPyContext *ctx, HPyFunc_Signature sig, HPyCFunction func,
                                         void *args) {
    BELOW(_HPy_CallRealFunctionFromTrampoline)(ctx, sig, func, args);
}
