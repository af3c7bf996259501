/* Short helpers over the API, inlined where the extension is compiled. */
#ifndef HPY_H
#include "hpy.h"
#elif !defined(HPY_INLINE_HELPERS_H)
#define HPY_INLINE_HELPERS_H

/* C integers of a width the platform decides. */

HPyAPI_INLINE_HELPER HPy HPyLong_FromLong(HPyContext *ctx, long v) {
    return sizeof(long) == sizeof(int32_t) ? HPyLong_FromInt32_t(ctx, (int32_t)v)
                                           : HPyLong_FromInt64_t(ctx, v);
}

HPyAPI_INLINE_HELPER HPy HPyLong_FromUnsignedLong(HPyContext *ctx, unsigned long v) {
    return sizeof(long) == sizeof(int32_t) ? HPyLong_FromUInt32_t(ctx, (uint32_t)v)
                                           : HPyLong_FromUInt64_t(ctx, v);
}

HPyAPI_INLINE_HELPER HPy HPyLong_FromLongLong(HPyContext *ctx, long long v) {
    return HPyLong_FromInt64_t(ctx, v);
}

HPyAPI_INLINE_HELPER HPy HPyLong_FromUnsignedLongLong(HPyContext *ctx, unsigned long long v) {
    return HPyLong_FromUInt64_t(ctx, v);
}

HPyAPI_INLINE_HELPER long HPyLong_AsLong(HPyContext *ctx, HPy h) {
    return sizeof(long) == sizeof(int32_t) ? (long)HPyLong_AsInt32_t(ctx, h)
                                           : (long)HPyLong_AsInt64_t(ctx, h);
}

HPyAPI_INLINE_HELPER unsigned long HPyLong_AsUnsignedLong(HPyContext *ctx, HPy h) {
    return sizeof(long) == sizeof(int32_t) ? (unsigned long)HPyLong_AsUInt32_t(ctx, h)
                                           : (unsigned long)HPyLong_AsUInt64_t(ctx, h);
}

HPyAPI_INLINE_HELPER unsigned long HPyLong_AsUnsignedLongMask(HPyContext *ctx, HPy h) {
    return sizeof(long) == sizeof(int32_t) ? (unsigned long)HPyLong_AsUInt32_tMask(ctx, h)
                                           : (unsigned long)HPyLong_AsUInt64_tMask(ctx, h);
}

HPyAPI_INLINE_HELPER long long HPyLong_AsLongLong(HPyContext *ctx, HPy h) {
    return HPyLong_AsInt64_t(ctx, h);
}

HPyAPI_INLINE_HELPER unsigned long long HPyLong_AsUnsignedLongLong(HPyContext *ctx, HPy h) {
    return HPyLong_AsUInt64_t(ctx, h);
}

HPyAPI_INLINE_HELPER unsigned long long HPyLong_AsUnsignedLongLongMask(HPyContext *ctx, HPy h) {
    return HPyLong_AsUInt64_tMask(ctx, h);
}

HPyAPI_INLINE_HELPER HPy HPyBool_FromLong(HPyContext *ctx, long v) {
    return HPyBool_FromBool(ctx, v != 0);
}

#define HPyLong_FromPid HPyLong_FromLong
#define HPyLong_AsPid HPyLong_AsLong
#define _HPy_PARSE_PID "i"

/* Attributes, calls, tuples. */

HPyAPI_INLINE_HELPER int HPy_DelAttr(HPyContext *ctx, HPy obj, HPy name) {
    return HPy_SetAttr(ctx, obj, name, HPy_NULL);
}

HPyAPI_INLINE_HELPER int HPy_DelAttr_s(HPyContext *ctx, HPy obj, const char *utf8_name) {
    return HPy_SetAttr_s(ctx, obj, utf8_name, HPy_NULL);
}

/* A macro as well, for the literal's sake: see _HPyName. */
#define HPy_DelAttr_s(ctx, obj, utf8_name) HPy_SetAttr_s(ctx, obj, utf8_name, HPy_NULL)

HPyAPI_INLINE_HELPER HPy HPy_CallMethodTupleDict(HPyContext *ctx, HPy name, HPy receiver, HPy args,
                                                 HPy kw) {
    HPy method = HPy_GetAttr(ctx, receiver, name);
    if (HPy_IsNull(method))
        return HPy_NULL;
    HPy result = HPy_CallTupleDict(ctx, method, args, kw);
    HPy_Close(ctx, method);
    return result;
}

HPyAPI_INLINE_HELPER HPy HPy_CallMethodTupleDict_s(HPyContext *ctx, const char *utf8_name,
                                                   HPy receiver, HPy args, HPy kw) {
    HPy method = HPy_GetAttr_s(ctx, receiver, utf8_name);
    if (HPy_IsNull(method))
        return HPy_NULL;
    HPy result = HPy_CallTupleDict(ctx, method, args, kw);
    HPy_Close(ctx, method);
    return result;
}

/* A macro as well, for the reason HPyArg_Parse is one. */
HPy HPyTuple_Pack(HPyContext *ctx, HPy_ssize_t n, ...);
#ifndef HPY_CONTEXT
#define HPyTuple_Pack(ctx, n, ...)                                                                 \
    HPyTuple_FromArray((ctx), (HPy[]){__VA_ARGS__ __VA_OPT__(, ) HPy_NULL}, (n))
