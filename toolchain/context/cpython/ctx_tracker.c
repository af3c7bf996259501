/* Trackers: handles to be closed together. */
#include "deferred.h"

/* Enough for most functions without a second allocation. */
#define N_INLINE 10

struct _HPyTracker {
    size_t length;
    size_t capacity;
    HPy *handles;
    HPy inline_handles[N_INLINE];
};

/* The memory of the last tracker that was closed, for the next one: without nested calls no tracker
 * but the first is allocated. Only the holder of the GIL may touch it. */
#if THREADS_TAKE_TURNS
static struct _HPyTracker *spare;
#endif

static inline struct _HPyTracker *allocate(void) {
#if THREADS_TAKE_TURNS
    struct _HPyTracker *tracker = spare;
    if (LIKELY(tracker != NULL)) {
        spare = NULL;
        return tracker;
    }
#endif
    return malloc(sizeof(struct _HPyTracker));
}

static inline void release(struct _HPyTracker *tracker) {
#if THREADS_TAKE_TURNS
    if (LIKELY(spare == NULL)) {
        spare = tracker;
        return;
    }
#endif
    free(tracker);
}

HPyTracker HPyTracker_New(CTX, HPy_ssize_t size) {
    RUNS_NO_CODE;
    struct _HPyTracker *tracker = allocate();
    if (UNLIKELY(tracker == NULL)) {
        PyErr_NoMemory();
        return (HPyTracker){NULL};
    }
    tracker->length = 0;
    tracker->capacity = N_INLINE;
    tracker->handles = tracker->inline_handles;
    if (size > N_INLINE) {
        const size_t most = PY_SSIZE_T_MAX / sizeof(HPy);
        tracker->handles = (size_t)size > most ? NULL : malloc((size_t)size * sizeof(HPy));
        if (tracker->handles == NULL) {
            release(tracker);
            PyErr_NoMemory();
            return (HPyTracker){NULL};
        }
        tracker->capacity = (size_t)size;
    }
    return (HPyTracker){tracker};
}

/* Doubles the capacity. Out of line: the first N_INLINE handles never come here. */
static COLD int grow(struct _HPyTracker *tracker) {
    const size_t capacity = 2 * tracker->capacity;
    HPy *handles = malloc(capacity * sizeof(HPy));
    if (handles == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(handles, tracker->handles, tracker->length * sizeof(HPy));
    if (tracker->handles != tracker->inline_handles)
        free(tracker->handles);
    tracker->handles = handles;
    tracker->capacity = capacity;
    return 0;
}

int HPyTracker_Add(CTX, HPyTracker ht, HPy h) {
    RUNS_NO_CODE;
    if (UNLIKELY(ht._i->length == ht._i->capacity) && grow(ht._i) < 0)
        return -1;
    ht._i->handles[ht._i->length++] = h;
    return 0;
}

void HPyTracker_ForgetAll(CTX, HPyTracker ht) {
    RUNS_NO_CODE;
    ht._i->length = 0;
}

void HPyTracker_Close(CTX, HPyTracker ht) {
    MAY_RUN_CODE;
    if (ht._i == NULL)
        return;
    for (size_t i = 0; i < ht._i->length; i++)
        Py_XDECREF(as_py(ht._i->handles[i]));
    if (ht._i->handles != ht._i->inline_handles)
        free(ht._i->handles);
    release(ht._i);
}
