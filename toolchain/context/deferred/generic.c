/* The API function by function: before each that may run other code or drop a reference, those that
 * are deferred are counted. The definitions here are weak and give way to those of deferred.c. */
#include "../cpython/deferred.h"

#include "../below.h"

/* The others: functions that do neither, or settle where they do. */
#define SETTLED(function) SETTLED_##function
#define SETTLED_HPy_Dup ~, 1
#define SETTLED_HPy_Close ~, 1
#define SETTLED_HPyField_Load ~, 1
#define SETTLED_HPyField_Store ~, 1
#define SETTLED_HPyGlobal_Load ~, 1
#define SETTLED_HPyGlobal_Store ~, 1
/* Values of C become objects. */
#define SETTLED_HPyLong_FromInt32_t ~, 1
#define SETTLED_HPyLong_FromUInt32_t ~, 1
#define SETTLED_HPyLong_FromInt64_t ~, 1
#define SETTLED_HPyLong_FromUInt64_t ~, 1
#define SETTLED_HPyLong_FromSize_t ~, 1
#define SETTLED_HPyLong_FromSsize_t ~, 1
#define SETTLED_HPyFloat_FromDouble ~, 1
#define SETTLED_HPyBool_FromBool ~, 1
#define SETTLED_HPyUnicode_FromString ~, 1
#define SETTLED_HPyUnicode_DecodeASCII ~, 1
/* Objects become values of C. */
#define SETTLED_HPyLong_AsInt32_t ~, 1
#define SETTLED_HPyLong_AsUInt32_t ~, 1
#define SETTLED_HPyLong_AsUInt32_tMask ~, 1
#define SETTLED_HPyLong_AsInt64_t ~, 1
#define SETTLED_HPyLong_AsUInt64_t ~, 1
#define SETTLED_HPyLong_AsUInt64_tMask ~, 1
#define SETTLED_HPyLong_AsSize_t ~, 1
#define SETTLED_HPyLong_AsSsize_t ~, 1
#define SETTLED_HPyLong_AsDouble ~, 1
#define SETTLED_HPyFloat_AsDouble ~, 1
#define SETTLED_HPyBytes_GET_SIZE ~, 1
#define SETTLED_HPyBytes_AS_STRING ~, 1
#define SETTLED_HPyUnicode_AsUTF8AndSize ~, 1
#define SETTLED_HPyUnicode_ReadChar ~, 1
#define SETTLED__HPy_AsStruct_Object ~, 1
#define SETTLED__HPy_AsStruct_Legacy ~, 1
#define SETTLED__HPy_AsStruct_Type ~, 1
#define SETTLED__HPy_AsStruct_Long ~, 1
#define SETTLED__HPy_AsStruct_Float ~, 1
#define SETTLED__HPy_AsStruct_Unicode ~, 1
#define SETTLED__HPy_AsStruct_Tuple ~, 1
#define SETTLED__HPy_AsStruct_List ~, 1
#define SETTLED__HPy_AsStruct_Dict ~, 1
/* What an object is. */
#define SETTLED_HPy_Is ~, 1
#define SETTLED_HPy_Type ~, 1
#define SETTLED_HPy_TypeCheck ~, 1
#define SETTLED_HPyCallable_Check ~, 1
#define SETTLED_HPyBytes_Check ~, 1
#define SETTLED_HPyDict_Check ~, 1
#define SETTLED_HPyList_Check ~, 1
#define SETTLED_HPyTuple_Check ~, 1
#define SETTLED_HPyUnicode_Check ~, 1
#define SETTLED_HPyErr_Occurred ~, 1
/* Numbers, truth, comparison. */
#define SETTLED_HPy_Add ~, 1
#define SETTLED_HPy_Subtract ~, 1
#define SETTLED_HPy_Multiply ~, 1
#define SETTLED_HPy_TrueDivide ~, 1
#define SETTLED_HPy_And ~, 1
#define SETTLED_HPy_Xor ~, 1
#define SETTLED_HPy_Or ~, 1
#define SETTLED_HPy_InPlaceAdd ~, 1
#define SETTLED_HPy_InPlaceSubtract ~, 1
#define SETTLED_HPy_InPlaceMultiply ~, 1
#define SETTLED_HPy_InPlaceTrueDivide ~, 1
#define SETTLED_HPy_InPlaceAnd ~, 1
#define SETTLED_HPy_InPlaceXor ~, 1
#define SETTLED_HPy_InPlaceOr ~, 1
#define SETTLED_HPy_Long ~, 1
#define SETTLED_HPy_Float ~, 1
#define SETTLED_HPy_Str ~, 1
#define SETTLED_HPy_IsTrue ~, 1
#define SETTLED_HPy_RichCompare ~, 1
#define SETTLED_HPy_RichCompareBool ~, 1
/* Containers, builders, trackers. */
#define SETTLED_HPy_Length ~, 1
#define SETTLED_HPy_Contains ~, 1
#define SETTLED_HPy_GetItem ~, 1
#define SETTLED_HPy_GetItem_i ~, 1
#define SETTLED_HPy_SetItem_i ~, 1
#define SETTLED_HPyIter_Next ~, 1
#define SETTLED_HPyList_Append ~, 1
#define SETTLED_HPyListBuilder_Set ~, 1
#define SETTLED_HPyListBuilder_Build ~, 1
#define SETTLED_HPyTupleBuilder_Set ~, 1
#define SETTLED_HPyTupleBuilder_Build ~, 1
#define SETTLED_HPyTracker_New ~, 1
#define SETTLED_HPyTracker_Add ~, 1
#define SETTLED_HPyTracker_ForgetAll ~, 1

/* The second argument: 1 for the functions above, for others 0. */
#define SECOND(_, second, ...) second
#define SECOND_OF(...) SECOND(__VA_ARGS__, 0, 0)
#define SETTLES(function) SECOND_OF(SETTLED(function))

#define HPY_FUNCTION(index, type, function, member, parameters, arguments)                         \
    __attribute__((weak)) type function parameters {                                               \
        if (!SETTLES(function))                                                                    \
            settle();                                                                              \
        return BELOW(function) arguments;                                                          \
    }
#define HPY_PROCEDURE(index, function, member, parameters, arguments)                              \
    __attribute__((weak)) void function parameters {                                               \
        if (!SETTLES(function))                                                                    \
            settle();                                                                              \
        BELOW(function) arguments;                                                                 \
    }
#define HPY_NORETURN(index, function, member, parameters, arguments) /* nothing is left to count   \
                                                                      */
#include "hpy/api.def"
