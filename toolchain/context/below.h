/* For contexts that stand between an extension and another context: the functions of the context
 * below, under the names hpybc.jit.stack gives them. */
#ifndef HPYBC_CONTEXT_BELOW_H
#define HPYBC_CONTEXT_BELOW_H

#include "hpy.h"

#define BELOW(function) _below_##function

#define HPY_FUNCTION(index, type, function, member, parameters, arguments)                         \
    type BELOW(function) parameters;
#define HPY_PROCEDURE(index, function, member, parameters, arguments)                              \
    void BELOW(function) parameters;
#define HPY_NORETURN(index, function, member, parameters, arguments)                               \
    _HPy_NO_RETURN void BELOW(function) parameters;
#include "hpy/api.def"

HPyContext *BELOW(_HPyContext_Get)(void);
HPy BELOW(HPyStructSequence_NewType)(HPyContext *ctx, HPyStructSequence_Desc *desc);
HPy BELOW(HPyStructSequence_New)(HPyContext *ctx, HPy type, HPy_ssize_t nargs, HPy *args);
bool BELOW(_HPyLong_ToInt64)(HPyContext *ctx, HPy h, int64_t *value);
bool BELOW(_HPyFloat_ToDouble)(HPyContext *ctx, HPy h, double *value);

/* The exception being raised, taken out of the way of Python code that is to run in between, or
 * HPy_NULL; and back. */
HPy _HPyErr_Save(HPyContext *ctx);
void _HPyErr_Restore(HPyContext *ctx, HPy exception);

/* The code object of the Python code that runs, and the offset of its instruction; HPy_NULL if
 * there is none. */
HPy _HPyFrame_Current(HPyContext *ctx, int *offset);

/* Whether this thread may run Python code now: it does if it holds the GIL, and the interpreter is
 * not about to end. */
bool _HPyThread_MayRunPython(HPyContext *ctx);

/* From now on the extension's functions are called for type by their trampolines alone: those lead
 * through the context in between. */
void _HPyType_CallTrampolines(HPyContext *ctx, HPy type);

#endif
