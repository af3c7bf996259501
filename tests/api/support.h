/* What the extensions of these tests share: functions whose body is one expression, and the module
 * around them. */
#ifndef HPYBC_TESTS_SUPPORT_H
#define HPYBC_TESTS_SUPPORT_H

#include "hpy.h"

/* The Python function NAME of no, one, two or three arguments, called a, b, c. Its definition for
 * MODULE is m_NAME. */
#define FUNCTION0(name, expression)                                                                \
    HPyDef_METH(m_##name, #name, HPyFunc_NOARGS);                                                  \
    static HPy m_##name##_impl(_HPy_UNUSED HPyContext *ctx, _HPy_UNUSED HPy self) {                \
        return expression;                                                                         \
    }
#define FUNCTION1(name, expression)                                                                \
    HPyDef_METH(m_##name, #name, HPyFunc_O);                                                       \
    static HPy m_##name##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {                     \
        return expression;                                                                         \
    }
#define FUNCTION2(name, expression)                                                                \
    HPyDef_METH(m_##name, #name, HPyFunc_VARARGS);                                                 \
    static HPy m_##name##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,             \
                               size_t nargs) {                                                     \
        if (nargs != 2)                                                                            \
            return HPyErr_SetString(ctx, ctx->h_TypeError, "2 arguments expected");                \
        const HPy a = args[0], b = args[1];                                                        \
        return expression;                                                                         \
    }
#define FUNCTION3(name, expression)                                                                \
    HPyDef_METH(m_##name, #name, HPyFunc_VARARGS);                                                 \
    static HPy m_##name##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,             \
                               size_t nargs) {                                                     \
        if (nargs != 3)                                                                            \
            return HPyErr_SetString(ctx, ctx->h_TypeError, "3 arguments expected");                \
        const HPy a = args[0], b = args[1], c = args[2];                                           \
        return expression;                                                                         \
    }

#define MODULE(name, ...)                                                                          \
    static HPyDef *module_defines[] = {__VA_ARGS__, NULL};                                         \
    static HPyModuleDef module_def = {NULL, 0, NULL, module_defines, NULL};                        \
    HPY_MOD_GIL_NOT_USED(name)                                                                     \
    HPy_MODINIT(name, module_def)

#define MODULE_WITH_GLOBALS(name, globals_, ...)                                                   \
    static HPyDef *module_defines[] = {__VA_ARGS__, NULL};                                         \
    static HPyModuleDef module_def = {.defines = module_defines, .globals = globals_};             \
    HPY_MOD_GIL_NOT_USED(name)                                                                     \
    HPy_MODINIT(name, module_def)

HPyAPI_INLINE_HELPER HPy none(HPyContext *ctx) {
    return HPy_Dup(ctx, ctx->h_None);
}

/* The result of a function that returns -1 with an exception, or an integer. */
HPyAPI_INLINE_HELPER HPy integer(HPyContext *ctx, long long value) {
    return value == -1 && HPyErr_Occurred(ctx) ? HPy_NULL : HPyLong_FromLongLong(ctx, value);
}

/* The result of a function that returns a negative number with an exception, or 0. */
HPyAPI_INLINE_HELPER HPy done(HPyContext *ctx, int status) {
    return status < 0 ? HPy_NULL : none(ctx);
}

/* h, or None for a null handle without an exception. */
HPyAPI_INLINE_HELPER HPy or_none(HPyContext *ctx, HPy h) {
    return HPy_IsNull(h) && !HPyErr_Occurred(ctx) ? none(ctx) : h;
}

/* None from Python stands for a null handle. */
HPyAPI_INLINE_HELPER HPy or_null(HPyContext *ctx, HPy h) {
    return HPy_Is(ctx, h, ctx->h_None) ? HPy_NULL : h;
}

/* The characters of a str, or NULL for None; the str keeps them. */
HPyAPI_INLINE_HELPER const char *text(HPyContext *ctx, HPy h) {
    return HPy_Is(ctx, h, ctx->h_None) ? NULL : HPyUnicode_AsUTF8AndSize(ctx, h, NULL);
}

#endif
