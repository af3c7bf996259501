/* The state, and the contexts of calls. */
#include "debug.h"

/* Contexts of calls that have returned, kept for as long so that their use is noticed. */
#define RETIRED_LIMIT 16

static Queue retired;

/* What each context is a copy of; its handles are filled in with the first call. The table of
 * functions stays empty: bitcode calls them by name. */
static HPyContext constants = {
    .name = "HPy Debug Mode ABI (hpybc)",
    .abi_version = HPY_ABI_VERSION,
};

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
        fail_plainly("debug mode cannot find its state: hpybc.debug is of another version");
    return state;
}

static void fill_constants(void) {
    HPyContext *below = BELOW(_HPyContext_Get)();
#define HPY_HANDLE(index, member, object) constants.member = handle_constant(below->member);
#include "hpy/api.def"
}

DebugContext *context_new(HPyCFunction function, void *top) {
    DebugState *state = debug_state();
    DebugContext *own = NULL;
    Garbage garbage = NO_GARBAGE;
    pthread_mutex_lock(&state->lock);
    if (HPy_IsNull(constants.h_None))
        fill_constants();
    if (retired.size >= RETIRED_LIMIT) {
        own = (DebugContext *)queue_take_first(&retired);
        caller_release(own->caller, &garbage);
    }
    pthread_mutex_unlock(&state->lock);
    garbage_clear(BELOW(_HPyContext_Get)(), garbage);
    if (own == NULL)
        own = malloc(sizeof(DebugContext));
    if (own == NULL)
        fail_plainly("out of memory");
    own->api = constants;
    own->api._private = own;
    own->function = function;
    own->called = NULL;
    own->top = top;
    own->caller = NULL;
    own->caller_is_known = false;
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

/* How much of the stack is there for certain. */
#define NEAR 4096

/* The call that `own` belongs to may be over: it says nothing of where this is. */
_HPy_NO_RETURN static void fail_for(const DebugContext *own, const char *called) {
    DebugContext here = {.called = called, .top = (char *)__builtin_frame_address(0) + NEAR};
    const Site opened = {.frames = {(char *)own->function + 1, NULL}, .caller = own->caller};
    fail_invalid(&here, (Invalid){
                            .message = "Error: Wrong HPy Context! A function of an extension may "
                                       "use only the context that it was called with",
                            .what = "context",
                            .opened = &opened,
                        });
}

DebugContext *context_enter(HPyContext *ctx, const char *called) {
    DebugContext *own = ctx->_private;
    if (!own->current)
        fail_for(own, called);
    own->current = false;
    own->called = called;
    return own;
}
