/* For contexts that stand between an extension and this one; see ../below.h. */
#include "boxed.h"

HPy _HPyErr_Save(HPyContext *ctx);
void _HPyErr_Restore(HPyContext *ctx, HPy exception);

HPy _HPyErr_Save(_HPy_UNUSED HPyContext *ctx) {
    const bool left = leave();
    HPy exception = handle_of(shared->save());
    if (left)
        enter();
    return exception;
}

void _HPyErr_Restore(_HPy_UNUSED HPyContext *ctx, HPy exception) {
    const bool left = leave();
    shared->restore(bits_of(exception));
    if (left)
        enter();
}
