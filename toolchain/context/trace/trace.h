/* What the files of the trace context share. */
#ifndef HPYBC_CONTEXT_TRACE_H
#define HPYBC_CONTEXT_TRACE_H

#include "../below.h"
#include "state.h"

/* What is known of the function with that index in the context. */
TraceFunction *trace_function(int index);

/* Before and after a call; the time is in nanoseconds. */
uint64_t trace_enter(TraceFunction *function);
void trace_leave(TraceFunction *function, uint64_t entered);

#endif
