/* The context: the struct an extension reads handles from, and the functions it calls. */
#ifndef HPY_H
#include "hpy.h"
#elif !defined(HPY_CONTEXT_H)
#define HPY_CONTEXT_H

struct _HPyContext_s {
    const char *name;
    void *_private;
    int abi_version;
#define HPY_HANDLE(index, member, object) HPy member;
#define HPY_FUNCTION(index, type, function, member, parameters, arguments) type(*member) parameters;
#define HPY_PROCEDURE(index, function, member, parameters, arguments) void(*member) parameters;
#define HPY_RAISING HPY_PROCEDURE
#include "hpy/api.def"
};

/* Not part of a universal source: using one is a compile-time error there. */
_HPY_LEGACY HPy HPy_FromPyObject(HPyContext *ctx, cpy_PyObject *obj);
_HPY_LEGACY cpy_PyObject *HPy_AsPyObject(HPyContext *ctx, HPy h);

/* Direct symbols: a call through the table stays an indirect call however much is known of it. */
#define HPY_FUNCTION(index, type, function, member, parameters, arguments) type function parameters;
#define HPY_PROCEDURE(index, function, member, parameters, arguments) void function parameters;
#define HPY_NORETURN(index, function, member, parameters, arguments)                               \
    _HPy_NO_RETURN void function parameters;
#include "hpy/api.def"

/* Lets the caller pass the address of a pointer to its own struct. The struct's size is what a
 * context may put to use; it is 0 if the pointer is to a type without a size. */
HPy _HPy_NewSized(HPyContext *ctx, HPy type, void **data, size_t size);
#ifdef __cplusplus
extern "C++" {
template <class T> char (&_HPy_SizeOf(T **))[sizeof(T) + 1];
char (&_HPy_SizeOf(...))[1];
}
#define _HPy_SIZE(data) (sizeof(_HPy_SizeOf(data)) - 1)
#else
/* What `data` points to is only declared: sizeof would refuse a type that is never completed. */
#define _HPy_SIZE(data) _HPy_SIZE_NAMED(data, __COUNTER__)
#define _HPy_SIZE_NAMED(data, n) _HPy_SIZE_DECLARED(data, _HPy_PASTE(_hpy_declared_, n))
#define _HPy_PASTE(a, b) a##b
#define _HPy_SIZE_DECLARED(data, name)                                                             \
    __extension__({                                                                                \
        extern __typeof__(**_Generic((data), void *: (char **)0, default: (data))) name;           \
        __builtin_choose_expr(__builtin_constant_p(__builtin_object_size(&name, 0)),               \
                              __builtin_object_size(&name, 0), 0);                                 \
    })
#endif
#define HPy_New(ctx, cls, data) _HPy_NewSized((ctx), (cls), (void **)(data), _HPy_SIZE(data))

#endif