#endif

/* Static, because HPyDef_SLOT_IMPL declares the function it is given as static. */
HPyFunc_DECLARE(HPyType_GenericNew, HPyFunc_NEWFUNC);
HPyAPI_INLINE_HELPER HPy HPyType_GenericNew(HPyContext *ctx, HPy type, const HPy *args,
                                            HPy_ssize_t nargs, HPy kw) {
    return _HPyType_GenericNew(ctx, type, args, nargs, kw);
}

/* Slices: clamps start and stop to a sequence of the given length, and returns how many items the
 * slice selects. step is not 0. */
HPyAPI_INLINE_HELPER HPy_ssize_t HPySlice_AdjustIndices(_HPy_UNUSED HPyContext *ctx,
                                                        HPy_ssize_t length, HPy_ssize_t *start,
                                                        HPy_ssize_t *stop, HPy_ssize_t step) {
    const HPy_ssize_t lowest = step < 0 ? -1 : 0;
    const HPy_ssize_t highest = step < 0 ? length - 1 : length;
    HPy_ssize_t *const bounds[2] = {start, stop};
    for (int i = 0; i < 2; i++) {
        HPy_ssize_t at = *bounds[i] < 0 ? *bounds[i] + length : *bounds[i];
        *bounds[i] = at < lowest ? lowest : at > highest ? highest : at;
    }
    const HPy_ssize_t span = step < 0 ? *start - *stop : *stop - *start;
    const HPy_ssize_t stride = step < 0 ? -step : step;
    return span > 0 ? (span - 1) / stride + 1 : 0;
}

/* Exceptions. */

HPyAPI_INLINE_HELPER HPy HPyErr_SetFromErrno(HPyContext *ctx, HPy h_type) {
    return HPyErr_SetFromErrnoWithFilenameObjects(ctx, h_type, HPy_NULL, HPy_NULL);
}

HPyAPI_INLINE_HELPER HPy HPyErr_SetFromErrnoWithFilenameObject(HPyContext *ctx, HPy h_type,
                                                               HPy filename) {
    return HPyErr_SetFromErrnoWithFilenameObjects(ctx, h_type, filename, HPy_NULL);
}

/* Capsules. */

HPyAPI_INLINE_HELPER void *HPyCapsule_GetPointer(HPyContext *ctx, HPy capsule, const char *name) {
    return HPyCapsule_Get(ctx, capsule, HPyCapsule_key_Pointer, name);
}

HPyAPI_INLINE_HELPER const char *HPyCapsule_GetName(HPyContext *ctx, HPy capsule) {
    return (const char *)HPyCapsule_Get(ctx, capsule, HPyCapsule_key_Name, NULL);
}

HPyAPI_INLINE_HELPER void *HPyCapsule_GetContext(HPyContext *ctx, HPy capsule) {
    return HPyCapsule_Get(ctx, capsule, HPyCapsule_key_Context, NULL);
}

HPyAPI_INLINE_HELPER int HPyCapsule_SetPointer(HPyContext *ctx, HPy capsule, void *pointer) {
    return HPyCapsule_Set(ctx, capsule, HPyCapsule_key_Pointer, pointer);
}

HPyAPI_INLINE_HELPER int HPyCapsule_SetName(HPyContext *ctx, HPy capsule, const char *name) {
    return HPyCapsule_Set(ctx, capsule, HPyCapsule_key_Name, (void *)name);
}

HPyAPI_INLINE_HELPER int HPyCapsule_SetContext(HPyContext *ctx, HPy capsule, void *context) {
    return HPyCapsule_Set(ctx, capsule, HPyCapsule_key_Context, context);
}

HPyAPI_INLINE_HELPER int HPyCapsule_SetDestructor(HPyContext *ctx, HPy capsule,
                                                  HPyCapsule_Destructor *destructor) {
    return HPyCapsule_Set(ctx, capsule, HPyCapsule_key_Destructor, (void *)destructor);
}

/* Statements. */

/* Returns True or False from a rich comparison of two C values. */
#define HPy_RETURN_RICHCOMPARE(ctx, val1, val2, op)                                                \
    do {                                                                                           \
        bool _holds;                                                                               \
        switch (op) {                                                                              \
        case HPy_EQ: _holds = (val1) == (val2); break;                                             \
        case HPy_NE: _holds = (val1) != (val2); break;                                             \
        case HPy_LT: _holds = (val1) < (val2); break;                                              \
        case HPy_GT: _holds = (val1) > (val2); break;                                              \
        case HPy_LE: _holds = (val1) <= (val2); break;                                             \
        case HPy_GE: _holds = (val1) >= (val2); break;                                             \
        default: HPy_FatalError(ctx, "Invalid value for HPy_RichCmpOp");                           \
        }                                                                                          \
        return HPyBool_FromBool(ctx, _holds);                                                      \
    } while (0)

#define HPy_BEGIN_LEAVE_PYTHON(ctx)                                                                \
    {                                                                                              \
        HPyThreadState _token = HPy_LeavePythonExecution(ctx);
#define HPy_END_LEAVE_PYTHON(ctx)                                                                  \
    HPy_ReenterPythonExecution(ctx, _token);                                                       \
    }

#endif
