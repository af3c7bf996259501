/* Handles, the opaque types around them, and the names HPy gives to CPython's own types. */
#ifndef HPY_H
#include "hpy.h"
#elif !defined(HPY_TYPES_H)
#define HPY_TYPES_H

#if defined(__clang__) || defined(__GNUC__)
#define HPy_EXPORTED_SYMBOL __attribute__((visibility("default")))
#define _HPy_UNUSED __attribute__((unused))
#define _HPy_NO_RETURN __attribute__((noreturn))
#else
#error "hpybc compiles extensions with clang"
#endif

#ifdef __cplusplus
#define HPy_EXPORTED_FUNC extern "C" HPy_EXPORTED_SYMBOL
#else
#define HPy_EXPORTED_FUNC HPy_EXPORTED_SYMBOL
#endif

#define HPyAPI_INLINE_HELPER _HPy_UNUSED static inline

/* A field of pointer type and no integer: an integer would send every handle through
 * ptrtoint/inttoptr, which hides it from alias analysis. Size and calling convention are those of
 * HPy's own intptr_t. */
typedef struct _HPy_s {
    struct _HPyObject *_i;
} HPy;
/* In an expression the array is the address of what it belongs to, be that a variable or a value
 * such as a function returns, which has no address that C lets one take with &. */
typedef struct {
    __extension__ union {
        struct _HPyObject *_i;
        struct _HPyObject *_field[1];
    };
} HPyField;
typedef struct {
    __extension__ union {
        struct _HPyObject *_i;
        struct _HPyObject *_global[1];
    };
} HPyGlobal;
typedef struct {
    struct _HPyObject *_lst;
} HPyListBuilder;
typedef struct {
    struct _HPyObject *_tup;
} HPyTupleBuilder;
typedef struct {
    struct _HPyTracker *_i;
} HPyTracker;
typedef struct {
    void *_i;
} HPyThreadState;

/* A value of a struct; C++ has no compound literals. */
#ifdef __cplusplus
#define _HPy_VALUE(type) type
#else
#define _HPy_VALUE(type) (type)
#endif
#define _hconv(p) (_HPy_VALUE(HPy){(struct _HPyObject *)(p)})
#define _hfconv(p) (_HPy_VALUE(HPyField){{(struct _HPyObject *)(p)}})
#define _hgconv(p) (_HPy_VALUE(HPyGlobal){{(struct _HPyObject *)(p)}})
#define _htsconv(p) (_HPy_VALUE(HPyThreadState){(void *)(p)})

#define HPy_NULL _hconv(NULL)
#define HPy_IsNull(h) ((h)._i == NULL)
#define HPyField_NULL _hfconv(NULL)
#define HPyField_IsNull(f) ((f)._i == NULL)

HPyAPI_INLINE_HELPER HPy HPy_FromVoidP(void *p) {
    return _hconv(p);
}

HPyAPI_INLINE_HELPER void *HPy_AsVoidP(HPy h) {
    return (void *)h._i;
}

typedef struct _HPyContext_s HPyContext;

typedef intptr_t HPy_ssize_t;
typedef intptr_t HPy_hash_t;
typedef uint32_t HPy_UCS4;

#define HPY_SSIZE_T_MAX INTPTR_MAX
#define HPY_SSIZE_T_MIN INTPTR_MIN

typedef enum {
    HPy_SourceKind_Expr = 0,
    HPy_SourceKind_File = 1,
    HPy_SourceKind_Single = 2,
} HPy_SourceKind;

typedef enum {
    HPyCapsule_key_Pointer = 0,
    HPyCapsule_key_Name = 1,
    HPyCapsule_key_Context = 2,
    HPyCapsule_key_Destructor = 3,
} _HPyCapsule_key;

typedef enum {
    HPy_LT = 0,
    HPy_LE = 1,
    HPy_EQ = 2,
    HPy_NE = 3,
    HPy_GT = 4,
    HPy_GE = 5,
} HPy_RichCmpOp;

typedef struct {
    void *buf;
    HPy obj;
    HPy_ssize_t len;
    HPy_ssize_t itemsize;
    int readonly;
    int ndim;
    char *format;
    HPy_ssize_t *shape;
    HPy_ssize_t *strides;
    HPy_ssize_t *suboffsets;
    void *internal;
} HPy_buffer;

/* CPython's types under HPy's names. A universal source can hold pointers to them and nothing
 * else: the structs are never defined. */
#ifdef HPY_ABI_UNIVERSAL
typedef struct _HPyForbidden_PyObject cpy_PyObject;
typedef struct _HPyForbidden_PyMethodDef cpy_PyMethodDef;
typedef struct _HPyForbidden_Py_buffer cpy_Py_buffer;
typedef struct _HPyForbidden_PyModuleDef cpy_PyModuleDef;
#define _HPY_LEGACY                                                                                \
    __attribute__((unavailable("Cannot use legacy functions when targeting the HPy Universal "     \
                               "ABI")))
#else
typedef PyObject cpy_PyObject;
typedef PyMethodDef cpy_PyMethodDef;
typedef Py_buffer cpy_Py_buffer;
typedef PyModuleDef cpy_PyModuleDef;
#define _HPY_LEGACY
#endif

typedef cpy_PyObject *(*cpy_PyCFunction)(cpy_PyObject *, cpy_PyObject *const *, HPy_ssize_t);
typedef int (*cpy_visitproc)(cpy_PyObject *, void *);
typedef cpy_PyObject *(*cpy_getter)(cpy_PyObject *, void *);
typedef int (*cpy_setter)(cpy_PyObject *, cpy_PyObject *, void *);
typedef void (*cpy_PyCapsule_Destructor)(cpy_PyObject *);
typedef cpy_PyObject *(*cpy_vectorcallfunc)(cpy_PyObject *, cpy_PyObject *const *, size_t,
                                            cpy_PyObject *);

#endif
