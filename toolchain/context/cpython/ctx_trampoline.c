/* From a trampoline to the extension's function; see hpy/func.h. Inlined into each trampoline,
 * where the signature is a constant, so that one case of the switch remains. */
#include "deferred.h"
#include "modules.h"
#include "recursion.h"
#include "types.h"

_Static_assert(sizeof(HPy_buffer) == sizeof(Py_buffer) &&
                   offsetof(HPy_buffer, internal) == offsetof(Py_buffer, internal),
               "an HPy_buffer is a Py_buffer");

/* Objects turn into handles on the way in and back on the way out; the rest passes unchanged. */
static inline int same_int(int x) {
    return x;
}
static inline Py_ssize_t same_ssize(Py_ssize_t x) {
    return x;
}
static inline HPy_RichCmpOp same_op(HPy_RichCmpOp x) {
    return x;
}
static inline char *same_string(char *x) {
    return x;
}
static inline void *same_pointer(void *x) {
    return x;
}
#define IN(x)                                                                                      \
    _Generic((x),                                                                                  \
        PyObject *: as_h,                                                                          \
        Py_ssize_t: same_ssize,                                                                    \
        HPy_RichCmpOp: same_op,                                                                    \
        char *: same_string,                                                                       \
        void *: same_pointer)(x)
#define OBJECT(x) _Generic((x), PyObject *: (x), void *: NULL)
#define OUT(x) _Generic((x), HPy: as_py, int: same_int, Py_ssize_t: same_ssize)(x)

#define CALL(name, ...) ((HPyFunc_##name)func)(ctx, __VA_ARGS__)

/* A function without a result runs while objects die, perhaps because of an exception, and HPy has
 * nothing by which it could put that aside, or report one of its own. CPython does both for
 * __del__. */
typedef struct {
    PyObject *type, *value, *traceback;
} Exception;

static COLD Exception put_exception_aside(void) {
    Exception e;
    PyErr_Fetch(&e.type, &e.value, &e.traceback);
    return e;
}

static COLD void restore_exception(Exception e, PyObject *self) {
    if (PyErr_Occurred())
        PyErr_WriteUnraisable(self);
    PyErr_Restore(e.type, e.value, e.traceback);
}

static inline void call(HPyContext *ctx, HPyFunc_Signature sig, HPyCFunction func, void *args) {
    switch (sig) {
#define HPY_SIGNATURE_1(NAME, name, value, type, params, ctype, c0)                                \
    case HPyFunc_##NAME: {                                                                         \
        _HPyFunc_args_##NAME *a = args;                                                            \
        a->result = OUT(CALL(name, IN(a->arg0)));                                                  \
        return;                                                                                    \
    }
#define HPY_SIGNATURE_2(NAME, name, value, type, params, ctype, c0, c1)                            \
    case HPyFunc_##NAME: {                                                                         \
        _HPyFunc_args_##NAME *a = args;                                                            \
        a->result = OUT(CALL(name, IN(a->arg0), IN(a->arg1)));                                     \
        return;                                                                                    \
    }
#define HPY_SIGNATURE_3(NAME, name, value, type, params, ctype, c0, c1, c2)                        \
    case HPyFunc_##NAME: {                                                                         \
        _HPyFunc_args_##NAME *a = args;                                                            \
        a->result = OUT(CALL(name, IN(a->arg0), IN(a->arg1), IN(a->arg2)));                        \
        return;                                                                                    \
    }
#define HPY_SIGNATURE_4(NAME, name, value, type, params, ctype, c0, c1, c2, c3)                    \
    case HPyFunc_##NAME: {                                                                         \
        _HPyFunc_args_##NAME *a = args;                                                            \
        a->result = OUT(CALL(name, IN(a->arg0), IN(a->arg1), IN(a->arg2), IN(a->arg3)));           \
        return;                                                                                    \
    }
