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
    Site opened, closed_at;
} DebugBuilder;

static Queue retired;

static DebugBuilder *builder_open(DebugContext *own) {
    DebugState *state = debug_state();
    DebugBuilder *builder = NULL;
    Garbage garbage = NO_GARBAGE;
    caller_find(own);
    pthread_mutex_lock(&state->lock);
    if (retired.size >= RETIRED_LIMIT)
        builder = (DebugBuilder *)queue_take_first(&retired);
    else
        builder = calloc(1, sizeof(DebugBuilder));
    if (builder == NULL)
        fail_plainly("out of memory");
    site_clear(&builder->opened, &garbage);
    site_clear(&builder->closed_at, &garbage);
    site_fill(&builder->opened, own);
    builder->closed = false;
    pthread_mutex_unlock(&state->lock);
    garbage_clear(BELOW(_HPyContext_Get)(), garbage);
    return builder;
}

/* Whether the builder is open; reported if not. */
static bool builder_check(DebugContext *own, const DebugBuilder *builder) {
    if (builder == NULL)
        return false;
    if (builder->closed)
        report_invalid(own, debug_state()->on_invalid_builder,
                       (Invalid){
                           .message = "Invalid usage of already closed builder",
                           .what = "builder",
                           .opened = &builder->opened,
                           .closed = &builder->closed_at,
                       });
    return !builder->closed;
}

/* Closes the builder; false if it was not open. */
static bool builder_close(DebugContext *own, DebugBuilder *builder) {
    if (!builder_check(own, builder))
        return false;
    DebugState *state = debug_state();
    builder->closed = true;
    caller_find(own);
    pthread_mutex_lock(&state->lock);
    site_fill(&builder->closed_at, own);
    queue_append(&retired, &builder->node);
    pthread_mutex_unlock(&state->lock);
    return true;
}

#define BUILDER(kind, part, pointer)                                                               \
    HPy##kind##Builder HPy##kind##Builder_New(HPyContext *ctx, HPy_ssize_t size) {                 \
        DebugContext *own = context_call(ctx);                                                     \
        DebugBuilder *builder = builder_open(own);                                                 \
        builder->below.part = BELOW(HPy##kind##Builder_New)(BELOW(_HPyContext_Get)(), size);       \
        context_return(own);                                                                       \
        return (HPy##kind##Builder){.pointer = (struct _HPyObject *)builder};                      \
    }                                                                                              \
    void HPy##kind##Builder_Set(HPyContext *ctx, HPy##kind##Builder h, HPy_ssize_t index,          \
                                HPy item) {                                                        \
        DebugContext *own = context_call(ctx);                                                     \
        const DebugBuilder *builder = (DebugBuilder *)h.pointer;                                   \
        if (builder_check(own, builder))                                                           \
            BELOW(HPy##kind##Builder_Set)                                                          \
        (BELOW(_HPyContext_Get)(), builder->below.part, index, handle_below(own, item));           \
        context_return(own);                                                                       \
    }                                                                                              \
    HPy HPy##kind##Builder_Build(HPyContext *ctx, HPy##kind##Builder h) {                          \
        DebugContext *own = context_call(ctx);                                                     \
        DebugBuilder *builder = (DebugBuilder *)h.pointer;                                         \
        HPy result =                                                                               \
            builder_close(own, builder)                                                            \
                ? BELOW(HPy##kind##Builder_Build)(BELOW(_HPyContext_Get)(), builder->below.part)   \
                : BELOW(HPyErr_NoMemory)(BELOW(_HPyContext_Get)());                                \
        context_return(own);                                                                       \
        return handle_open(own, result);                                                           \
    }                                                                                              \
    void HPy##kind##Builder_Cancel(HPyContext *ctx, HPy##kind##Builder h) {                        \
        DebugContext *own = context_call(ctx);                                                     \
        DebugBuilder *builder = (DebugBuilder *)h.pointer;                                         \
        if (builder_close(own, builder))                                                           \
            BELOW(HPy##kind##Builder_Cancel)(BELOW(_HPyContext_Get)(), builder->below.part);       \
        context_return(own);                                                                       \
    }

BUILDER(List, list, _lst)
BUILDER(Tuple, tuple, _tup)
