/* Trackers of handles of this context: the one below would close handles that it does not know. */
#include "debug.h"

typedef struct {
    HPy *handles;
    size_t n, capacity;
} DebugTracker;

#define MINIMUM 8

static bool reserve(DebugTracker *tracker, size_t capacity) {
    if (capacity > PTRDIFF_MAX / sizeof(HPy))
        return false;
    HPy *handles = realloc(tracker->handles, capacity * sizeof(HPy));
    if (handles == NULL)
        return false;
    tracker->handles = handles;
    tracker->capacity = capacity;
    return true;
}

HPyTracker HPyTracker_New(HPyContext *ctx, HPy_ssize_t size) {
    DebugContext *own = context_call(ctx);
    DebugTracker *tracker = calloc(1, sizeof(DebugTracker));
    if (tracker == NULL || !reserve(tracker, size > MINIMUM ? (size_t)size : MINIMUM)) {
        free(tracker);
        tracker = NULL;
        BELOW(HPyErr_NoMemory)(BELOW(_HPyContext_Get)());
    }
    context_return(own);
    return (HPyTracker){(struct _HPyTracker *)tracker};
}

int HPyTracker_Add(HPyContext *ctx, HPyTracker ht, HPy h) {
    DebugContext *own = context_call(ctx);
    DebugTracker *tracker = (DebugTracker *)ht._i;
    const bool added = tracker->n < tracker->capacity || reserve(tracker, 2 * tracker->capacity);
    if (added)
        tracker->handles[tracker->n++] = h;
    else
        BELOW(HPyErr_NoMemory)(BELOW(_HPyContext_Get)());
    context_return(own);
    return added ? 0 : -1;
}

void HPyTracker_ForgetAll(HPyContext *ctx, HPyTracker ht) {
    DebugContext *own = context_call(ctx);
    ((DebugTracker *)ht._i)->n = 0;
    context_return(own);
}

void HPyTracker_Close(HPyContext *ctx, HPyTracker ht) {
    DebugTracker *tracker = (DebugTracker *)ht._i;
    for (size_t i = 0; i < tracker->n; i++)
        HPy_Close(ctx, tracker->handles[i]);
    free(tracker->handles);
    free(tracker);
}
