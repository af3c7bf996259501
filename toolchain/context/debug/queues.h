/* Handles between the queues of open and of closed ones. The caller holds the lock. */
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

static inline void debug_data_free(DebugHandle *handle) {
    if (handle->data != NULL)
        munmap(handle->data, handle->data_size);
    handle->data = NULL;
}

/* Gives back the pages of a handle's data, and its stack trace. */
static inline void debug_handle_clear(DebugState *state, DebugHandle *handle) {
    if (handle->data != NULL && handle->closed)
        state->data_size -= handle->data_size;
    debug_data_free(handle);
    free(handle->frames);
    handle->frames = NULL;
    handle->n_frames = 0;
}

/* Takes the oldest handle out of the closed ones; `kept` becomes what it keeps, for the caller to
 * close once the lock is released. */
static inline DebugHandle *debug_handle_take_oldest(DebugState *state, HPy *kept) {
    DebugHandle *handle = (DebugHandle *)queue_take_first(&state->closed);
    debug_handle_clear(state, handle);
    handle->queued = false;
    *kept = handle->below;
    handle->below = HPy_NULL;
    return handle;
}

/* Moves an open handle to the closed ones. If the process is to go on when a closed handle is used,
 * it keeps its object: `keep` is then another handle below for it, else HPy_NULL.
 *
 * Returns a handle below for the caller to close once the lock is released, or HPy_NULL. */
static inline HPy debug_handle_retire(DebugState *state, DebugHandle *handle, HPy keep) {
    HPy kept = HPy_NULL;
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
        DebugHandle *oldest = debug_handle_take_oldest(state, &kept);
        if (oldest->views == 0)
            free(oldest);
    }
    return kept;
}

#endif
