/* Turns deferred references on; see ../cpython/deferred.h. */
#include "../cpython/deferred.h"

#include "../below.h"

#ifndef Py_GIL_DISABLED
const bool references_are_deferred = true;
#endif

/* Whoever calls the extension has settled. */
void _HPy_CallRealFunctionFromTrampoline(HPyContext *ctx, HPyFunc_Signature sig, HPyCFunction func,
                                         void *args) {
#ifndef Py_GIL_DISABLED
    __builtin_assume(deferred_reference == NULL);
    __builtin_assume(found_item.key == NULL);
#endif
    BELOW(_HPy_CallRealFunctionFromTrampoline)(ctx, sig, func, args);
}

#ifndef Py_GIL_DISABLED
/* Whether this thread is the one that the deferred reference belongs to. A thread that has left
 * Python, or that Python knows nothing of, makes foreign calls as well. */
static bool holds_gil(void) {
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked() != NULL;
#elif PY_VERSION_HEX >= 0x030C0000
    return _PyThreadState_UncheckedGet() != NULL;
#else
    /* The state of whichever thread has the GIL. That of a thread which is just ending may be freed
     * by now, but its memory is still there to be read. */
    PyThreadState *current = _PyThreadState_UncheckedGet();
    return current != NULL && (current == PyGILState_GetThisThreadState() ||
                               current->thread_id == PyThread_get_thread_ident());
#endif
}

static COLD void settle_own(void) {
    if (holds_gil())
        settle();
}

/* Before a call of an extension's that may lead anywhere; see hpybc/loader/foreign.py. Unlike what
 * the API settles, this may run without the GIL: it only looks until it knows better. */
ALWAYS_INLINE void _HPy_Settle(void) {
    if (UNLIKELY(deferred_reference != NULL) || UNLIKELY(found_item.key != NULL))
        settle_own();
}
#else
void _HPy_Settle(void) {
}
#endif

/* Without the GIL there is nothing to settle: leaving has done so, and what is deferred now is
 * another thread's. */
void HPy_ReenterPythonExecution(HPyContext *ctx, HPyThreadState state) {
    BELOW(HPy_ReenterPythonExecution)(ctx, state);
}

/* Of no index in the context, hence not in the list. */

HPy HPyStructSequence_NewType(HPyContext *ctx, HPyStructSequence_Desc *desc) {
    settle();
    return BELOW(HPyStructSequence_NewType)(ctx, desc);
}

HPy HPyStructSequence_New(HPyContext *ctx, HPy type, HPy_ssize_t nargs, HPy *args) {
    settle();
    return BELOW(HPyStructSequence_New)(ctx, type, nargs, args);
}
