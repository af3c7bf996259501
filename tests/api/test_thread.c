/* Leaving and re-entering the interpreter. */
#define _POSIX_C_SOURCE 200809L /* nanosleep */

#include "support.h"

#include <stdatomic.h>
#include <time.h>

static atomic_int inside, released;

static void pause_ms(long ms) {
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* Waits outside the interpreter until `release` was called, at most ten seconds; how it went. */
HPyDef_METH(wait, "wait", HPyFunc_NOARGS);
static HPy wait_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPyThreadState state = HPy_LeavePythonExecution(ctx);
    inside++;
    for (int i = 0; i < 1000 && !released; i++)
        pause_ms(10);
    const int seen = released;
    inside--;
    HPy_ReenterPythonExecution(ctx, state);
    return HPyBool_FromBool(ctx, seen != 0);
}

FUNCTION0(waiting, HPyLong_FromLong(ctx, inside));
FUNCTION0(release, (released = 1, none(ctx)));
FUNCTION0(reset, (released = 0, none(ctx)));

/* The sum of 1 to n without the interpreter, between two lists made with it. */
HPyDef_METH(sum, "sum", HPyFunc_O);
static HPy sum_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy arg) {
    const long n = HPyLong_AsLong(ctx, arg);
    if (n == -1 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    HPy list = HPyList_New(ctx, 0);
    long sum = 0;
    HPy_BEGIN_LEAVE_PYTHON(ctx);
    for (long i = 1; i <= n; i++)
        sum += i;
    HPy_END_LEAVE_PYTHON(ctx);
    HPy result = HPyLong_FromLong(ctx, sum);
    HPyList_Append(ctx, list, result);
    HPy_Close(ctx, result);
    return list;
}

/* An error from before leaving is still there after. */
HPyDef_METH(fail, "fail", HPyFunc_NOARGS);
static HPy fail_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPyErr_SetString(ctx, ctx->h_LookupError, "failed");
    HPy_BEGIN_LEAVE_PYTHON(ctx);
    pause_ms(1);
    HPy_END_LEAVE_PYTHON(ctx);
    return HPy_NULL;
}

MODULE(thread, &wait, &m_waiting, &m_release, &m_reset, &sum, &fail)
