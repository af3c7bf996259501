/* Every function of the API, called: in a universal source and, with HPY_ABI_HYBRID defined, next
 * to Python.h. */
#include "hpy.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is unavailable itself may use what is: the two legacy functions are called like the rest. */
#define HPY_FUNCTION(index, type, function, member, parameters, arguments)                         \
    _HPY_LEGACY type direct_##function parameters;                                                 \
    type direct_##function parameters {                                                            \
        return function arguments;                                                                 \
    }                                                                                              \
    type table_##function parameters;                                                              \
    type table_##function parameters {                                                             \
        return ctx->member arguments;                                                              \
    }
#define HPY_PROCEDURE(index, function, member, parameters, arguments)                              \
    void direct_##function parameters;                                                             \
    void direct_##function parameters {                                                            \
        function arguments;                                                                        \
    }                                                                                              \
    void table_##function parameters;                                                              \
    void table_##function parameters {                                                             \
        ctx->member arguments;                                                                     \
    }
#define HPY_RAISING(index, function, member, parameters, arguments)                                \
    HPy direct_##function parameters;                                                              \
    HPy direct_##function parameters {                                                             \
        return function arguments;                                                                 \
    }                                                                                              \
    void table_##function parameters;                                                              \
    void table_##function parameters {                                                             \
        ctx->member arguments;                                                                     \
    }
#include "hpy/api.def"

#ifdef __cplusplus
}
#endif
