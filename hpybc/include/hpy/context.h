/* The context: the struct an extension reads handles from, and the functions it calls. */
#ifndef HPY_CONTEXT_H
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

/* Lets the caller pass the address of a pointer to its own struct, whose size is known there: a
 * context may put it to use. */
HPy _HPy_NewSized(HPyContext *ctx, HPy type, void **data, size_t size);
#define HPy_New(ctx, cls, data) _HPy_NewSized((ctx), (cls), (void **)(data), sizeof(**(data)))

#endif
