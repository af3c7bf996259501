/* The API function by function: handles are checked and replaced by those below, the context below
 * is called, and the handle it returns is tracked.
 *
 * What needs more is defined in another file; the definitions here are weak and give way to it. */
#include "debug.h"

/* Referred to where a parameter's type says that a function needs more, and defined nowhere: a
 * module that uses such a function cannot be built until there is one. */
void *_hpybc_debug_needs_its_own(void);

#define UNWRAP(x)                                                                                  \
    _Generic((x),                                                                                  \
        HPy: handle_below(own, *(HPy *)(void *)&(x)),                                              \
        HPy *: *(__typeof__(x) *)_hpybc_debug_needs_its_own(),                                     \
        const HPy *: *(__typeof__(x) *)_hpybc_debug_needs_its_own(),                               \
        HPyType_SpecParam *: *(__typeof__(x) *)_hpybc_debug_needs_its_own(),                       \
        HPyListBuilder: *(__typeof__(x) *)_hpybc_debug_needs_its_own(),                            \
        HPyTupleBuilder: *(__typeof__(x) *)_hpybc_debug_needs_its_own(),                           \
        HPyTracker: *(__typeof__(x) *)_hpybc_debug_needs_its_own(),                                \
        default: (x))
#define WRAP(x)                                                                                    \
    _Generic((x),                                                                                  \
        HPy: handle_open(own, *(HPy *)(void *)&(x)),                                               \
        HPyListBuilder: *(__typeof__(x) *)_hpybc_debug_needs_its_own(),                            \
        HPyTupleBuilder: *(__typeof__(x) *)_hpybc_debug_needs_its_own(),                           \
        HPyTracker: *(__typeof__(x) *)_hpybc_debug_needs_its_own(),                                \
        default: (x))

/* UNWRAP of each argument but the context. */
#define EACH(a, ...) , UNWRAP(a) __VA_OPT__(EACH_4(__VA_ARGS__))
#define EACH_4(a, ...) , UNWRAP(a) __VA_OPT__(EACH_3(__VA_ARGS__))
#define EACH_3(a, ...) , UNWRAP(a) __VA_OPT__(EACH_2(__VA_ARGS__))
#define EACH_2(a, ...) , UNWRAP(a) __VA_OPT__(EACH_1(__VA_ARGS__))
#define EACH_1(a) , UNWRAP(a)
#define DOWN(ctx, ...) (BELOW(_HPyContext_Get)() __VA_OPT__(EACH(__VA_ARGS__)))

#define HPY_FUNCTION(index, type, function, member, parameters, arguments)                         \
    __attribute__((weak)) type function parameters {                                               \
        DebugContext *own = context_call(ctx);                                                     \
        type returned = BELOW(function) DOWN arguments;                                            \
        context_return(own);                                                                       \
        return WRAP(returned);                                                                     \
    }
#define HPY_PROCEDURE(index, function, member, parameters, arguments)                              \
    __attribute__((weak)) void function parameters {                                               \
        DebugContext *own = context_call(ctx);                                                     \
        BELOW(function) DOWN arguments;                                                            \
        context_return(own);                                                                       \
    }
#define HPY_NORETURN(index, function, member, parameters, arguments)                               \
    __attribute__((weak)) void function parameters {                                               \
        DebugContext *own = context_call(ctx);                                                     \
        BELOW(function) DOWN arguments;                                                            \
    }
#include "hpy/api.def"

bool _HPyLong_ToInt64(HPyContext *ctx, HPy h, int64_t *value) {
    DebugContext *own = context_call(ctx);
    const bool result = BELOW(_HPyLong_ToInt64)(BELOW(_HPyContext_Get)(), UNWRAP(h), value);
    context_return(own);
    return result;
}

bool _HPyFloat_ToDouble(HPyContext *ctx, HPy h, double *value) {
    DebugContext *own = context_call(ctx);
    const bool result = BELOW(_HPyFloat_ToDouble)(BELOW(_HPyContext_Get)(), UNWRAP(h), value);
    context_return(own);
    return result;
}
