/* bytes. */
#include "support.h"

FUNCTION1(Check, integer(ctx, HPyBytes_Check(ctx, a)));
FUNCTION1(Size, integer(ctx, HPyBytes_Size(ctx, a)));
FUNCTION1(GET_SIZE, integer(ctx, HPyBytes_GET_SIZE(ctx, a)));

/* The bytes of a str in UTF-8, or of None: NULL. */
FUNCTION1(FromString, HPyBytes_FromString(ctx, text(ctx, a)));
FUNCTION2(FromStringAndSize,
          HPyBytes_FromStringAndSize(ctx, text(ctx, a), HPyLong_AsSsize_t(ctx, b)));

/* A copy, byte by byte. */
static HPy copy(HPyContext *ctx, const char *characters, HPy_ssize_t size) {
    return characters == NULL ? HPy_NULL : HPyBytes_FromStringAndSize(ctx, characters, size);
}
FUNCTION1(AsString, copy(ctx, HPyBytes_AsString(ctx, a), HPyBytes_Size(ctx, a)));
FUNCTION1(AS_STRING, copy(ctx, HPyBytes_AS_STRING(ctx, a), HPyBytes_GET_SIZE(ctx, a)));

FUNCTION1(is_terminated, integer(ctx, HPyBytes_AS_STRING(ctx, a)[HPyBytes_GET_SIZE(ctx, a)] == 0));

MODULE(bytes, &m_Check, &m_Size, &m_GET_SIZE, &m_FromString, &m_FromStringAndSize, &m_AsString,
       &m_AS_STRING, &m_is_terminated)
