/* From a trampoline to the extension's function, with handles that last as long as the call.
 *
 * The context below takes the arguments apart. It calls a function of the same signature here,
 * which finds the extension's function in the context it is handed. */
#include "debug.h"

/* For each parameter a handle is opened that is closed after the call; the rest passes unchanged.
 */
#define IN(x) _Generic((x), HPy: handle_dup(own, *(HPy *)(void *)&(x)), default: (x))
#define DONE(x) _Generic((x), HPy: argument_close(own, *(HPy *)(void *)&(x)), default: (void)0)
#define OUT(x) _Generic((x), HPy: result_take(own, *(HPy *)(void *)&(x)), default: (x))

/* The type of a parameter below, where CPython's function has the type c. */
#define TYPE(c) __typeof__(_Generic((c){0}, cpy_PyObject *: HPy_NULL, default: (c){0}))

static HPy handle_dup(DebugContext *own, HPy below) {
    return handle_open(own, BELOW(HPy_Dup)(BELOW(_HPyContext_Get)(), below));
}

static void argument_close(DebugContext *own, HPy h) {
    own->called = NULL;
    BELOW(HPy_Close)(BELOW(_HPyContext_Get)(), handle_take(own, h));
}

static HPy result_take(DebugContext *own, HPy h) {
    own->called = NULL;
    return handle_take(own, h);
}

#define OWN(ctx) DebugContext *own = (ctx)->_private
#define CALL(name, ...) ((HPyFunc_##name)own->function)(&own->api __VA_OPT__(, ) __VA_ARGS__)

#define HPY_SIGNATURE_1(NAME, name, value, type, params, ctype, c0)                                \
    static type call_##name(HPyContext *ctx, TYPE(c0) b0) {                                        \
        OWN(ctx);                                                                                  \
        TYPE(c0) a0 = IN(b0);                                                                      \
        type result = CALL(name, a0);                                                              \
        DONE(a0);                                                                                  \
        return OUT(result);                                                                        \
    }
#define HPY_SIGNATURE_2(NAME, name, value, type, params, ctype, c0, c1)                            \
    static type call_##name(HPyContext *ctx, TYPE(c0) b0, TYPE(c1) b1) {                           \
        OWN(ctx);                                                                                  \
        TYPE(c0) a0 = IN(b0);                                                                      \
        TYPE(c1) a1 = IN(b1);                                                                      \
        type result = CALL(name, a0, a1);                                                          \
        DONE(a0);                                                                                  \
        DONE(a1);                                                                                  \
        return OUT(result);                                                                        \
    }
#define HPY_SIGNATURE_3(NAME, name, value, type, params, ctype, c0, c1, c2)                        \
    static type call_##name(HPyContext *ctx, TYPE(c0) b0, TYPE(c1) b1, TYPE(c2) b2) {              \
        OWN(ctx);                                                                                  \
        TYPE(c0) a0 = IN(b0);                                                                      \
        TYPE(c1) a1 = IN(b1);                                                                      \
        TYPE(c2) a2 = IN(b2);                                                                      \
        type result = CALL(name, a0, a1, a2);                                                      \
        DONE(a0);                                                                                  \
        DONE(a1);                                                                                  \
        DONE(a2);                                                                                  \
        return OUT(result);                                                                        \
    }
#define HPY_SIGNATURE_4(NAME, name, value, type, params, ctype, c0, c1, c2, c3)                    \
    static type call_##name(HPyContext *ctx, TYPE(c0) b0, TYPE(c1) b1, TYPE(c2) b2, TYPE(c3) b3) { \
        OWN(ctx);                                                                                  \
        TYPE(c0) a0 = IN(b0);                                                                      \
        TYPE(c1) a1 = IN(b1);                                                                      \
        TYPE(c2) a2 = IN(b2);                                                                      \
        TYPE(c3) a3 = IN(b3);                                                                      \
        type result = CALL(name, a0, a1, a2, a3);                                                  \
        DONE(a0);                                                                                  \
        DONE(a1);                                                                                  \
        DONE(a2);                                                                                  \
        DONE(a3);                                                                                  \
        return OUT(result);                                                                        \
    }
#define HPY_SIGNATURE_VOID_1(NAME, name, value, params, c0)                                        \
    static void call_##name(HPyContext *ctx, TYPE(c0) b0) {                                        \
        OWN(ctx);                                                                                  \
        TYPE(c0) a0 = IN(b0);                                                                      \
        CALL(name, a0);                                                                            \
        DONE(a0);                                                                                  \
    }
#include "hpy/signatures.def"

/* The handles of an array of arguments, on the stack if they are few. */
#define FEW 8

typedef struct {
    HPy *items;
    size_t n;
    HPy on_stack[FEW];
} Arguments;

static void arguments_open(DebugContext *own, Arguments *arguments, const HPy *below, size_t n) {
    arguments->n = n;
    arguments->items = n <= FEW ? arguments->on_stack : malloc(n * sizeof(HPy));
    if (arguments->items == NULL)
        fail_plainly("out of memory");
    for (size_t i = 0; i < n; i++)
        arguments->items[i] = handle_dup(own, below[i]);
}

