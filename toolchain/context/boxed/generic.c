/* The API function by function: Python does it, through the context's table.
 *
 * What C can do in part is defined in another file; the definitions here are weak and give way. */
#include "boxed.h"

HPyContext *boxed_context;
Shared *shared;

HPyContext *_HPyContext_Get(void) {
    return boxed_context;
}

/* Python makes the module: it calls HPyInit_NAME and no PyInit_NAME. */
cpy_PyObject *_HPyModule_Init(_HPy_UNUSED HPyModuleDef *def) {
    return NULL;
}

/* An entry of the table is made when it is first called: most extensions call few. */
#define PROVIDED(index, member)                                                                    \
    const bool left = leave();                                                                     \
    while (UNLIKELY(boxed_context->member == NULL)) /* again if Ctrl-C has come in between */      \
        shared->provide(index);

#define SLOW __attribute__((noinline, cold))

#define HPY_FUNCTION(index, type, function, member, parameters, arguments)                         \
    SLOW type slow_##function parameters {                                                         \
        PROVIDED(index, member)                                                                    \
        type returned = boxed_context->member arguments;                                           \
        if (left)                                                                                  \
            enter();                                                                               \
        return returned;                                                                           \
    }                                                                                              \
    __attribute__((weak)) type function parameters {                                               \
        return slow_##function arguments;                                                          \
    }
#define HPY_PROCEDURE(index, function, member, parameters, arguments)                              \
    SLOW void slow_##function parameters {                                                         \
        PROVIDED(index, member)                                                                    \
        boxed_context->member arguments;                                                           \
        if (left)                                                                                  \
            enter();                                                                               \
    }                                                                                              \
    __attribute__((weak)) void function parameters {                                               \
        slow_##function arguments;                                                                 \
    }
#define HPY_RAISING(index, function, member, parameters, arguments)                                \
    SLOW HPy slow_##function parameters {                                                          \
        PROVIDED(index, member)                                                                    \
        boxed_context->member arguments;                                                           \
        if (left)                                                                                  \
            enter();                                                                               \
        return HPy_NULL;                                                                           \
    }                                                                                              \
    __attribute__((weak)) HPy function parameters {                                                \
        return slow_##function arguments;                                                          \
    }
#define HPY_NORETURN(index, function, member, parameters, arguments)
#include "hpy/api.def"
