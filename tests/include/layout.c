/* HPy's universal ABI, version 0, in numbers. Nothing here is ever run: to compile is to pass, as C
 * and as C++. The numbers are those of HPy 0.9.0, and of its main branch for what that has added
 * since, on a machine with 64-bit pointers. */
#include "hpy.h"

#include <assert.h>

#define SIZE(type, bytes) static_assert(sizeof(type) == (bytes), "size of " #type)
#define OFFSET(type, member, bytes)                                                                \
    static_assert(offsetof(type, member) == (bytes), "offset of " #type "." #member)
#define NUMBER(name, value) static_assert((long)(name) == (value), #name)

/* The context: each member at the place its index in api.def says. */

#define MEMBER(index, member)                                                                      \
    static_assert(offsetof(HPyContext, member) == 24 + 8 * (index), "index of " #member);          \
    static_assert(sizeof(((HPyContext *)0)->member) == 8, "size of " #member);
#define HPY_HANDLE(index, member, object) MEMBER(index, member)
#define HPY_FUNCTION(index, type, function, member, parameters, arguments) MEMBER(index, member)
#define HPY_PROCEDURE(index, function, member, parameters, arguments) MEMBER(index, member)
#include "hpy/api.def"

/* The indices follow each other from 0 to 272: this struct's members are bytes. */
typedef struct {
#define HPY_HANDLE(index, member, object) char member;
#define HPY_FUNCTION(index, type, function, member, parameters, arguments) char member;
#define HPY_PROCEDURE(index, function, member, parameters, arguments) char member;
#include "hpy/api.def"
} Sequence;
#define IN_SEQUENCE(index, member) OFFSET(Sequence, member, index);
#define HPY_HANDLE(index, member, object) IN_SEQUENCE(index, member)
#define HPY_FUNCTION(index, type, function, member, parameters, arguments)                         \
    IN_SEQUENCE(index, member)
#define HPY_PROCEDURE(index, function, member, parameters, arguments) IN_SEQUENCE(index, member)
#include "hpy/api.def"
SIZE(Sequence, 273);

SIZE(HPyContext, 2208);
OFFSET(HPyContext, name, 0);
OFFSET(HPyContext, _private, 8);
OFFSET(HPyContext, abi_version, 16);
OFFSET(HPyContext, h_None, 24);
OFFSET(HPyContext, h_Ellipsis, 56);
OFFSET(HPyContext, h_BaseException, 64);
OFFSET(HPyContext, h_Warning, 488);
OFFSET(HPyContext, h_BaseObjectType, 576);
OFFSET(HPyContext, h_ListType, 632);
OFFSET(HPyContext, ctx_Dup, 640);
OFFSET(HPyContext, ctx_Long_FromInt32_t, 656);
OFFSET(HPyContext, ctx_FatalError, 1112);
OFFSET(HPyContext, ctx_Type_FromSpec, 1224);
OFFSET(HPyContext, ctx_FromPyObject, 1672);
OFFSET(HPyContext, ctx_CallRealFunctionFromTrampoline, 1688);
OFFSET(HPyContext, ctx_Tracker_New, 1760);
OFFSET(HPyContext, ctx_Global_Load, 1832);
OFFSET(HPyContext, ctx_Dump, 1840);
OFFSET(HPyContext, ctx_DelItem_s, 1920);
OFFSET(HPyContext, h_ComplexType, 1928);
OFFSET(HPyContext, h_BytesType, 1936);
OFFSET(HPyContext, h_MemoryViewType, 1944);
OFFSET(HPyContext, h_CapsuleType, 1952);
OFFSET(HPyContext, h_SliceType, 1960);
OFFSET(HPyContext, h_Builtins, 1968);
OFFSET(HPyContext, ctx_Capsule_New, 1976);
OFFSET(HPyContext, ctx_CallMethod, 2120);
OFFSET(HPyContext, h_DictType, 2128);
OFFSET(HPyContext, ctx_AsStruct_Dict, 2136);
OFFSET(HPyContext, ctx_List_Insert, 2144);
OFFSET(HPyContext, ctx_GetSlice, 2152);
OFFSET(HPyContext, ctx_SetSlice, 2160);
OFFSET(HPyContext, ctx_DelSlice, 2168);
OFFSET(HPyContext, ctx_GetIter, 2176);
OFFSET(HPyContext, ctx_Iter_Next, 2184);
OFFSET(HPyContext, ctx_Iter_Check, 2192);
OFFSET(HPyContext, ctx_Slice_New, 2200);

/* Handles are one pointer, whatever they refer to. */
SIZE(HPy, 8);
SIZE(HPyField, 8);
SIZE(HPyGlobal, 8);
SIZE(HPyListBuilder, 8);
SIZE(HPyTupleBuilder, 8);
SIZE(HPyTracker, 8);
SIZE(HPyThreadState, 8);
SIZE(HPy_ssize_t, 8);
SIZE(HPy_hash_t, 8);
SIZE(HPy_UCS4, 4);

/* Definitions. */
SIZE(HPySlot, 24);
OFFSET(HPySlot, slot, 0);
OFFSET(HPySlot, impl, 8);
OFFSET(HPySlot, cpy_trampoline, 16);

SIZE(HPyMeth, 40);
OFFSET(HPyMeth, name, 0);
OFFSET(HPyMeth, impl, 8);
OFFSET(HPyMeth, cpy_trampoline, 16);
OFFSET(HPyMeth, signature, 24);
OFFSET(HPyMeth, doc, 32);

SIZE(HPyMember, 40);
OFFSET(HPyMember, name, 0);
OFFSET(HPyMember, type, 8);
OFFSET(HPyMember, offset, 16);
OFFSET(HPyMember, readonly, 24);
OFFSET(HPyMember, doc, 32);

SIZE(HPyGetSet, 56);
OFFSET(HPyGetSet, name, 0);
OFFSET(HPyGetSet, getter_impl, 8);
OFFSET(HPyGetSet, setter_impl, 16);
OFFSET(HPyGetSet, getter_cpy_trampoline, 24);
OFFSET(HPyGetSet, setter_cpy_trampoline, 32);
OFFSET(HPyGetSet, doc, 40);
OFFSET(HPyGetSet, closure, 48);

SIZE(HPyDef, 64);
OFFSET(HPyDef, kind, 0);
OFFSET(HPyDef, slot, 8);
OFFSET(HPyDef, meth, 8);
OFFSET(HPyDef, member, 8);
OFFSET(HPyDef, getset, 8);
NUMBER(HPyDef_Kind_Slot, 1);
NUMBER(HPyDef_Kind_Meth, 2);
NUMBER(HPyDef_Kind_Member, 3);
NUMBER(HPyDef_Kind_GetSet, 4);

SIZE(HPyCapsule_Destructor, 16);
OFFSET(HPyCapsule_Destructor, cpy_trampoline, 0);
OFFSET(HPyCapsule_Destructor, impl, 8);
SIZE(HPyCallFunction, 16);
OFFSET(HPyCallFunction, cpy_trampoline, 0);
OFFSET(HPyCallFunction, impl, 8);

SIZE(HPyModuleDef, 40);
OFFSET(HPyModuleDef, doc, 0);
OFFSET(HPyModuleDef, size, 8);
OFFSET(HPyModuleDef, legacy_methods, 16);
OFFSET(HPyModuleDef, defines, 24);
OFFSET(HPyModuleDef, globals, 32);

SIZE(HPyType_Spec, 56);
OFFSET(HPyType_Spec, name, 0);
OFFSET(HPyType_Spec, basicsize, 8);
OFFSET(HPyType_Spec, itemsize, 12);
OFFSET(HPyType_Spec, flags, 16);
OFFSET(HPyType_Spec, builtin_shape, 24);
OFFSET(HPyType_Spec, legacy_slots, 32);
OFFSET(HPyType_Spec, defines, 40);
OFFSET(HPyType_Spec, doc, 48);
SIZE(HPyType_SpecParam, 16);
OFFSET(HPyType_SpecParam, kind, 0);
OFFSET(HPyType_SpecParam, object, 8);

SIZE(HPy_buffer, 80);
OFFSET(HPy_buffer, buf, 0);
OFFSET(HPy_buffer, obj, 8);
OFFSET(HPy_buffer, len, 16);
OFFSET(HPy_buffer, itemsize, 24);
OFFSET(HPy_buffer, readonly, 32);
OFFSET(HPy_buffer, ndim, 36);
OFFSET(HPy_buffer, format, 40);
OFFSET(HPy_buffer, shape, 48);
OFFSET(HPy_buffer, strides, 56);
OFFSET(HPy_buffer, suboffsets, 64);
OFFSET(HPy_buffer, internal, 72);

/* Versions and the smaller enumerations. */
NUMBER(HPY_ABI_VERSION, 0);
NUMBER(HPY_ABI_VERSION_MINOR, 0);
NUMBER(HPyType_BuiltinShape_Legacy, -1);
NUMBER(HPyType_BuiltinShape_Object, 0);
NUMBER(HPyType_BuiltinShape_Type, 1);
NUMBER(HPyType_BuiltinShape_Long, 2);
NUMBER(HPyType_BuiltinShape_Float, 3);
NUMBER(HPyType_BuiltinShape_Unicode, 4);
NUMBER(HPyType_BuiltinShape_Tuple, 5);
NUMBER(HPyType_BuiltinShape_List, 6);
NUMBER(HPyType_BuiltinShape_Dict, 7);
NUMBER(HPyType_SpecParam_Base, 1);
NUMBER(HPyType_SpecParam_BasesTuple, 2);
NUMBER(HPyType_SpecParam_Metaclass, 3);
NUMBER(HPy_SourceKind_Expr, 0);
NUMBER(HPy_SourceKind_File, 1);
NUMBER(HPy_SourceKind_Single, 2);
NUMBER(HPyCapsule_key_Pointer, 0);
NUMBER(HPyCapsule_key_Name, 1);
NUMBER(HPyCapsule_key_Context, 2);
NUMBER(HPyCapsule_key_Destructor, 3);
NUMBER(HPy_LT, 0);
NUMBER(HPy_LE, 1);
NUMBER(HPy_EQ, 2);
NUMBER(HPy_NE, 3);
NUMBER(HPy_GT, 4);
NUMBER(HPy_GE, 5);
NUMBER(HPy_TPFLAGS_DEFAULT, 0x40200);
NUMBER(HPy_TPFLAGS_BASETYPE, 0x400);
NUMBER(HPy_TPFLAGS_HAVE_GC, 0x4000);

/* Types of struct members. */
NUMBER(HPyMember_SHORT, 0);
NUMBER(HPyMember_INT, 1);
NUMBER(HPyMember_LONG, 2);
NUMBER(HPyMember_FLOAT, 3);
NUMBER(HPyMember_DOUBLE, 4);
NUMBER(HPyMember_STRING, 5);
NUMBER(HPyMember_OBJECT, 6);
NUMBER(HPyMember_CHAR, 7);
NUMBER(HPyMember_BYTE, 8);
NUMBER(HPyMember_UBYTE, 9);
NUMBER(HPyMember_USHORT, 10);
NUMBER(HPyMember_UINT, 11);
NUMBER(HPyMember_ULONG, 12);
NUMBER(HPyMember_STRING_INPLACE, 13);
NUMBER(HPyMember_BOOL, 14);
NUMBER(HPyMember_OBJECT_EX, 16);
NUMBER(HPyMember_LONGLONG, 17);
NUMBER(HPyMember_ULONGLONG, 18);
NUMBER(HPyMember_HPYSSIZET, 19);
NUMBER(HPyMember_NONE, 20);

/* Signatures. */
NUMBER(HPyFunc_VARARGS, 1);
NUMBER(HPyFunc_KEYWORDS, 2);
NUMBER(HPyFunc_NOARGS, 3);
NUMBER(HPyFunc_O, 4);
NUMBER(HPyFunc_DESTROYFUNC, 5);
NUMBER(HPyFunc_GETBUFFERPROC, 6);
NUMBER(HPyFunc_RELEASEBUFFERPROC, 7);
NUMBER(HPyFunc_UNARYFUNC, 8);
NUMBER(HPyFunc_BINARYFUNC, 9);
NUMBER(HPyFunc_TERNARYFUNC, 10);
NUMBER(HPyFunc_INQUIRY, 11);
NUMBER(HPyFunc_LENFUNC, 12);
NUMBER(HPyFunc_SSIZEARGFUNC, 13);
NUMBER(HPyFunc_SSIZESSIZEARGFUNC, 14);
NUMBER(HPyFunc_SSIZEOBJARGPROC, 15);
NUMBER(HPyFunc_SSIZESSIZEOBJARGPROC, 16);
NUMBER(HPyFunc_OBJOBJARGPROC, 17);
NUMBER(HPyFunc_FREEFUNC, 18);
NUMBER(HPyFunc_GETATTRFUNC, 19);
NUMBER(HPyFunc_GETATTROFUNC, 20);
NUMBER(HPyFunc_SETATTRFUNC, 21);
NUMBER(HPyFunc_SETATTROFUNC, 22);
NUMBER(HPyFunc_REPRFUNC, 23);
NUMBER(HPyFunc_HASHFUNC, 24);
NUMBER(HPyFunc_RICHCMPFUNC, 25);
NUMBER(HPyFunc_GETITERFUNC, 26);
NUMBER(HPyFunc_ITERNEXTFUNC, 27);
NUMBER(HPyFunc_DESCRGETFUNC, 28);
NUMBER(HPyFunc_DESCRSETFUNC, 29);
NUMBER(HPyFunc_INITPROC, 30);
NUMBER(HPyFunc_NEWFUNC, 31);
NUMBER(HPyFunc_GETTER, 32);
NUMBER(HPyFunc_SETTER, 33);
NUMBER(HPyFunc_OBJOBJPROC, 34);
NUMBER(HPyFunc_TRAVERSEPROC, 35);
NUMBER(HPyFunc_DESTRUCTOR, 36);
NUMBER(HPyFunc_CAPSULE_DESTRUCTOR, 37);
NUMBER(HPyFunc_VECTORCALLFUNC, 38);
NUMBER(HPyFunc_MOD_CREATE, 39);

/* Slots. */
NUMBER(HPy_bf_getbuffer, 1);
NUMBER(HPy_bf_releasebuffer, 2);
NUMBER(HPy_mp_ass_subscript, 3);
NUMBER(HPy_mp_length, 4);
NUMBER(HPy_mp_subscript, 5);
NUMBER(HPy_nb_absolute, 6);
NUMBER(HPy_nb_add, 7);
NUMBER(HPy_nb_and, 8);
NUMBER(HPy_nb_bool, 9);
NUMBER(HPy_nb_divmod, 10);
NUMBER(HPy_nb_float, 11);
NUMBER(HPy_nb_floor_divide, 12);
NUMBER(HPy_nb_index, 13);
NUMBER(HPy_nb_inplace_add, 14);
NUMBER(HPy_nb_inplace_and, 15);
NUMBER(HPy_nb_inplace_floor_divide, 16);
NUMBER(HPy_nb_inplace_lshift, 17);
NUMBER(HPy_nb_inplace_multiply, 18);
NUMBER(HPy_nb_inplace_or, 19);
NUMBER(HPy_nb_inplace_power, 20);
NUMBER(HPy_nb_inplace_remainder, 21);
NUMBER(HPy_nb_inplace_rshift, 22);
NUMBER(HPy_nb_inplace_subtract, 23);
NUMBER(HPy_nb_inplace_true_divide, 24);
NUMBER(HPy_nb_inplace_xor, 25);
NUMBER(HPy_nb_int, 26);
NUMBER(HPy_nb_invert, 27);
NUMBER(HPy_nb_lshift, 28);
NUMBER(HPy_nb_multiply, 29);
NUMBER(HPy_nb_negative, 30);
NUMBER(HPy_nb_or, 31);
NUMBER(HPy_nb_positive, 32);
NUMBER(HPy_nb_power, 33);
NUMBER(HPy_nb_remainder, 34);
NUMBER(HPy_nb_rshift, 35);
NUMBER(HPy_nb_subtract, 36);
NUMBER(HPy_nb_true_divide, 37);
NUMBER(HPy_nb_xor, 38);
NUMBER(HPy_sq_ass_item, 39);
NUMBER(HPy_sq_concat, 40);
NUMBER(HPy_sq_contains, 41);
NUMBER(HPy_sq_inplace_concat, 42);
NUMBER(HPy_sq_inplace_repeat, 43);
NUMBER(HPy_sq_item, 44);
NUMBER(HPy_sq_length, 45);
NUMBER(HPy_sq_repeat, 46);
NUMBER(HPy_tp_call, 50);
NUMBER(HPy_tp_descr_get, 54);
NUMBER(HPy_tp_hash, 59);
NUMBER(HPy_tp_init, 60);
NUMBER(HPy_tp_new, 65);
NUMBER(HPy_tp_repr, 66);
NUMBER(HPy_tp_richcompare, 67);
NUMBER(HPy_tp_str, 70);
NUMBER(HPy_tp_traverse, 71);
NUMBER(HPy_nb_matrix_multiply, 75);
NUMBER(HPy_nb_inplace_matrix_multiply, 76);
NUMBER(HPy_tp_finalize, 80);
NUMBER(HPy_tp_destroy, 1000);
NUMBER(HPy_mod_create, 2000);
NUMBER(HPy_mod_exec, 2001);
