/* The API function by function: counted, timed, announced, and passed on to the context below.
 *
 * What is no call of the extension's is defined in trace.c; the definitions here are weak and give
 * way to it. */
#include "trace.h"

#define HPY_FUNCTION(index, type, function, member, parameters, arguments)                         \
    __attribute__((weak)) type function parameters {                                               \
        TraceFunction *traced = trace_function(index);                                             \
        const uint64_t entered = trace_enter(traced);                                              \
        type returned = BELOW(function) arguments;                                                 \
        trace_leave(traced, entered);                                                              \
        return returned;                                                                           \
    }
#define HPY_PROCEDURE(index, function, member, parameters, arguments)                              \
    __attribute__((weak)) void function parameters {                                               \
        TraceFunction *traced = trace_function(index);                                             \
        const uint64_t entered = trace_enter(traced);                                              \
        BELOW(function) arguments;                                                                 \
        trace_leave(traced, entered);                                                              \
    }
#define HPY_NORETURN(index, function, member, parameters, arguments)                               \
    __attribute__((weak)) void function parameters {                                               \
        trace_enter(trace_function(index));                                                        \
        BELOW(function) arguments;                                                                 \
    }
#include "hpy/api.def"
