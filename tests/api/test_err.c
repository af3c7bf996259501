/* Exceptions and warnings. */
#include "support.h"

#include <errno.h>

FUNCTION2(SetString, HPyErr_SetString(ctx, a, text(ctx, b)));
FUNCTION2(SetObject, HPyErr_SetObject(ctx, a, or_null(ctx, b)));
FUNCTION0(NoMemory, HPyErr_NoMemory(ctx));
FUNCTION2(SetFromErrno, (errno = (int)HPyLong_AsLong(ctx, b), HPyErr_SetFromErrno(ctx, a)));
FUNCTION3(SetFromErrnoWithFilename, (errno = (int)HPyLong_AsLong(ctx, b),
                                     HPyErr_SetFromErrnoWithFilename(ctx, a, text(ctx, c))));
FUNCTION3(SetFromErrnoWithFilenameObject,
          (errno = (int)HPyLong_AsLong(ctx, b),
           HPyErr_SetFromErrnoWithFilenameObject(ctx, a, or_null(ctx, c))));
FUNCTION3(SetFromErrnoWithFilenameObjects,
          (errno = ENOENT,
           HPyErr_SetFromErrnoWithFilenameObjects(ctx, a, or_null(ctx, b), or_null(ctx, c))));
FUNCTION3(NewException, HPyErr_NewException(ctx, text(ctx, a), or_null(ctx, b), or_null(ctx, c)));
FUNCTION3(NewExceptionWithDoc,
          HPyErr_NewExceptionWithDoc(ctx, text(ctx, a), text(ctx, b), or_null(ctx, c), HPy_NULL));
FUNCTION3(WarnEx,
          done(ctx, HPyErr_WarnEx(ctx, or_null(ctx, a), text(ctx, b), HPyLong_AsLong(ctx, c))));

/* Calls a, and says whether an exception occurred; then clears it. */
HPyDef_METH(occurred, "occurred", HPyFunc_O);
static HPy occurred_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy callable) {
    HPy result = HPy_Call(ctx, callable, NULL, 0, HPy_NULL);
    const int occurred = HPyErr_Occurred(ctx);
    HPyErr_Clear(ctx);
    if (HPyErr_Occurred(ctx) || HPy_IsNull(result) == !occurred) {
        HPy_Close(ctx, result);
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "not cleared, or a result with it");
    }
    HPy_Close(ctx, result);
    return HPyBool_FromBool(ctx, occurred != 0);
}

/* Calls a, and says whether its exception matches b. */
HPyDef_METH(matches, "matches", HPyFunc_VARARGS);
static HPy matches_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                        _HPy_UNUSED size_t nargs) {
    HPy result = HPy_Call(ctx, args[0], NULL, 0, HPy_NULL);
    const int matches = HPyErr_ExceptionMatches(ctx, args[1]);
    HPy_Close(ctx, result);
    HPyErr_Clear(ctx);
    return HPyLong_FromLong(ctx, matches);
}

HPyDef_METH(write_unraisable, "WriteUnraisable", HPyFunc_VARARGS);
static HPy write_unraisable_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                                 _HPy_UNUSED size_t nargs) {
    HPyErr_SetString(ctx, args[0], "unraisable");
    HPyErr_WriteUnraisable(ctx, or_null(ctx, args[1]));
    return HPyBool_FromBool(ctx, HPyErr_Occurred(ctx) != 0);
}

HPyDef_METH(fatal, "fatal", HPyFunc_NOARGS);
static HPy fatal_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPy_FatalError(ctx, "the fatal message");
}

MODULE(err, &m_SetString, &m_SetObject, &m_NoMemory, &m_SetFromErrno, &m_SetFromErrnoWithFilename,
       &m_SetFromErrnoWithFilenameObject, &m_SetFromErrnoWithFilenameObjects, &m_NewException,
       &m_NewExceptionWithDoc, &m_WarnEx, &occurred, &matches, &write_unraisable, &fatal)
