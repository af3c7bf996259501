/* What the files of the debug context share. */
#ifndef HPYBC_CONTEXT_DEBUG_H
#define HPYBC_CONTEXT_DEBUG_H

#include "../below.h"
#include "../inline.h"

#define CLOSE_BELOW BELOW(HPy_Close)
#include "queues.h"

#include <string.h>

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
    const char *called;    /* the API function that it called last, see Site.api */
    void *top;             /* the frame of the function that has called it, see site_frames */
    Caller *caller;        /* once caller_find has been called */
    bool caller_is_known;
} DebugContext;

/* In the function that is going to call `function`. */
#define context_open(function) context_new(function, __builtin_frame_address(0))
DebugContext *context_new(HPyCFunction function, void *top);
void context_close(DebugContext *own);

/* The context that an API function was called with. Until context_return Python code may run, and
 * with it other functions of the extension: they have contexts of their own. */
#define context_call(ctx) context_enter(ctx, __func__)
DebugContext *context_enter(HPyContext *ctx, const char *called);
static inline void context_return(DebugContext *own) {
    own->current = true;
}

/* Sets own->caller. The Python code that runs while the API is called is the code that has called
 * the extension. Not under the lock, for any code may run. */
void caller_find(DebugContext *own);
/* Where the code is that has called the API with `own`, after caller_find. The caller holds the
 * lock. */
ALWAYS_INLINE static inline void site_fill(Site *site, const DebugContext *own);

/* A new handle that owns `below`; HPy_NULL for HPy_NULL. */
HPy handle_open(DebugContext *own, HPy below);
/* A handle for a member of the context. */
HPy handle_constant(HPy below);
/* The handle below, which h goes on to own; None for a handle that is closed, if the process goes
 * on after that has been reported. */
HPy handle_below(DebugContext *own, HPy h);
/* Closes h, and returns the handle below, which the caller then owns. */
HPy handle_take(DebugContext *own, HPy h);

/* Read-only pages with a copy of `size` bytes at `data`, for as long as h is open; NULL if there is
 * no memory. */
const void *handle_data(HPy h, const void *data, size_t size);

/* Reports that what `invalid` says is used by `own`: calls the hook, or ends the process. */
void report_invalid(DebugContext *own, HPy hook, Invalid invalid);
/* Ends the process with a report. */
_HPy_NO_RETURN void fail_invalid(DebugContext *own, Invalid invalid);
_HPy_NO_RETURN void fail(DebugContext *own, const char *message);
/* Ends the process with the message and a stack trace of C, where no Python code may run. */
_HPy_NO_RETURN void fail_plainly(const char *message);

/* The return addresses of this function, of its caller and so on, up to the extension's function.
 *
 * Images in debug mode have frame pointers (loader/watched.py). Code of a library that calls back
 * into the extension may keep something else in their place: no address outside of the stack
 * between here and own->top is read. */
ALWAYS_INLINE static inline void site_frames(Site *site, const DebugContext *own) {
    void **frame = __builtin_frame_address(0), **previous;
    int n = 0;
    do {
        site->frames[n++] = frame[1];
        previous = frame;
        frame = frame[0];
    } while (n < SITE_FRAMES && frame > previous && (void *)frame < own->top);
    if (n < SITE_FRAMES)
        site->frames[n] = NULL;
}

static inline void site_fill(Site *site, const DebugContext *own) {
    site->api = own->called;
    site->caller = own->caller;
    if (site->caller != NULL)
        site->caller->references++;
    if (own->called == NULL) /* as if it returned to behind the first instruction */
        memcpy(site->frames, (void *[]){(char *)own->function + 1, NULL}, 2 * sizeof(void *));
    else
        site_frames(site, own);
}

#endif
