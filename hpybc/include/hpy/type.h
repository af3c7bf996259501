/* Type specifications. */
#ifndef HPY_H
#include "hpy.h"
#elif !defined(HPY_TYPE_H)
#define HPY_TYPE_H

/* Which built-in type the struct of a type extends, hence where the struct lies in an object. */
typedef enum {
    HPyType_BuiltinShape_Legacy = -1, /* the struct starts with PyObject_HEAD */
    HPyType_BuiltinShape_Object = 0,
    HPyType_BuiltinShape_Type = 1,
    HPyType_BuiltinShape_Long = 2,
    HPyType_BuiltinShape_Float = 3,
    HPyType_BuiltinShape_Unicode = 4,
    HPyType_BuiltinShape_Tuple = 5,
    HPyType_BuiltinShape_List = 6,
    HPyType_BuiltinShape_Dict = 7,
} HPyType_BuiltinShape;

typedef struct {
    const char *name;
    int basicsize;
    int itemsize; /* of legacy types; HPy has no items yet, so other types have none */
    unsigned long flags;
    HPyType_BuiltinShape builtin_shape;
    void *legacy_slots;
    HPyDef **defines;
    const char *doc;
} HPyType_Spec;

typedef enum {
    HPyType_SpecParam_Base = 1,
    HPyType_SpecParam_BasesTuple = 2,
    HPyType_SpecParam_Metaclass = 3,
} HPyType_SpecParam_Kind;

/* An array of these ends with an element whose kind is 0. */
typedef struct {
    HPyType_SpecParam_Kind kind;
    HPy object;
} HPyType_SpecParam;

#define HPy_TPFLAGS_DEFAULT ((1UL << 9) | (1UL << 18))
#define HPy_TPFLAGS_BASETYPE (1UL << 10)
#define HPy_TPFLAGS_HAVE_VECTORCALL (1UL << 11)
#define HPy_TPFLAGS_HAVE_GC (1UL << 14)

/* HPyType_HELPERS(TYPE) or HPyType_HELPERS(TYPE, shape): the function TYPE_AsStruct(ctx, h), which
 * gives the TYPE inside an object, and SHAPE(TYPE) for HPyType_Spec.builtin_shape. */
#define HPyType_HELPERS(...) _HPyType_HELPERS(__VA_ARGS__, HPyType_BuiltinShape_Object, )
#define HPyType_LEGACY_HELPERS(TYPE) _HPyType_HELPERS(TYPE, HPyType_BuiltinShape_Legacy, )
#define _HPyType_HELPERS(TYPE, SHAPE_, ...)                                                        \
    enum { TYPE##_SHAPE = (int)SHAPE_ };                                                           \
    HPyAPI_INLINE_HELPER TYPE *TYPE##_AsStruct(HPyContext *ctx, HPy h) {                           \
        return (TYPE *)SHAPE_##_AsStruct(ctx, h);                                                  \
    }

#define SHAPE(TYPE) ((HPyType_BuiltinShape)TYPE##_SHAPE)

#define HPyType_BuiltinShape_Legacy_AsStruct _HPy_AsStruct_Legacy
#define HPyType_BuiltinShape_Object_AsStruct _HPy_AsStruct_Object
#define HPyType_BuiltinShape_Type_AsStruct _HPy_AsStruct_Type
#define HPyType_BuiltinShape_Long_AsStruct _HPy_AsStruct_Long
#define HPyType_BuiltinShape_Float_AsStruct _HPy_AsStruct_Float
#define HPyType_BuiltinShape_Unicode_AsStruct _HPy_AsStruct_Unicode
#define HPyType_BuiltinShape_Tuple_AsStruct _HPy_AsStruct_Tuple
#define HPyType_BuiltinShape_List_AsStruct _HPy_AsStruct_List
#define HPyType_BuiltinShape_Dict_AsStruct _HPy_AsStruct_Dict

#endif
