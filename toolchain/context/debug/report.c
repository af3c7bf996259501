/* What happens when something is wrong: a report, and the end of the process or a hook. */
#include "debug.h"

#include <execinfo.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FRAMES_OF_FAILURES 16

void caller_find(DebugContext *own) {
    if (own->caller_is_known || own->called == NULL)
        return;
    HPyContext *below = BELOW(_HPyContext_Get)();
    int offset = -1;
    HPy code = _HPyFrame_Current(below, &offset);
    Caller *caller = HPy_IsNull(code) ? NULL : malloc(sizeof(Caller));
    if (caller == NULL)
        BELOW(HPy_Close)(below, code);
    else
        *caller = (Caller){.references = 1, .code = code, .offset = offset};
    own->caller = caller;
    own->caller_is_known = true;
}

void fail_plainly(const char *message) {
    void *frames[FRAMES_OF_FAILURES];
    fprintf(stderr, "%s\n", message);
    fflush(stderr);
    backtrace_symbols_fd(frames, backtrace(frames, FRAMES_OF_FAILURES), STDERR_FILENO);
    BELOW(HPy_FatalError)(BELOW(_HPyContext_Get)(), message);
}

/* Prints what hpybc.debug says of it; false if it cannot say anything. */
static bool print_described(HPyContext *below, HPy describe, const Invalid *invalid) {
    HPy capsule = BELOW(HPyCapsule_New)(below, (void *)invalid, INVALID_NAME, NULL);
    if (HPy_IsNull(capsule))
        return false;
    HPy arguments = BELOW(HPyTuple_FromArray)(below, &capsule, 1), text = HPy_NULL;
    if (!HPy_IsNull(arguments))
        text = BELOW(HPy_CallTupleDict)(below, describe, arguments, HPy_NULL);
    HPy_ssize_t size = 0;
    const char *utf8 =
        HPy_IsNull(text) ? NULL : BELOW(HPyUnicode_AsUTF8AndSize)(below, text, &size);
    return utf8 != NULL && fwrite(utf8, 1, (size_t)size, stderr) == (size_t)size &&
           fflush(stderr) == 0;
}

/* An exception on its way, and references, do not matter any more: the process ends. */
void fail_invalid(DebugContext *own, Invalid invalid) {
    /* Whether a report is being made, which may use what is invalid itself. */
    static bool failing;
    HPyContext *below = BELOW(_HPyContext_Get)();
    if (failing || !_HPyThread_MayRunPython(below))
        fail_plainly(invalid.message);
    failing = true;
    DebugState *state = debug_state();
    if (HPy_IsNull(state->describe))
        fail_plainly(invalid.message);
    BELOW(HPyErr_Clear)(below);
    caller_find(own);
    site_fill(&invalid.used, own);
    if (!print_described(below, state->describe, &invalid))
        fail_plainly(invalid.message);
    BELOW(HPy_FatalError)(below, invalid.message);
}

void fail(DebugContext *own, const char *message) {
    fail_invalid(own, (Invalid){.message = message});
}

void report_invalid(DebugContext *own, HPy hook, Invalid invalid) {
    HPyContext *below = BELOW(_HPyContext_Get)();
    if (HPy_IsNull(hook))
        fail_invalid(own, invalid);
    HPy exception = _HPyErr_Save(below);
    HPy result = BELOW(HPy_CallTupleDict)(below, hook, HPy_NULL, HPy_NULL);
    if (HPy_IsNull(result))
        BELOW(HPyErr_WriteUnraisable)(below, hook);
    else
        BELOW(HPy_Close)(below, result);
    _HPyErr_Restore(below, exception);
}
