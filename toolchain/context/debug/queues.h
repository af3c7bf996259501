/* Handles between the queues of open and of closed ones. The caller holds the lock.
 *
 * CLOSE_BELOW is how whoever includes this closes a handle below. */
#ifndef HPYBC_CONTEXT_DEBUG_QUEUES_H
#define HPYBC_CONTEXT_DEBUG_QUEUES_H

#include "state.h"

#include <stdlib.h>
#include <sys/mman.h>

static inline void queue_append(Queue *queue, Node *node) {
    node->previous = queue->last;
    node->next = NULL;
    *(queue->last == NULL ? &queue->first : &queue->last->next) = node;
    queue->last = node;
    queue->size++;
}

static inline void queue_remove(Queue *queue, Node *node) {
    *(node->previous == NULL ? &queue->first : &node->previous->next) = node->next;
    *(node->next == NULL ? &queue->last : &node->next->previous) = node->previous;
    queue->size--;
}

static inline Node *queue_take_first(Queue *queue) {
    Node *node = queue->first;
    queue_remove(queue, node);
    return node;
}

/* What is to be closed and freed once the lock is released: that may run any code. */
typedef struct {
    HPy below;
    Caller *callers;
} Garbage;

#define NO_GARBAGE ((Garbage){HPy_NULL, NULL})

/* Not under the lock. */
static inline void garbage_clear(HPyContext *ctx, Garbage garbage) {
    while (garbage.callers != NULL) {
        Caller *caller = garbage.callers;
        garbage.callers = caller->next;
        CLOSE_BELOW(ctx, caller->code);
        free(caller);
    }
    CLOSE_BELOW(ctx, garbage.below);
}

static inline void caller_release(Caller *caller, Garbage *garbage) {
    if (caller != NULL && --caller->references == 0) {
        caller->next = garbage->callers;
        garbage->callers = caller;
    }
}

static inline void site_clear(Site *site, Garbage *garbage) {
    caller_release(site->caller, garbage);
    site->api = NULL;
    site->frames[0] = NULL;
    site->caller = NULL;
}

static inline void debug_data_free(DebugHandle *handle) {
    if (handle->data != NULL)
        munmap(handle->data, handle->data_size);
    handle->data = NULL;
}

/* Gives back the pages of a handle's data, and forgets where it was opened and closed. */
static inline void debug_handle_clear(DebugState *state, DebugHandle *handle, Garbage *garbage) {
    if (handle->data != NULL && handle->closed)
        state->data_size -= handle->data_size;
    debug_data_free(handle);
    free(handle->frames);
    handle->frames = NULL;
    handle->n_frames = 0;
    site_clear(&handle->opened, garbage);
    site_clear(&handle->closed_at, garbage);
}

/* Takes the oldest handle out of the closed ones. */
static inline DebugHandle *debug_handle_take_oldest(DebugState *state, Garbage *garbage) {
    DebugHandle *handle = (DebugHandle *)queue_take_first(&state->closed);
    debug_handle_clear(state, handle, garbage);
    handle->queued = false;
    garbage->below = handle->below;
    handle->below = HPy_NULL;
    return handle;
}

/* Moves an open handle to the closed ones. If the process is to go on when a closed handle is used,
 * it keeps its object: `keep` is then another handle below for it, else HPy_NULL. */
static inline void debug_handle_retire(DebugState *state, DebugHandle *handle, HPy keep,
                                       Garbage *garbage) {
    queue_remove(&state->open, &handle->node);
    handle->closed = true;
    handle->below = keep;
    if (handle->data != NULL) {
        /* What still reads it shall be noticed, for as long as there is room for the pages. */
        if (state->data_size + handle->data_size <= state->data_limit &&
            mprotect(handle->data, handle->data_size, PROT_NONE) == 0)
            state->data_size += handle->data_size;
        else
            debug_data_free(handle);
    }
    queue_append(&state->closed, &handle->node);
    /* One goes for one that comes: lowering the limit costs nobody a long wait. */
    if (state->closed.size > state->closed_limit) {
        DebugHandle *oldest = debug_handle_take_oldest(state, garbage);
        if (oldest->views == 0)
            free(oldest);
    }
}

#endif
