/* Typed methods: the C signature of a function is declared once, and its parsing, its text
 * signature and a description for tools are made from that. docs/typed.md is the reference.
 *
 *     HPyDef_TYPED(clip, "clip", double, "Clips x.",
 *                  (double, x), (double, lo, 0.0), (*), (double, hi, 1.0)) {
 *         return x < lo ? lo : x > hi ? hi : x;
 *     }
 *
 * It is no part of HPy. It needs no more than HPy's API, so that it works with HPy's own headers as
 * well, for which each.h and the folder typed have to lie beside it. */
#ifndef HPY_TYPED_H
#define HPY_TYPED_H

#include "hpy.h"

#include "typed/types.h"

#include "typed/call.h"

#include "typed/items.h"

#pragma GCC system_header /* the pedantic, of macros that take no arguments */

/* A function of a module, or a method of a type if HPySelf(T) is the first parameter. SYM is the
 * HPyDef's name; RESULT is a C type, void, or a list of (type, name) for a tuple. A body follows.
 */
#define HPyDef_TYPED(SYM, NAME, RESULT, DOC, ...)                                                  \
    _HPyTyped_DEFINE(SYM, NAME, RESULT, DOC, QUIET, __VA_ARGS__)

/* The same, and the body may raise with HPy_FAIL(i) what ERRORS has at index i, a list in
 * parentheses of (exception, message); exception is a name as in ctx->h_ValueError, without h_. */
