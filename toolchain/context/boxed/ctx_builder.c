/* Builders and trackers: handles in an array, of which Python hears in the end. */
#include "boxed.h"

#include <stdlib.h>

typedef struct {
    int64_t length;
    HPy items[];
} Array;

static Array *array_new(HPyContext *ctx, HPy_ssize_t size) {
    if (size < 0) {
        HPyErr_SetString(ctx, ctx->h_SystemError, "bad argument to internal function");
        return NULL;
    }
    const size_t most = (size_t)PTRDIFF_MAX / sizeof(HPy) - 1;
    Array *array =
        (size_t)size > most ? NULL : calloc(1, sizeof(Array) + (size_t)size * sizeof(HPy));
    if (array == NULL)
        HPyErr_NoMemory(ctx);
    else
        array->length = size;
    return array;
}

static void array_free(HPyContext *ctx, Array *array) {
    for (int64_t i = 0; array != NULL && i < array->length; i++)
        HPy_Close(ctx, array->items[i]);
    free(array);
}

static inline void array_set(HPyContext *ctx, Array *array, HPy_ssize_t index, HPy item) {
    if (array == NULL)
        return;
    HPy_Close(ctx, array->items[index]);
    array->items[index] = HPy_Dup(ctx, item);
}

#define BUILDER(Type, field)                                                                       \
    Type Type##_New(HPyContext *ctx, HPy_ssize_t size) {                                           \
        return (Type){(struct _HPyObject *)array_new(ctx, size)};                                  \
    }                                                                                              \
    void Type##_Set(HPyContext *ctx, Type builder, HPy_ssize_t index, HPy h_item) {                \
        array_set(ctx, (Array *)builder.field, index, h_item);                                     \
    }                                                                                              \
    HPy Type##_Build(HPyContext *ctx, Type builder) {                                              \
        if (builder.field == NULL)                                                                 \
            return HPy_NULL;                                                                       \
        HPy result = slow_##Type##_Build(ctx, builder);                                            \
        array_free(ctx, (Array *)builder.field);                                                   \
        return result;                                                                             \
    }                                                                                              \
    void Type##_Cancel(HPyContext *ctx, Type builder) {                                            \
        array_free(ctx, (Array *)builder.field);                                                   \
    }
BUILDER(HPyListBuilder, _lst)
BUILDER(HPyTupleBuilder, _tup)

/* ---- Trackers -------------------------------------------------------------------------------- */

struct _HPyTracker {
    size_t length, capacity;
    HPy *handles;
};

HPyTracker HPyTracker_New(HPyContext *ctx, HPy_ssize_t size) {
    const size_t most = (size_t)PTRDIFF_MAX / sizeof(HPy);
    const size_t capacity = size > 10 ? (size_t)size : 10;
    struct _HPyTracker *tracker = malloc(sizeof(*tracker));
    HPy *handles = capacity > most ? NULL : malloc(capacity * sizeof(HPy));
    if (tracker == NULL || handles == NULL) {
        free(handles);
        free(tracker);
        HPyErr_NoMemory(ctx);
        return (HPyTracker){NULL};
    }
    *tracker = (struct _HPyTracker){.capacity = capacity, .handles = handles};
    return (HPyTracker){tracker};
}

int HPyTracker_Add(HPyContext *ctx, HPyTracker ht, HPy h) {
    struct _HPyTracker *tracker = ht._i;
    if (UNLIKELY(tracker->length == tracker->capacity)) {
        HPy *handles = realloc(tracker->handles, 2 * tracker->capacity * sizeof(HPy));
        if (handles == NULL) {
            HPyErr_NoMemory(ctx);
            return -1;
        }
        tracker->handles = handles;
        tracker->capacity *= 2;
    }
    tracker->handles[tracker->length++] = h;
    return 0;
}

void HPyTracker_ForgetAll(CTX, HPyTracker ht) {
    ht._i->length = 0;
}

void HPyTracker_Close(HPyContext *ctx, HPyTracker ht) {
    struct _HPyTracker *tracker = ht._i;
    for (size_t i = 0; i < tracker->length; i++)
        HPy_Close(ctx, tracker->handles[i]);
    free(tracker->handles);
    free(tracker);
}
