/* What every file of the CPython context shares: in release mode a handle is the object itself. */
#ifndef HPYBC_CONTEXT_CPYTHON_H
#define HPYBC_CONTEXT_CPYTHON_H

#include "../inline.h"

#define HPY_ABI_HYBRID
#include "hpy.h"

/* API functions get a context because HPy's do; this one is a constant. */
#define CTX _HPy_UNUSED HPyContext *ctx

/* Every API function is inlined into the extension, whatever it looks like to LLVM before constants
 * have reached it. What is long or rare in one sits in a COLD function of its own. */
#define HPY_FUNCTION(index, type, function, member, parameters, arguments)                         \
    ALWAYS_INLINE type function parameters;
#define HPY_PROCEDURE(index, function, member, parameters, arguments)                              \
    ALWAYS_INLINE void function parameters;
#define HPY_NORETURN(index, function, member, parameters, arguments) /* as it was declared */
#include "hpy/api.def"

ALWAYS_INLINE HPy _HPy_NewSized(HPyContext *ctx, HPy type, void **data, size_t size);
ALWAYS_INLINE bool _HPyLong_ToInt64(HPyContext *ctx, HPy h, int64_t *value);
ALWAYS_INLINE bool _HPyFloat_ToDouble(HPyContext *ctx, HPy h, double *value);
ALWAYS_INLINE const char *_HPyUnicode_ReadASCII(HPyContext *ctx, HPy h, HPy_ssize_t *size);
ALWAYS_INLINE HPy _HPyName_Get(HPyContext *ctx, _HPyName *name, const char *utf8);

/* What raises is rare: LLVM lays out the paths that lead there behind the others. */
#define RARE __attribute__((cold))
RARE PyAPI_FUNC(void) PyErr_SetString(PyObject *, const char *);
RARE PyAPI_FUNC(void) PyErr_SetObject(PyObject *, PyObject *);
RARE PyAPI_FUNC(PyObject *) PyErr_NoMemory(void);

static inline PyObject *as_py(HPy h) {
    return (PyObject *)h._i;
}

static inline HPy as_h(PyObject *o) {
    return _hconv(o);
}

/* An array of handles is an array of objects: a handle is a struct of one pointer. */
static inline PyObject *const *as_py_array(const HPy *handles) {
    return (PyObject *const *)handles;
}

static inline const HPy *as_h_array(PyObject *const *objects) {
    return (const HPy *)objects;
}

#include "layout.h"

#endif
