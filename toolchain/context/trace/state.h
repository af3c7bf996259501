/* What trace mode keeps, shared by all modules that an interpreter runs in trace mode, and by the
 * module that Python looks at it with (../tracemod). */
#ifndef HPYBC_CONTEXT_TRACE_STATE_H
#define HPYBC_CONTEXT_TRACE_STATE_H

#include "hpy.h"

#include <stdatomic.h>

/* The name of the capsule that hpybc.trace holds; it changes when a struct below does. */
#define TRACE_STATE_NAME "hpybc.trace._state 1"

/* One number for each member of the context; those of handles stay unused. */
enum {
#define HPY_HANDLE(index, member, object) TRACE_##member = index,
#define HPY_FUNCTION(index, type, function, member, parameters, arguments) TRACE_##member = index,
#define HPY_PROCEDURE(index, function, member, parameters, arguments) TRACE_##member = index,
#include "hpy/api.def"
    TRACE_MEMBERS
};

typedef struct {
    const char *name;
    atomic_uint_fast64_t calls;
    atomic_uint_fast64_t nanoseconds;
} TraceFunction;

typedef struct {
    TraceFunction functions[TRACE_MEMBERS];
    HPy on_enter, on_exit; /* callables, or HPy_NULL */
} TraceState;

#endif