static void arguments_close(DebugContext *own, Arguments *arguments) {
    for (size_t i = 0; i < arguments->n; i++)
        argument_close(own, arguments->items[i]);
    if (arguments->items != arguments->on_stack)
        free(arguments->items);
}

static HPy call_varargs(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    OWN(ctx);
    Arguments arguments;
    HPy own_self = handle_dup(own, self);
    arguments_open(own, &arguments, args, nargs);
    HPy result = CALL(varargs, own_self, arguments.items, nargs);
    argument_close(own, own_self);
    arguments_close(own, &arguments);
    return result_take(own, result);
}

static HPy call_keywords(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    OWN(ctx);
    const HPy_ssize_t n_keywords =
        HPy_IsNull(kwnames) ? 0 : BELOW(HPy_Length)(BELOW(_HPyContext_Get)(), kwnames);
    Arguments arguments;
    HPy own_self = handle_dup(own, self), own_names = handle_dup(own, kwnames);
    arguments_open(own, &arguments, args, nargs + (size_t)n_keywords);
    HPy result = CALL(keywords, own_self, arguments.items, nargs, own_names);
    argument_close(own, own_self);
    arguments_close(own, &arguments);
    argument_close(own, own_names);
    return result_take(own, result);
}

#define CALL_WITH_DICT(name, type)                                                                 \
    static type call_##name(HPyContext *ctx, HPy self, const HPy *args, HPy_ssize_t nargs,         \
                            HPy kw) {                                                              \
        OWN(ctx);                                                                                  \
        Arguments arguments;                                                                       \
        HPy own_self = handle_dup(own, self), own_kw = handle_dup(own, kw);                        \
        arguments_open(own, &arguments, args, (size_t)nargs);                                      \
        type result = CALL(name, own_self, arguments.items, nargs, own_kw);                        \
        argument_close(own, own_self);                                                             \
        arguments_close(own, &arguments);                                                          \
        argument_close(own, own_kw);                                                               \
        return OUT(result);                                                                        \
    }
CALL_WITH_DICT(initproc, int)
CALL_WITH_DICT(newfunc, HPy)

/* The buffer's owner, if the function sets one, is a handle below from then on. */
static int call_getbufferproc(HPyContext *ctx, HPy self, HPy_buffer *view, int flags) {
    OWN(ctx);
    HPy own_self = handle_dup(own, self);
    const int result = CALL(getbufferproc, own_self, view, flags);
    if (view != NULL) /* without a buffer, its owner may never have been set */
        view->obj = result == 0 ? result_take(own, view->obj) : HPy_NULL;
    argument_close(own, own_self);
    return result;
}

static void call_releasebufferproc(HPyContext *ctx, HPy self, HPy_buffer *view) {
    OWN(ctx);
    HPy own_self = handle_dup(own, self), owner = view->obj;
    view->obj = handle_dup(own, owner);
    CALL(releasebufferproc, own_self, view);
    argument_close(own, view->obj);
    view->obj = owner;
    argument_close(own, own_self);
}

static HPy call_mod_create(HPyContext *ctx, HPy spec) {
    OWN(ctx);
    HPy own_spec = handle_dup(own, spec);
    HPy result = CALL(mod_create, own_spec);
    argument_close(own, own_spec);
    return result_take(own, result);
}

/* The function here that stands between; NULL for a signature without handles. */
static HPyCFunction function_between(HPyFunc_Signature sig) {
    switch (sig) {
#define BETWEEN(NAME, name)                                                                        \
    case HPyFunc_##NAME: return (HPyCFunction)call_##name;
#define HPY_SIGNATURE_1(NAME, name, value, ...) BETWEEN(NAME, name)
#define HPY_SIGNATURE_2(NAME, name, value, ...) BETWEEN(NAME, name)
#define HPY_SIGNATURE_3(NAME, name, value, ...) BETWEEN(NAME, name)
#define HPY_SIGNATURE_4(NAME, name, value, ...) BETWEEN(NAME, name)
#define HPY_SIGNATURE_VOID_1(NAME, name, value, ...) BETWEEN(NAME, name)
#include "hpy/signatures.def"
        BETWEEN(VARARGS, varargs)
        BETWEEN(KEYWORDS, keywords)
        BETWEEN(VECTORCALLFUNC, keywords)
        BETWEEN(INITPROC, initproc)
        BETWEEN(NEWFUNC, newfunc)
        BETWEEN(GETBUFFERPROC, getbufferproc)
        BETWEEN(RELEASEBUFFERPROC, releasebufferproc)
        BETWEEN(MOD_CREATE, mod_create)
    default: return NULL;
    }
}

HPyContext *_HPyContext_Get(void) {
    return BELOW(_HPyContext_Get)();
}

void _HPy_CallRealFunctionFromTrampoline(HPyContext *ctx, HPyFunc_Signature sig, HPyCFunction func,
                                         void *args) {
    const HPyCFunction between = function_between(sig);
    if (between == NULL) {
        BELOW(_HPy_CallRealFunctionFromTrampoline)(ctx, sig, func, args);
        return;
    }
    DebugContext *own = context_open(func);
    BELOW(_HPy_CallRealFunctionFromTrampoline)(&own->api, sig, between, args);
    context_close(own);
}
