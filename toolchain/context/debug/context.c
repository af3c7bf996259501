/* The state, the contexts of calls, and what happens when something is wrong. */
#include "debug.h"

#include <execinfo.h>
#include <stdio.h>
#include <unistd.h>

/* Contexts of calls that have returned, kept for as long so that their use is noticed. */
#define RETIRED_LIMIT 16
#define FRAMES_OF_FAILURES 16

static Queue retired;

/* What each context is a copy of; its handles are filled in with the first call. The table of
 * functions stays empty: bitcode calls them by name. */
static HPyContext constants = {
    .name = "HPy Debug Mode ABI (hpybc)",
    .abi_version = HPY_ABI_VERSION,
};

void fail(const char *message) {
    void *frames[FRAMES_OF_FAILURES];
    fprintf(stderr, "%s\n", message);
    fflush(stderr);
    backtrace_symbols_fd(frames, backtrace(frames, FRAMES_OF_FAILURES), STDERR_FILENO);
    BELOW(HPy_FatalError)(BELOW(_HPyContext_Get)(), message);
}

void report_invalid(HPy hook, const char *message) {
    HPyContext *below = BELOW(_HPyContext_Get)();
    if (HPy_IsNull(hook))
        fail(message);
    HPy exception = _HPyErr_Save(below);
    HPy result = BELOW(HPy_CallTupleDict)(below, hook, HPy_NULL, HPy_NULL);
    if (HPy_IsNull(result))
        BELOW(HPyErr_WriteUnraisable)(below, hook);
    else
        BELOW(HPy_Close)(below, result);
    _HPyErr_Restore(below, exception);
}

DebugState *debug_state(void) {
    static DebugState *state;
    if (state != NULL)
        return state;
    HPyContext *below = BELOW(_HPyContext_Get)();
    HPy module = BELOW(HPyImport_ImportModule)(below, "hpybc.debug");
    if (!HPy_IsNull(module)) {
        HPy capsule = BELOW(HPy_GetAttr_s)(below, module, "_state");
        if (!HPy_IsNull(capsule)) {
            state = BELOW(HPyCapsule_Get)(below, capsule, HPyCapsule_key_Pointer, DEBUG_STATE_NAME);
            BELOW(HPy_Close)(below, capsule);
        }
        BELOW(HPy_Close)(below, module);
    }
    if (state == NULL)
        fail("debug mode cannot find its state: hpybc.debug is of another version");
    return state;
}

static void fill_constants(void) {
    HPyContext *below = BELOW(_HPyContext_Get)();
#define HPY_HANDLE(index, member, object) constants.member = handle_constant(below->member);
#include "hpy/api.def"
}

DebugContext *context_open(HPyCFunction function) {
    DebugState *state = debug_state();
    DebugContext *own = NULL;
    pthread_mutex_lock(&state->lock);
    if (HPy_IsNull(constants.h_None))
        fill_constants();
    if (retired.size >= RETIRED_LIMIT)
        own = (DebugContext *)queue_take_first(&retired);
    pthread_mutex_unlock(&state->lock);
    if (own == NULL)
        own = malloc(sizeof(DebugContext));
    if (own == NULL)
        fail("out of memory");
    own->api = constants;
    own->api._private = own;
    own->function = function;
    own->current = true;
    return own;
}

void context_close(DebugContext *own) {
    DebugState *state = debug_state();
    own->current = false;
    pthread_mutex_lock(&state->lock);
    queue_append(&retired, &own->node);
    pthread_mutex_unlock(&state->lock);
}

DebugContext *context_call(HPyContext *ctx) {
    DebugContext *own = ctx->_private;
    if (!own->current)
        fail("Error: Wrong HPy Context! A function of an extension may use only the context that "
             "it was called with");
    own->current = false;
    return own;
}
