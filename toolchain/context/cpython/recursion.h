/* Recursion through functions that CPython calls by vectorcall (PEP 590).
 *
 * CPython counts the calls that it makes by tp_call, and leaves it to a vectorcall function to
 * count its own. To count is to call the C API twice, so it is done for nested calls alone:
 * recursion consists of those. One variable says whether a call runs, and the one that set it
 * clears it again. With a GIL, of all calls that run in this image one at most is not counted;
 * without, none. */
#ifndef HPYBC_CONTEXT_RECURSION_H
#define HPYBC_CONTEXT_RECURSION_H

#include "deferred.h"

extern bool call_runs;

/* What becomes of a call: it is the one that is not counted, it is counted, here or by CPython, or
 * it is too deep and RecursionError is set. */
typedef enum { CALL_OUTERMOST, CALL_COUNTED_HERE, CALL_COUNTED, CALL_TOO_DEEP } CallDepth;

/* self: what is called. What has no vectorcall for CPython is called by tp_call, and counted. */
COLD CallDepth count_call(PyObject *self);
COLD void uncount_call(void);

/* Whether no call runs that is not counted. */
static inline ALWAYS_INLINE bool is_outermost(void) {
#if THREADS_TAKE_TURNS
    return !call_runs;
#else
    return false;
#endif
}

static inline ALWAYS_INLINE CallDepth enter_call(PyObject *self) {
    if (UNLIKELY(!is_outermost()))
        return WITHOUT_SETTLING(count_call(self));
    call_runs = true;
    return CALL_OUTERMOST;
}

static inline ALWAYS_INLINE void leave_call(CallDepth depth) {
    if (LIKELY(depth == CALL_OUTERMOST))
        call_runs = false;
    else if (depth == CALL_COUNTED_HERE)
        WITHOUT_SETTLING((uncount_call(), 0));
}

#endif
