/* What the files of the debug context share. */
#ifndef HPYBC_CONTEXT_DEBUG_H
#define HPYBC_CONTEXT_DEBUG_H

#include "../below.h"
#include "queues.h"

/* The state of this interpreter. Modules get it through Python, because each is an image of its
 * own. */
DebugState *debug_state(void);

/* A new context for each call of an extension's function, so that one that outlives its call is
 * found out. */
typedef struct {
    Node node;
    HPyContext api;
    HPyCFunction function; /* the extension's function that is called with this context */
    bool current;          /* whether that function is running, and has called nothing */
} DebugContext;

DebugContext *context_open(HPyCFunction function);
void context_close(DebugContext *own);

/* The context that an API function was called with. Until context_return Python code may run, and
 * with it other functions of the extension: they have contexts of their own. */
DebugContext *context_call(HPyContext *ctx);
static inline void context_return(DebugContext *own) {
    own->current = true;
}

/* A new handle that owns `below`; HPy_NULL for HPy_NULL. */
HPy handle_open(HPy below);
/* A handle for a member of the context. */
HPy handle_constant(HPy below);
/* The handle below, which h goes on to own; None for a handle that is closed, if the process goes
 * on after that has been reported. */
HPy handle_below(HPy h);
/* Closes h, and returns the handle below, which the caller then owns. */
HPy handle_take(HPy h);

/* Read-only pages with a copy of `size` bytes at `data`, for as long as h is open; NULL if there is
 * no memory. */
const void *handle_data(HPy h, const void *data, size_t size);

/* Reports what goes on with something closed: calls the hook, or ends the process. */
void report_invalid(HPy hook, const char *message);
/* Ends the process with the message and a stack trace of C. */
_HPy_NO_RETURN void fail(const char *message);

#endif
