/* What debug mode keeps, shared by all modules that an interpreter runs in debug mode, and by the
 * module that Python looks at it with (../debugmod). */
#ifndef HPYBC_CONTEXT_DEBUG_STATE_H
#define HPYBC_CONTEXT_DEBUG_STATE_H

#include "hpy.h"

#include <pthread.h>

/* The name of the capsule that hpybc.debug holds; it changes when a struct below does. */
#define DEBUG_STATE_NAME "hpybc.debug._state 2"

/* A member of a queue: the first of the struct that it queues. */
typedef struct Node {
    struct Node *previous, *next;
} Node;

typedef struct {
    Node *first, *last;
    HPy_ssize_t size;
} Queue;

/* The Python code that called an extension's function. What was opened and closed in one call
 * shares it. */
typedef struct Caller {
    struct Caller *next; /* in a list of those to be freed */
    HPy_ssize_t references;
    HPy code;   /* a code object, as a handle below */
    int offset; /* of the instruction in it */
} Caller;

/* How many return addresses a site has. Those of the context come first, the extension's after. */
#define SITE_FRAMES 8

/* Where something was opened, closed or used; without any frames, nowhere. */
typedef struct {
    const char *api; /* the API function; NULL: where the extension's is called or returns */
    Caller *caller;  /* NULL: unknown */
    void *frames[SITE_FRAMES]; /* return addresses, innermost first; NULL behind the last */
} Site;

/* The use of something that is closed, or of the wrong kind. */
typedef struct {
    const char *message;
    const char *what;   /* "handle", "constant", "builder" or "context"; NULL: none of them */
    HPy object;         /* that the handle stands for, or HPy_NULL; a handle below */
    const Site *opened; /* NULL where nobody knows */
    const Site *closed;
    Site used;
} Invalid;

/* The name of the capsule with an Invalid, for DebugState.describe. */
#define INVALID_NAME "hpybc.debug.Invalid"

/* What an HPy points to in debug mode. */
typedef struct {
    Node node;
    HPy below; /* a handle of the context below; for a closed one see debug_handle_retire */
    HPy_ssize_t generation;
    bool closed;
    bool constant; /* a member of the context: in no queue, and not to be closed */
    /* Python objects that show this handle; it is freed with the last of them, if by then it is in
     * no queue. */
    HPy_ssize_t views;
    bool queued;
    /* A copy of the characters that the extension got from it, in pages of its own, or NULL. */
    void *data;
    size_t data_size;
    Site opened, closed_at;
    /* More of where it was opened, if that is asked for: return addresses, or NULL. */
    void **frames;
    int n_frames;
} DebugHandle;

typedef struct {
    pthread_mutex_t
        lock; /* of the queues and the handles in them; without a GIL there is no other */
    Queue open, closed;
    HPy_ssize_t generation;
    HPy_ssize_t closed_limit;     /* handles in `closed` */
    size_t data_size, data_limit; /* bytes that closed handles keep, and may keep */
    int frames_limit;             /* 0: no stack traces */
    HPy on_invalid;               /* callables, or HPy_NULL; never closed */
    HPy on_invalid_builder;
    HPy describe; /* makes the text of an Invalid: a callable, or HPy_NULL; never closed */
} DebugState;

#endif