#define HPY_SIGNATURE_VOID_1(NAME, name, value, params, c0)                                        \
    case HPyFunc_##NAME: {                                                                         \
        _HPyFunc_args_##NAME *a = args;                                                            \
        const Exception aside = put_exception_aside();                                             \
        CALL(name, IN(a->arg0));                                                                   \
        settle();                                                                                  \
        restore_exception(aside, OBJECT(a->arg0));                                                 \
        return;                                                                                    \
    }
#include "hpy/signatures.def"
    case HPyFunc_VARARGS: {
        _HPyFunc_args_VARARGS *a = args;
        a->result = as_py(CALL(varargs, as_h(a->self), as_h_array(a->args), (size_t)a->nargs));
        return;
    }
    case HPyFunc_VECTORCALLFUNC:
    case HPyFunc_KEYWORDS: {
        _HPyFunc_args_KEYWORDS *a = args;
        const bool is_method = sig == HPyFunc_KEYWORDS; /* CPython counts the calls of those */
        const CallDepth depth = is_method ? CALL_COUNTED : enter_call(a->self);
        if (UNLIKELY(depth == CALL_TOO_DEEP)) {
            a->result = NULL;
            return;
        }
        a->result = as_py(CALL(keywords, as_h(a->self), as_h_array(a->args),
                               (size_t)PyVectorcall_NARGS(a->nargsf), as_h(a->kwnames)));
        leave_call(depth);
        return;
    }
    case HPyFunc_INITPROC: {
        _HPyFunc_args_INITPROC *a = args;
        a->result = CALL(initproc, as_h(a->self), as_h_array(&PyTuple_GET_ITEM(a->args, 0)),
                         PyTuple_GET_SIZE(a->args), as_h(a->kw));
        return;
    }
    case HPyFunc_NEWFUNC: {
        _HPyFunc_args_NEWFUNC *a = args;
        a->result = as_py(CALL(newfunc, as_h(a->self), as_h_array(&PyTuple_GET_ITEM(a->args, 0)),
                               PyTuple_GET_SIZE(a->args), as_h(a->kw)));
        return;
    }
    case HPyFunc_GETBUFFERPROC: {
        _HPyFunc_args_GETBUFFERPROC *a = args;
        a->result = CALL(getbufferproc, as_h(a->self), (HPy_buffer *)a->view, a->flags);
        return;
    }
    case HPyFunc_RELEASEBUFFERPROC: {
        _HPyFunc_args_RELEASEBUFFERPROC *a = args;
        const Exception aside = put_exception_aside();
        CALL(releasebufferproc, as_h(a->self), (HPy_buffer *)a->view);
        settle();
        restore_exception(aside, a->self);
        return;
    }
    case HPyFunc_TRAVERSEPROC: {
        _HPyFunc_args_TRAVERSEPROC *a = args;
        a->result = instance_traverse(a->self, a->visit, a->arg);
        return;
    }
    case HPyFunc_CAPSULE_DESTRUCTOR: {
        PyObject *capsule = args;
        const char *name = PyCapsule_GetName(capsule);
        ((HPyFunc_Capsule_Destructor)func)(name, PyCapsule_GetPointer(capsule, name),
                                           PyCapsule_GetContext(capsule));
        return;
    }
    case HPyFunc_MOD_CREATE: {
        _HPyFunc_args_MOD_CREATE *a = args;
        PyObject *created = as_py(CALL(mod_create, as_h(a->spec)));
        settle();
        a->result = module_created(created);
        return;
    }
    case HPyFunc_DESTROYFUNC: break;
    }
    Py_FatalError("a trampoline passed a signature it cannot have");
}

void _HPy_CallRealFunctionFromTrampoline(HPyContext *ctx, HPyFunc_Signature sig, HPyCFunction func,
                                         void *args) {
    NOTHING_IS_DEFERRED; /* CPython's calls lead here, and whoever called CPython has settled */
    call(ctx, sig, func, args);
    settle_for_good();
}
