/* List and tuple builders that know whether they are still open. */
#include "debug.h"

/* Builders that were built or cancelled, kept for as long so that their use is noticed. */
#define RETIRED_LIMIT 64

typedef struct {
    Node node;
    union {
        HPyListBuilder list;
        HPyTupleBuilder tuple;
    } below;
    bool closed;
} DebugBuilder;

static Queue retired;

static DebugBuilder *builder_open(void) {
    DebugState *state = debug_state();
    DebugBuilder *builder = NULL;
    pthread_mutex_lock(&state->lock);
    if (retired.size >= RETIRED_LIMIT)
        builder = (DebugBuilder *)queue_take_first(&retired);
    pthread_mutex_unlock(&state->lock);
    if (builder == NULL)
        builder = malloc(sizeof(DebugBuilder));
    if (builder == NULL)
        fail("out of memory");
    builder->closed = false;
    return builder;
}

/* Whether the builder is open; reported if not. */
static bool builder_check(const DebugBuilder *builder) {
    if (builder == NULL)
        return false;
    if (builder->closed)
        report_invalid(debug_state()->on_invalid_builder,
                       "Invalid usage of already closed builder");
    return !builder->closed;
}

/* Closes the builder; false if it was not open. */
static bool builder_close(DebugBuilder *builder) {
    if (!builder_check(builder))
        return false;
    DebugState *state = debug_state();
    builder->closed = true;
    pthread_mutex_lock(&state->lock);
    queue_append(&retired, &builder->node);
    pthread_mutex_unlock(&state->lock);
    return true;
}

#define BUILDER(kind, part, pointer)                                                               \
    HPy##kind##Builder HPy##kind##Builder_New(HPyContext *ctx, HPy_ssize_t size) {                 \
        DebugContext *own = context_call(ctx);                                                     \
        DebugBuilder *builder = builder_open();                                                    \
        builder->below.part = BELOW(HPy##kind##Builder_New)(BELOW(_HPyContext_Get)(), size);       \
        context_return(own);                                                                       \
        return (HPy##kind##Builder){.pointer = (struct _HPyObject *)builder};                      \
    }                                                                                              \
    void HPy##kind##Builder_Set(HPyContext *ctx, HPy##kind##Builder h, HPy_ssize_t index,          \
                                HPy item) {                                                        \
        DebugContext *own = context_call(ctx);                                                     \
        const DebugBuilder *builder = (DebugBuilder *)h.pointer;                                   \
        if (builder_check(builder))                                                                \
            BELOW(HPy##kind##Builder_Set)                                                          \
        (BELOW(_HPyContext_Get)(), builder->below.part, index, handle_below(item));                \
        context_return(own);                                                                       \
    }                                                                                              \
    HPy HPy##kind##Builder_Build(HPyContext *ctx, HPy##kind##Builder h) {                          \
        DebugContext *own = context_call(ctx);                                                     \
        DebugBuilder *builder = (DebugBuilder *)h.pointer;                                         \
        HPy result =                                                                               \
            builder_close(builder)                                                                 \
                ? BELOW(HPy##kind##Builder_Build)(BELOW(_HPyContext_Get)(), builder->below.part)   \
                : BELOW(HPyErr_NoMemory)(BELOW(_HPyContext_Get)());                                \
        context_return(own);                                                                       \
        return handle_open(result);                                                                \
    }                                                                                              \
    void HPy##kind##Builder_Cancel(HPyContext *ctx, HPy##kind##Builder h) {                        \
        DebugContext *own = context_call(ctx);                                                     \
        DebugBuilder *builder = (DebugBuilder *)h.pointer;                                         \
        if (builder_close(builder))                                                                \
            BELOW(HPy##kind##Builder_Cancel)(BELOW(_HPyContext_Get)(), builder->below.part);       \
        context_return(own);                                                                       \
    }

BUILDER(List, list, _lst)
BUILDER(Tuple, tuple, _tup)
