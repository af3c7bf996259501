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

/* Of no index in the context, hence not in the list. */

HPy HPyStructSequence_NewType(HPyContext *ctx, HPyStructSequence_Desc *desc) {
    settle();
    return BELOW(HPyStructSequence_NewType)(ctx, desc);
}

HPy HPyStructSequence_New(HPyContext *ctx, HPy type, HPy_ssize_t nargs, HPy *args) {
    settle();
    return BELOW(HPyStructSequence_New)(ctx, type, nargs, args);
}
