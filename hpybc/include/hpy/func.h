/* Function signatures, and the trampolines CPython calls functions of an extension through.
 *
 * A trampoline packs its arguments in a struct and hands them, with the signature and the
 * function, to one context function. That is HPy's own binary interface, so that the same bitcode
 * serves a context behind a function table; and in a context that is linked in, the call is
 * inlined, its signature and its function are constants, and a direct call is what remains.
 */
#ifndef HPY_H
#include "hpy.h"
#elif !defined(HPY_FUNC_H)
#define HPY_FUNC_H

typedef void (*HPyCFunction)(void);
typedef int (*HPyFunc_visitproc)(HPyField *, void *);

#define HPY_SIGNATURE_ENUMERATOR(NAME, value) HPyFunc_##NAME = value,
#define HPY_SIGNATURE_OTHER(NAME, name, value, ...) HPY_SIGNATURE_ENUMERATOR(NAME, value)
#define HPY_SIGNATURE_1(NAME, name, value, ...) HPY_SIGNATURE_ENUMERATOR(NAME, value)
#define HPY_SIGNATURE_2(NAME, name, value, ...) HPY_SIGNATURE_ENUMERATOR(NAME, value)
#define HPY_SIGNATURE_3(NAME, name, value, ...) HPY_SIGNATURE_ENUMERATOR(NAME, value)
#define HPY_SIGNATURE_4(NAME, name, value, ...) HPY_SIGNATURE_ENUMERATOR(NAME, value)
#define HPY_SIGNATURE_VOID_1(NAME, name, value, ...) HPY_SIGNATURE_ENUMERATOR(NAME, value)
typedef enum {
#include "hpy/signatures.def"
} HPyFunc_Signature;
#undef HPY_SIGNATURE_ENUMERATOR

