/* Handles that know whether they are open, and where they come from. */
#include "debug.h"

#include <execinfo.h>
#include <string.h>
#include <sys/mman.h>

/* One frame for handle_open itself, which no trace shows. */
#define HIDDEN_FRAMES 1

static void remember_frames(DebugHandle *handle, int limit) {
    void **frames = malloc((size_t)(limit + HIDDEN_FRAMES) * sizeof(void *));
    if (frames == NULL)
        return;
    const int n = backtrace(frames, limit + HIDDEN_FRAMES) - HIDDEN_FRAMES;
    handle->n_frames = n > 0 ? n : 0;
    memmove(frames, frames + HIDDEN_FRAMES, (size_t)handle->n_frames * sizeof(void *));
    handle->frames = frames;
}

static DebugHandle *new_handle(void) {
    DebugHandle *handle = calloc(1, sizeof(DebugHandle));
    if (handle == NULL)
        fail_plainly("out of memory");
    return handle;
}

__attribute__((noinline)) HPy handle_open(DebugContext *own, HPy below) {
    if (HPy_IsNull(below))
        return HPy_NULL;
    DebugState *state = debug_state();
    Garbage garbage = NO_GARBAGE;
    caller_find(own);
    pthread_mutex_lock(&state->lock);
    /* When as many are closed as may be, the oldest of them is opened anew. */
    DebugHandle *handle = state->closed.size > 0 && state->closed.size >= state->closed_limit
                              ? debug_handle_take_oldest(state, &garbage)
                              : new_handle();
    handle->below = below;
    handle->closed = false;
    handle->generation = state->generation;
    handle->queued = true;
    queue_append(&state->open, &handle->node);
    site_fill(&handle->opened, own);
    if (state->frames_limit > 0)
        remember_frames(handle, state->frames_limit);
    pthread_mutex_unlock(&state->lock);
    garbage_clear(BELOW(_HPyContext_Get)(), garbage);
    return HPy_FromVoidP(handle);
}

HPy handle_constant(HPy below) {
    DebugHandle *handle = new_handle();
    handle->below = below;
    handle->constant = true;
    return HPy_FromVoidP(handle);
}

/* Reports the use of a closed handle, or that a constant is closed. If the process goes on, so does
 * the extension, with the object if that has been kept. */
static HPy below_closed(DebugContext *own, const DebugHandle *handle) {
    report_invalid(own, debug_state()->on_invalid,
                   (Invalid){
                       .message = "Invalid usage of already closed handle",
                       .what = handle->constant ? "constant" : "handle",
                       .object = handle->below,
                       .opened = handle->constant ? NULL : &handle->opened,
                       .closed = handle->constant ? NULL : &handle->closed_at,
                   });
    return HPy_IsNull(handle->below) ? BELOW(_HPyContext_Get)()->h_None : handle->below;
}

HPy handle_below(DebugContext *own, HPy h) {
    if (HPy_IsNull(h))
        return HPy_NULL;
    const DebugHandle *handle = HPy_AsVoidP(h);
    return handle->closed ? below_closed(own, handle) : handle->below;
}

__attribute__((noinline)) HPy handle_take(DebugContext *own, HPy h) {
    if (HPy_IsNull(h))
        return HPy_NULL;
    HPyContext *ctx = BELOW(_HPyContext_Get)();
    DebugState *state = debug_state();
    DebugHandle *handle = HPy_AsVoidP(h);
    Garbage garbage = NO_GARBAGE;
    HPy keep = HPy_IsNull(state->on_invalid) ? HPy_NULL : BELOW(HPy_Dup)(ctx, handle->below);
    HPy below = HPy_NULL;
    caller_find(own);
    pthread_mutex_lock(&state->lock);
    if (!handle->closed && !handle->constant) {
        below = handle->below;
        site_fill(&handle->closed_at, own);
        debug_handle_retire(state, handle, keep, &garbage);
        keep = HPy_NULL;
    }
    pthread_mutex_unlock(&state->lock);
    garbage_clear(ctx, garbage);
    BELOW(HPy_Close)(ctx, keep);
    return HPy_IsNull(below) ? BELOW(HPy_Dup)(ctx, below_closed(own, handle)) : below;
}

const void *handle_data(HPy h, const void *data, size_t size) {
    DebugHandle *handle = HPy_AsVoidP(h);
    if (handle->closed || data == NULL)
        return data;
    if (handle->data != NULL) /* a str, bytes or type has one string, which does not change */
        return handle->data;
    void *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy == MAP_FAILED) {
        BELOW(HPyErr_NoMemory)(BELOW(_HPyContext_Get)());
        return NULL;
    }
    memcpy(copy, data, size);
    mprotect(copy, size, PROT_READ);
    handle->data = copy;
    handle->data_size = size;
    return copy;
}