#define HPyDef_TYPED_RAISES(SYM, NAME, RESULT, DOC, ERRORS, ...)                                   \
    static const HPyTyped_Error SYM##_errors[] = {                                                 \
        _HPyTyped_EACH(_HPyTyped_ERROR, _HPyTyped_UNPACK ERRORS)};                                 \
    enum { SYM##_n_errors = sizeof(SYM##_errors) / sizeof(HPyTyped_Error) };                       \
    static _HPyTyped_COLD HPy SYM##_raise(HPyContext *_hpy_ctx, int _hpy_failed) {                 \
        const HPy _hpy_types[] = {_HPyTyped_EACH(_HPyTyped_TYPE, _HPyTyped_UNPACK ERRORS)};        \
        HPyErr_SetString(_hpy_ctx, _hpy_types[_hpy_failed - 1],                                    \
                         SYM##_errors[_hpy_failed - 1].message);                                   \
        return HPy_NULL;                                                                           \
    }                                                                                              \
    _HPyTyped_DEFINE(SYM, NAME, RESULT, DOC, RAISING, __VA_ARGS__)

/* In the body of an HPyDef_TYPED_RAISES: leaves the function, which raises error i of its list. */
#define HPy_FAIL(i)                                                                                \
    do {                                                                                           \
        _HPyTyped_ASSERT((i) >= 0 && (i) < (int)sizeof(_hpy_failure->errors),                      \
                         "HPy_FAIL: the declaration lists fewer errors");                          \
        _hpy_failure->failed = (i) + 1;                                                            \
        return _hpy_failure->zero;                                                                 \
    } while (0)

/* What a declaration becomes:
 *   SYM            the HPyDef of the function that Python calls;
 *   SYM__slots     takes pointers to the result and to each argument, and returns which error was
 *                  raised, from 1, or 0: one C type for all of them;
 *   SYM__c         the C function as it was declared;
 *   SYM__typed     the description.
 * The last three are for tools alone: a load drops them. Hence nothing that Python calls refers to
 * them. MODE is QUIET, or RAISING for a function with a list of errors. */
#define _HPyTyped_DEFINE(SYM, NAME, RESULT, DOC, MODE, ...)                                        \
    typedef _HPyTyped_RESULT(DECLARED, RESULT) SYM##_result;                                       \
    typedef struct {                                                                               \
        int failed;                                                                                \
        char errors[_HPyTyped_COUNT_##MODE(SYM) + !_HPyTyped_COUNT_##MODE(SYM)];                   \
        _HPyTyped_RESULT(ZERO, RESULT)(SYM##_result) zero;                                         \
    } SYM##_failure;                                                                               \
    _HPyTyped_CHECK_SHAPE(_HPyTyped_LETTERS(__VA_ARGS__), _HPyTyped_KINDS(__VA_ARGS__))            \
        _HPyTyped_ASSERT_TEXT(_HPyTyped_RESULT(CODED, RESULT) != 'O' ||                            \
                                  __builtin_strchr(_HPyTyped_KINDS(__VA_ARGS__), 'c') != NULL,     \
                              "hpy/typed.h: a function that returns an HPy makes a new handle, "   \
                              "for which it needs a parameter (HPyContext *, ctx)");               \
    _HPyTyped_EACH(_HPyTyped_CHECKED, __VA_ARGS__) _HPyTyped_RESULT(                               \
        RETURNED, RESULT) static inline SYM##_result SYM##_impl _HPyTyped_PROTOTYPE(SYM, MODE,     \
                                                                                    __VA_ARGS__);  \
    static const HPyTyped_Parameter SYM##_parameters[] = {                                         \
        _HPyTyped_EACH(_HPyTyped_DESCRIBED, __VA_ARGS__){NULL, NULL, NULL, 0}};                    \
    static const HPyTyped_Call SYM##_call = {NAME, _HPyTyped_LETTERS(__VA_ARGS__),                 \
                                             SYM##_parameters};                                    \
    static const HPyTyped_Parameter SYM##_results[] = {                                            \
        _HPyTyped_RESULT(LISTED, RESULT){NULL, NULL, NULL, 0}};                                    \
    _HPyTyped_EXTERN int SYM##__slots(void **);                                                    \
    _HPyTyped_EXTERN int SYM##__slots(void **_hpy_slots) {                                         \
        SYM##_failure _hpy_failure;                                                                \
        __builtin_memset(&_hpy_failure, 0, sizeof(_hpy_failure));                                  \
        int _hpy_i = 1;                                                                            \
        _HPyTyped_EACH(_HPyTyped_SLOT, __VA_ARGS__)(void) _hpy_i, (void)_hpy_slots;                \
        _HPyTyped_RESULT(STORED, RESULT)(SYM##_result, _hpy_slots[0],                              \
                                         SYM##_impl _HPyTyped_CALL(MODE, __VA_ARGS__));            \
        return _hpy_failure.failed;                                                                \
    }                                                                                              \
    _HPyTyped_EXTERN SYM##_result SYM##__c _HPyTyped_PROTOTYPE(SYM, MODE, __VA_ARGS__);            \
    _HPyTyped_EXTERN SYM##_result SYM##__c _HPyTyped_PROTOTYPE(SYM, MODE, __VA_ARGS__) {           \
        return SYM##_impl _HPyTyped_PASSED(MODE, __VA_ARGS__);                                     \
    }                                                                                              \
    _HPyTyped_EXTERN const HPyTyped SYM##__typed;                                                  \
    const HPyTyped SYM##__typed = {HPyTyped_VERSION,                                               \
                                   &SYM##_call,                                                    \
                                   DOC,                                                            \
                                   SYM##_results,                                                  \
                                   SYM##__slots,                                                   \
                                   (void (*)(void))SYM##__c,                                       \
                                   _HPyTyped_ERRORS_##MODE(SYM),                                   \
                                   _HPyTyped_COUNT_##MODE(SYM),                                    \
                                   _HPyTyped_KINDS(__VA_ARGS__)};                                  \
    HPyDef_METH_IMPL(SYM, NAME, SYM##_boxed, HPyFunc_KEYWORDS,                                     \
                     .doc = NAME "(" _HPyTyped_FIRST(__VA_ARGS__)                                  \
                         _HPyTyped_EACH(_HPyTyped_TEXT, __VA_ARGS__) ")\n--\n\n" DOC) static HPy   \
    SYM##_boxed(HPyContext *_hpy_ctx, HPy _hpy_self, const HPy *_hpy_args, size_t _hpy_nargs,      \
                HPy _hpy_names) {                                                                  \
        enum { _hpy_n = 0 _HPyTyped_EACH(_HPyTyped_COUNT, __VA_ARGS__) };                          \
        static _HPyTyped_Name _hpy_keywords[_hpy_n + 1];                                           \
        HPy _hpy_places[_hpy_n + 1], _hpy_found[_hpy_n + 1];                                       \
        SYM##_failure _hpy_failure;                                                                \
        _hpy_failure.failed = 0;                                                                   \
        __builtin_memset(&_hpy_failure.zero, 0, sizeof(_hpy_failure.zero));                        \
        (void)_hpy_self;                                                                           \
        if (!_HPyTyped_Place(_hpy_ctx, &SYM##_call, _HPyTyped_LETTERS(__VA_ARGS__), _hpy_keywords, \
                             _hpy_args, _hpy_nargs, _hpy_names, _hpy_places, _hpy_found, _hpy_n))  \
            return HPy_NULL;                                                                       \
        const HPyTyped_Call *const _hpy_parsed = &SYM##_call;                                      \
        int _hpy_i = 0;                                                                            \
        _HPyTyped_EACH(_HPyTyped_TAKEN, __VA_ARGS__)(void) _hpy_i, (void)_hpy_parsed;              \
        _HPyTyped_RESULT(CALLED, RESULT)(SYM##_result, _hpy_result,                                \
                                         SYM##_impl _HPyTyped_CALL(MODE, __VA_ARGS__));            \
        _HPyTyped_RAISE_##MODE(SYM) _HPyTyped_EACH(_HPyTyped_RAISED, __VA_ARGS__)                  \
            _HPyTyped_RESULT(BOXED, RESULT)                                                        \
    }                                                                                              \
    static inline SYM##_result SYM##_impl _HPyTyped_PROTOTYPE(SYM, MODE, __VA_ARGS__)

#endif
