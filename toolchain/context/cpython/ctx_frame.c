/* The Python code that runs, for contexts in between. */
#include "deferred.h"

#include <pythread.h>

/* Not part of the API; see below.h. */
HPy _HPyFrame_Current(HPyContext *ctx, int *offset);
bool _HPyThread_MayRunPython(HPyContext *ctx);

HPy _HPyFrame_Current(CTX, int *offset) {
    NOTHING_IS_DEFERRED;
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    if (frame == NULL)
        return HPy_NULL;
    PyCodeObject *code = PyFrame_GetCode(frame);
    *offset = frame_offset(frame);
    Py_DECREF(frame);
    return as_h((PyObject *)code);
}

bool _HPyThread_MayRunPython(CTX) {
    NOTHING_IS_DEFERRED;
    const PyThreadState *state = attached_thread();
    /* It may be another thread's. */
    return state != NULL && state->thread_id == PyThread_get_thread_ident() && !is_finalizing();
}