/* The pointer type of each signature, and the function type that HPyFunc_DECLARE declares with. */
#define HPY_SIGNATURE_TYPES(NAME, name, type, params)                                              \
    typedef type(*HPyFunc_##name) params;                                                          \
    typedef type _HPyFunc_type_HPyFunc_##NAME params;
#define HPY_SIGNATURE_OTHER(NAME, name, value, type, params)                                       \
    HPY_SIGNATURE_TYPES(NAME, name, type, params)
#define HPY_SIGNATURE_1(NAME, name, value, type, params, ctype, c0)                                \
    HPY_SIGNATURE_TYPES(NAME, name, type, params)                                                  \
    typedef struct {                                                                               \
        c0 arg0;                                                                                   \
        ctype result;                                                                              \
    } _HPyFunc_args_##NAME;
#define HPY_SIGNATURE_2(NAME, name, value, type, params, ctype, c0, c1)                            \
    HPY_SIGNATURE_TYPES(NAME, name, type, params)                                                  \
    typedef struct {                                                                               \
        c0 arg0;                                                                                   \
        c1 arg1;                                                                                   \
        ctype result;                                                                              \
    } _HPyFunc_args_##NAME;
#define HPY_SIGNATURE_3(NAME, name, value, type, params, ctype, c0, c1, c2)                        \
    HPY_SIGNATURE_TYPES(NAME, name, type, params)                                                  \
    typedef struct {                                                                               \
        c0 arg0;                                                                                   \
        c1 arg1;                                                                                   \
        c2 arg2;                                                                                   \
        ctype result;                                                                              \
    } _HPyFunc_args_##NAME;
#define HPY_SIGNATURE_4(NAME, name, value, type, params, ctype, c0, c1, c2, c3)                    \
    HPY_SIGNATURE_TYPES(NAME, name, type, params)                                                  \
    typedef struct {                                                                               \
        c0 arg0;                                                                                   \
        c1 arg1;                                                                                   \
        c2 arg2;                                                                                   \
        c3 arg3;                                                                                   \
        ctype result;                                                                              \
    } _HPyFunc_args_##NAME;
#define HPY_SIGNATURE_VOID_1(NAME, name, value, params, c0)                                        \
    HPY_SIGNATURE_TYPES(NAME, name, void, params)                                                  \
    typedef struct {                                                                               \
        c0 arg0;                                                                                   \
    } _HPyFunc_args_##NAME;
#include "hpy/signatures.def"
#undef HPY_SIGNATURE_TYPES

/* Argument structs of the signatures that are not an image of their CPython half. */
typedef struct {
    cpy_PyObject *self;
    cpy_PyObject *const *args;
    HPy_ssize_t nargs;
    cpy_PyObject *result;
} _HPyFunc_args_VARARGS;

typedef struct {
    cpy_PyObject *self;
    cpy_PyObject *const *args;
    size_t nargsf;
    cpy_PyObject *kwnames;
    cpy_PyObject *result;
} _HPyFunc_args_KEYWORDS;

typedef struct {
    cpy_PyObject *self;
    cpy_PyObject *args;
    cpy_PyObject *kw;
    int result;
} _HPyFunc_args_INITPROC;

typedef struct {
    cpy_PyObject *self;
    cpy_PyObject *args;
    cpy_PyObject *kw;
    cpy_PyObject *result;
} _HPyFunc_args_NEWFUNC;

typedef struct {
    cpy_PyObject *self;
    cpy_Py_buffer *view;
    int flags;
    int result;
} _HPyFunc_args_GETBUFFERPROC;

typedef struct {
    cpy_PyObject *self;
    cpy_Py_buffer *view;
} _HPyFunc_args_RELEASEBUFFERPROC;

typedef struct {
    cpy_PyObject *self;
    cpy_visitproc visit;
    void *arg;
    int result;
} _HPyFunc_args_TRAVERSEPROC;

typedef struct {
    cpy_PyObject *spec;
    cpy_PyObject *result;
} _HPyFunc_args_MOD_CREATE;

/* The context a trampoline passes on; the context that is linked in defines it. */
HPyContext *_HPyContext_Get(void);

/* Declares SYM as a static function of signature SIG, to be inlined into its trampoline: LLVM would
 * hesitate, because a definition holds its address as well. */
#define HPyFunc_DECLARE(SYM, SIG) static __attribute__((always_inline)) _HPyFunc_type_##SIG SYM

/* Defines SYM as the function CPython calls for IMPL, a function of signature SIG. */
#define HPyFunc_TRAMPOLINE(SYM, IMPL, SIG) _HPyFunc_TRAMPOLINE_##SIG(SYM, IMPL)

/* Not inlined: who calls a trampoline is outside, and is taken for such. */
#define _HPyFunc_FOR_PYTHON static __attribute__((noinline))
#define _HPyFunc_CALL(IMPL, SIG, a)                                                                \
    _HPy_CallRealFunctionFromTrampoline(_HPyContext_Get(), SIG, (HPyCFunction)IMPL, &a)
#define _HPyFunc_TYPEOF(NAME, field) __typeof__(((_HPyFunc_args_##NAME *)0)->field)

#define _HPyFunc_TRAMPOLINE_1(SYM, IMPL, NAME)                                                     \
    _HPyFunc_FOR_PYTHON _HPyFunc_TYPEOF(NAME, result) SYM(_HPyFunc_TYPEOF(NAME, arg0) arg0) {      \
        _HPyFunc_args_##NAME a = {arg0, 0};                                                        \
        _HPyFunc_CALL(IMPL, HPyFunc_##NAME, a);                                                    \
        return a.result;                                                                           \
    }
#define _HPyFunc_TRAMPOLINE_2(SYM, IMPL, NAME)                                                     \
    _HPyFunc_FOR_PYTHON _HPyFunc_TYPEOF(NAME, result)                                              \
        SYM(_HPyFunc_TYPEOF(NAME, arg0) arg0, _HPyFunc_TYPEOF(NAME, arg1) arg1) {                  \
        _HPyFunc_args_##NAME a = {arg0, arg1, 0};                                                  \
        _HPyFunc_CALL(IMPL, HPyFunc_##NAME, a);                                                    \
        return a.result;                                                                           \
    }
#define _HPyFunc_TRAMPOLINE_3(SYM, IMPL, NAME)                                                     \
    _HPyFunc_FOR_PYTHON _HPyFunc_TYPEOF(NAME, result)                                              \
        SYM(_HPyFunc_TYPEOF(NAME, arg0) arg0, _HPyFunc_TYPEOF(NAME, arg1) arg1,                    \
            _HPyFunc_TYPEOF(NAME, arg2) arg2) {                                                    \
        _HPyFunc_args_##NAME a = {arg0, arg1, arg2, 0};                                            \
        _HPyFunc_CALL(IMPL, HPyFunc_##NAME, a);                                                    \
        return a.result;                                                                           \
    }
#define _HPyFunc_TRAMPOLINE_4(SYM, IMPL, NAME)                                                     \
    _HPyFunc_FOR_PYTHON _HPyFunc_TYPEOF(NAME, result)                                              \
        SYM(_HPyFunc_TYPEOF(NAME, arg0) arg0, _HPyFunc_TYPEOF(NAME, arg1) arg1,                    \
            _HPyFunc_TYPEOF(NAME, arg2) arg2, _HPyFunc_TYPEOF(NAME, arg3) arg3) {                  \
        _HPyFunc_args_##NAME a = {arg0, arg1, arg2, arg3, 0};                                      \
        _HPyFunc_CALL(IMPL, HPyFunc_##NAME, a);                                                    \
        return a.result;                                                                           \
    }
#define _HPyFunc_TRAMPOLINE_VOID_1(SYM, IMPL, NAME)                                                \
    _HPyFunc_FOR_PYTHON void SYM(_HPyFunc_TYPEOF(NAME, arg0) arg0) {                               \
        _HPyFunc_args_##NAME a = {arg0};                                                           \
        _HPyFunc_CALL(IMPL, HPyFunc_##NAME, a);                                                    \
    }

/* clang-format off */
#define _HPyFunc_TRAMPOLINE_HPyFunc_NOARGS(SYM, IMPL) _HPyFunc_TRAMPOLINE_1(SYM, IMPL, NOARGS)
#define _HPyFunc_TRAMPOLINE_HPyFunc_O(SYM, IMPL) _HPyFunc_TRAMPOLINE_2(SYM, IMPL, O)
#define _HPyFunc_TRAMPOLINE_HPyFunc_UNARYFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_1(SYM, IMPL, UNARYFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_BINARYFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_2(SYM, IMPL, BINARYFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_TERNARYFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_3(SYM, IMPL, TERNARYFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_INQUIRY(SYM, IMPL) _HPyFunc_TRAMPOLINE_1(SYM, IMPL, INQUIRY)
#define _HPyFunc_TRAMPOLINE_HPyFunc_LENFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_1(SYM, IMPL, LENFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_SSIZEARGFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_2(SYM, IMPL, SSIZEARGFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_SSIZESSIZEARGFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_3(SYM, IMPL, SSIZESSIZEARGFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_SSIZEOBJARGPROC(SYM, IMPL) _HPyFunc_TRAMPOLINE_3(SYM, IMPL, SSIZEOBJARGPROC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_SSIZESSIZEOBJARGPROC(SYM, IMPL) _HPyFunc_TRAMPOLINE_4(SYM, IMPL, SSIZESSIZEOBJARGPROC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_OBJOBJARGPROC(SYM, IMPL) _HPyFunc_TRAMPOLINE_3(SYM, IMPL, OBJOBJARGPROC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_FREEFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_VOID_1(SYM, IMPL, FREEFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_GETATTRFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_2(SYM, IMPL, GETATTRFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_GETATTROFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_2(SYM, IMPL, GETATTROFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_SETATTRFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_3(SYM, IMPL, SETATTRFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_SETATTROFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_3(SYM, IMPL, SETATTROFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_REPRFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_1(SYM, IMPL, REPRFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_HASHFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_1(SYM, IMPL, HASHFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_RICHCMPFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_3(SYM, IMPL, RICHCMPFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_GETITERFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_1(SYM, IMPL, GETITERFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_ITERNEXTFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_1(SYM, IMPL, ITERNEXTFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_DESCRGETFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_3(SYM, IMPL, DESCRGETFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_DESCRSETFUNC(SYM, IMPL) _HPyFunc_TRAMPOLINE_3(SYM, IMPL, DESCRSETFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_GETTER(SYM, IMPL) _HPyFunc_TRAMPOLINE_2(SYM, IMPL, GETTER)
#define _HPyFunc_TRAMPOLINE_HPyFunc_SETTER(SYM, IMPL) _HPyFunc_TRAMPOLINE_3(SYM, IMPL, SETTER)
#define _HPyFunc_TRAMPOLINE_HPyFunc_OBJOBJPROC(SYM, IMPL) _HPyFunc_TRAMPOLINE_2(SYM, IMPL, OBJOBJPROC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_DESTRUCTOR(SYM, IMPL) _HPyFunc_TRAMPOLINE_VOID_1(SYM, IMPL, DESTRUCTOR)
/* clang-format on */

#define _HPyFunc_TRAMPOLINE_HPyFunc_VARARGS(SYM, IMPL)                                             \
    _HPyFunc_FOR_PYTHON cpy_PyObject *SYM(cpy_PyObject *self, cpy_PyObject *const *args,           \
                                          HPy_ssize_t nargs) {                                     \
        _HPyFunc_args_VARARGS a = {self, args, nargs, NULL};                                       \
        _HPyFunc_CALL(IMPL, HPyFunc_VARARGS, a);                                                   \
        return a.result;                                                                           \
    }
#define _HPyFunc_TRAMPOLINE_KEYWORDS(SYM, IMPL, SIG)                                               \
    _HPyFunc_FOR_PYTHON cpy_PyObject *SYM(cpy_PyObject *self, cpy_PyObject *const *args,           \
                                          size_t nargsf, cpy_PyObject *kwnames) {                  \
        _HPyFunc_args_KEYWORDS a = {self, args, nargsf, kwnames, NULL};                            \
        _HPyFunc_CALL(IMPL, SIG, a);                                                               \
        return a.result;                                                                           \
    }
/* A method, and what an instance is called by: CPython counts the recursion of the former alone. */
#define _HPyFunc_TRAMPOLINE_HPyFunc_KEYWORDS(SYM, IMPL)                                            \
    _HPyFunc_TRAMPOLINE_KEYWORDS(SYM, IMPL, HPyFunc_KEYWORDS)
#define _HPyFunc_TRAMPOLINE_HPyFunc_VECTORCALLFUNC(SYM, IMPL)                                      \
    _HPyFunc_TRAMPOLINE_KEYWORDS(SYM, IMPL, HPyFunc_VECTORCALLFUNC)
#define _HPyFunc_TRAMPOLINE_HPyFunc_INITPROC(SYM, IMPL)                                            \
    _HPyFunc_FOR_PYTHON int SYM(cpy_PyObject *self, cpy_PyObject *args, cpy_PyObject *kw) {        \
        _HPyFunc_args_INITPROC a = {self, args, kw, 0};                                            \
        _HPyFunc_CALL(IMPL, HPyFunc_INITPROC, a);                                                  \
        return a.result;                                                                           \
    }
#define _HPyFunc_TRAMPOLINE_HPyFunc_NEWFUNC(SYM, IMPL)                                             \
    _HPyFunc_FOR_PYTHON cpy_PyObject *SYM(cpy_PyObject *self, cpy_PyObject *args,                  \
                                          cpy_PyObject *kw) {                                      \
        _HPyFunc_args_NEWFUNC a = {self, args, kw, NULL};                                          \
        _HPyFunc_CALL(IMPL, HPyFunc_NEWFUNC, a);                                                   \
        return a.result;                                                                           \
    }
#define _HPyFunc_TRAMPOLINE_HPyFunc_GETBUFFERPROC(SYM, IMPL)                                       \
    _HPyFunc_FOR_PYTHON int SYM(cpy_PyObject *self, cpy_Py_buffer *view, int flags) {              \
        _HPyFunc_args_GETBUFFERPROC a = {self, view, flags, 0};                                    \
        _HPyFunc_CALL(IMPL, HPyFunc_GETBUFFERPROC, a);                                             \
        return a.result;                                                                           \
    }
#define _HPyFunc_TRAMPOLINE_HPyFunc_RELEASEBUFFERPROC(SYM, IMPL)                                   \
    _HPyFunc_FOR_PYTHON void SYM(cpy_PyObject *self, cpy_Py_buffer *view) {                        \
        _HPyFunc_args_RELEASEBUFFERPROC a = {self, view};                                          \
        _HPyFunc_CALL(IMPL, HPyFunc_RELEASEBUFFERPROC, a);                                         \
    }
#define _HPyFunc_TRAMPOLINE_HPyFunc_TRAVERSEPROC(SYM, IMPL)                                        \
    _HPyFunc_FOR_PYTHON int SYM(cpy_PyObject *self, cpy_visitproc visit, void *arg) {              \
        _HPyFunc_args_TRAVERSEPROC a = {self, visit, arg, 0};                                      \
        _HPyFunc_CALL(IMPL, HPyFunc_TRAVERSEPROC, a);                                              \
        return a.result;                                                                           \
    }
#define _HPyFunc_TRAMPOLINE_HPyFunc_MOD_CREATE(SYM, IMPL)                                          \
    _HPyFunc_FOR_PYTHON cpy_PyObject *SYM(cpy_PyObject *spec, _HPy_UNUSED cpy_PyModuleDef *def) {  \
        _HPyFunc_args_MOD_CREATE a = {spec, NULL};                                                 \
        _HPyFunc_CALL(IMPL, HPyFunc_MOD_CREATE, a);                                                \
        return a.result;                                                                           \
    }
/* A destroy function has no CPython slot: the context's deallocator calls it. */
#define _HPyFunc_TRAMPOLINE_HPyFunc_DESTROYFUNC(SYM, IMPL)                                         \
    _HPyFunc_FOR_PYTHON void SYM(void) {                                                           \
        abort();                                                                                   \
    }
#define HPyCapsule_DESTRUCTOR_TRAMPOLINE(SYM, IMPL)                                                \
    _HPyFunc_FOR_PYTHON void SYM(cpy_PyObject *capsule) {                                          \
        _HPy_CallRealFunctionFromTrampoline(_HPyContext_Get(), HPyFunc_CAPSULE_DESTRUCTOR,         \
                                            (HPyCFunction)IMPL, capsule);                          \
    }

/* For a traverse function whose parameters are named visit and arg. */
#define HPy_VISIT(field)                                                                           \
    do {                                                                                           \
        if (!HPyField_IsNull(*(field))) {                                                          \
            int _visited = visit(field, arg);                                                      \
            if (_visited != 0)                                                                     \
                return _visited;                                                                   \
        }                                                                                          \
    } while (0)

#endif
