/* Characters of a str or bytes object: the extension gets a copy that it cannot write to, and that
 * it can read for as long as the handle is open. */
#include "debug.h"

static HPy below_unicode(DebugContext *own, HPy h, const char *message) {
    HPyContext *ctx = BELOW(_HPyContext_Get)();
    HPy below = handle_below(own, h);
    if (HPy_IsNull(below) || !BELOW(HPyUnicode_Check)(ctx, below))
        fail(own, message);
    return below;
}

HPy HPyUnicode_Substring(HPyContext *ctx, HPy str, HPy_ssize_t start, HPy_ssize_t end) {
    DebugContext *own = context_call(ctx);
    HPy below = below_unicode(own, str, "HPyUnicode_Substring arg 1 must be a Unicode object");
    HPy result = BELOW(HPyUnicode_Substring)(BELOW(_HPyContext_Get)(), below, start, end);
    context_return(own);
    return handle_open(own, result);
}

const char *HPyUnicode_AsUTF8AndSize(HPyContext *ctx, HPy h, HPy_ssize_t *size) {
    DebugContext *own = context_call(ctx);
    HPy_ssize_t length = 0;
    const char *data =
        BELOW(HPyUnicode_AsUTF8AndSize)(BELOW(_HPyContext_Get)(), handle_below(own, h), &length);
    context_return(own);
    if (size != NULL)
        *size = length;
    return data == NULL ? NULL : handle_data(h, data, (size_t)length + 1);
}

static const char *bytes_data(DebugContext *own, HPy h, const char *(*get)(HPyContext *, HPy)) {
    HPyContext *ctx = BELOW(_HPyContext_Get)();
    HPy below = handle_below(own, h);
    const char *data = get(ctx, below);
    if (data == NULL)
        return NULL;
    return handle_data(h, data, (size_t)BELOW(HPyBytes_GET_SIZE)(ctx, below) + 1);
}

const char *HPyBytes_AsString(HPyContext *ctx, HPy h) {
    DebugContext *own = context_call(ctx);
    const char *data = bytes_data(own, h, BELOW(HPyBytes_AsString));
    context_return(own);
    return data;
}

const char *HPyBytes_AS_STRING(HPyContext *ctx, HPy h) {
    DebugContext *own = context_call(ctx);
    const char *data = bytes_data(own, h, BELOW(HPyBytes_AS_STRING));
    context_return(own);
    return data;
}
