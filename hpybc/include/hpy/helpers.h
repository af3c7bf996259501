/* Helpers written in terms of the API: part of every extension, of no binary interface. */
#ifndef HPY_H
#include "hpy.h"
#elif !defined(HPY_HELPERS_H)
#define HPY_HELPERS_H

/* What a context defines for these helpers besides the API: conversions that say whether they have
 * failed, where HPyLong_AsInt64_t and HPyFloat_AsDouble leave a -1 in doubt. */
bool _HPyLong_ToInt64(HPyContext *ctx, HPy h, int64_t *value);
bool _HPyFloat_ToDouble(HPyContext *ctx, HPy h, double *value);

/* The characters of a str that holds ASCII in place; NULL, and no exception, for any other object
 * and where the context cannot tell. */
const char *_HPyUnicode_ReadASCII(HPyContext *ctx, HPy h, HPy_ssize_t *size);

/* Loading from a place. Without a GIL, another thread may store there while a copy of what was in
 * it is on its way to HPyField_Load; hence these, and the macros that call them. What is no
 * variable, but what a function returns for one, is the place itself until the call is over. */
HPy _HPyField_LoadFrom(HPyContext *ctx, HPy source_object, const HPyField *source_field);
HPy _HPyGlobal_LoadFrom(HPyContext *ctx, const HPyGlobal *global);
#ifndef HPY_CONTEXT /* where the functions of these names are defined */
#define HPyField_Load(ctx, source_object, source_field)                                            \
    _HPyField_LoadFrom(ctx, source_object, (const HPyField *)(source_field)._field)
#define HPyGlobal_Load(ctx, global) _HPyGlobal_LoadFrom(ctx, (const HPyGlobal *)(global)._global)
#endif

/* Names. A name that is a literal in the source is made a str once for each place in the source
 * that has it, if the context cares to: then the function returns a handle that the place keeps,
 * which nobody may close, else HPy_NULL and never an exception. */
typedef struct {
    struct _HPyObject *_i;
} _HPyName;
HPy _HPyName_Get(HPyContext *ctx, _HPyName *name, const char *utf8);

/* Now, not after inlining, when a place may have become several, each with a literal of its own. */
#ifdef __cplusplus
#define _HPyName_IS_LITERAL(utf8) constexpr bool _is_literal = __builtin_constant_p(utf8)
#else
#define _HPyName_IS_LITERAL(utf8) enum { _is_literal = __builtin_constant_p(utf8) }
#endif

/* The place's variable, or NULL for what is no literal. */
#define _HPyName_PLACE(utf8)                                                                       \
    __extension__({                                                                                \
        _HPyName_IS_LITERAL(utf8);                                                                 \
        static _HPyName _name;                                                                     \
        _is_literal ? &_name : (_HPyName *)NULL;                                                   \
    })

/* The name at a place, or HPy_NULL if there is no place or the context keeps no name there. */
HPyAPI_INLINE_HELPER HPy _HPyName_At(HPyContext *ctx, _HPyName *place, const char *utf8) {
    return place == NULL ? HPy_NULL : _HPyName_Get(ctx, place, utf8);
}

/* The functions that the macros below call: with the name if there is one, else with the text. */

HPyAPI_INLINE_HELPER HPy _HPyUnicode_FromString_at(HPyContext *ctx, const char *utf8,
                                                   _HPyName *place) {
    HPy name = _HPyName_At(ctx, place, utf8);
    return HPy_IsNull(name) ? HPyUnicode_FromString(ctx, utf8) : HPy_Dup(ctx, name);
}

HPyAPI_INLINE_HELPER HPy _HPy_GetAttr_s_at(HPyContext *ctx, HPy obj, const char *utf8,
                                           _HPyName *place) {
    HPy name = _HPyName_At(ctx, place, utf8);
    return HPy_IsNull(name) ? HPy_GetAttr_s(ctx, obj, utf8) : HPy_GetAttr(ctx, obj, name);
}

HPyAPI_INLINE_HELPER int _HPy_HasAttr_s_at(HPyContext *ctx, HPy obj, const char *utf8,
                                           _HPyName *place) {
    HPy name = _HPyName_At(ctx, place, utf8);
    return HPy_IsNull(name) ? HPy_HasAttr_s(ctx, obj, utf8) : HPy_HasAttr(ctx, obj, name);
}

HPyAPI_INLINE_HELPER int _HPy_SetAttr_s_at(HPyContext *ctx, HPy obj, const char *utf8, HPy value,
                                           _HPyName *place) {
    HPy name = _HPyName_At(ctx, place, utf8);
    return HPy_IsNull(name) ? HPy_SetAttr_s(ctx, obj, utf8, value)
                            : HPy_SetAttr(ctx, obj, name, value);
}

HPyAPI_INLINE_HELPER HPy _HPy_GetItem_s_at(HPyContext *ctx, HPy obj, const char *utf8,
                                           _HPyName *place) {
    HPy name = _HPyName_At(ctx, place, utf8);
    return HPy_IsNull(name) ? HPy_GetItem_s(ctx, obj, utf8) : HPy_GetItem(ctx, obj, name);
}

HPyAPI_INLINE_HELPER int _HPy_SetItem_s_at(HPyContext *ctx, HPy obj, const char *utf8, HPy value,
                                           _HPyName *place) {
    HPy name = _HPyName_At(ctx, place, utf8);
    return HPy_IsNull(name) ? HPy_SetItem_s(ctx, obj, utf8, value)
                            : HPy_SetItem(ctx, obj, name, value);
}

HPyAPI_INLINE_HELPER int _HPy_DelItem_s_at(HPyContext *ctx, HPy obj, const char *utf8,
                                           _HPyName *place) {
    HPy name = _HPyName_At(ctx, place, utf8);
    return HPy_IsNull(name) ? HPy_DelItem_s(ctx, obj, utf8) : HPy_DelItem(ctx, obj, name);
}

#ifndef HPY_CONTEXT
#define HPyUnicode_FromString(ctx, utf8) _HPyUnicode_FromString_at(ctx, utf8, _HPyName_PLACE(utf8))
#define HPy_GetAttr_s(ctx, obj, utf8) _HPy_GetAttr_s_at(ctx, obj, utf8, _HPyName_PLACE(utf8))
#define HPy_HasAttr_s(ctx, obj, utf8) _HPy_HasAttr_s_at(ctx, obj, utf8, _HPyName_PLACE(utf8))
#define HPy_SetAttr_s(ctx, obj, utf8, value)                                                       \
    _HPy_SetAttr_s_at(ctx, obj, utf8, value, _HPyName_PLACE(utf8))
#define HPy_GetItem_s(ctx, obj, utf8) _HPy_GetItem_s_at(ctx, obj, utf8, _HPyName_PLACE(utf8))
#define HPy_SetItem_s(ctx, obj, utf8, value)                                                       \
    _HPy_SetItem_s_at(ctx, obj, utf8, value, _HPyName_PLACE(utf8))
#define HPy_DelItem_s(ctx, obj, utf8) _HPy_DelItem_s_at(ctx, obj, utf8, _HPyName_PLACE(utf8))
#endif

/* Argument parsing. These are functions as they are in HPy, for a source that takes their
 * address; they cannot be inlined, as LLVM never inlines a variadic function. */
int HPyArg_Parse(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs, const char *fmt,
                 ...);
int HPyArg_ParseKeywords(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs,
                         HPy kwnames, const char *fmt, const char *const keywords[], ...);
int HPyArg_ParseKeywordsDict(HPyContext *ctx, HPyTracker *ht, const HPy *args, HPy_ssize_t nargs,
                             HPy kw, const char *fmt, const char *const keywords[], ...);

/* What the macros of the same names call, with the variables in an array: with the array's length
 * and the format constant, what remains of a call after inlining is the conversion of each
 * argument. A call that names fewer variables than its format has units raises SystemError. */
int _HPyArg_ParseArray(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs,
                       const char *fmt, void *const *out, size_t n_out);
int _HPyArg_ParseNamesArray(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs,
                            HPy kwnames, const char *fmt, const char *const *keywords,
                            void *const *out, size_t n_out);
int _HPyArg_ParseKeywordsDictArray(HPyContext *ctx, HPyTracker *ht, const HPy *args,
                                   HPy_ssize_t nargs, HPy kw, const char *fmt,
                                   const char *const *keywords, void *const *out, size_t n_out);

#ifndef HPY_CONTEXT
#ifdef __cplusplus
/* Of one instance for many formats nothing would be a constant. */
#define _HPyArg_INLINE static inline __attribute__((always_inline))
extern "C++" {
/* Each twice, see _HPyCheck_FITTING. A trailing null pointer keeps the array from being empty; it
 * is not counted. */
#define _HPyArg_PARSERS(attribute)                                                                 \
    template <class... Out>                                                                        \
    _HPyArg_INLINE int _HPyArg_Parse(HPyContext *ctx, HPyTracker *ht, const HPy *args,             \
                                     size_t nargs, const char *fmt, Out... out) attribute {        \
        void *const array[] = {out..., NULL};                                                      \
        return _HPyArg_ParseArray(ctx, ht, args, nargs, fmt, array, sizeof...(out));               \
    }                                                                                              \
    template <class Keywords, class... Out>                                                        \
    _HPyArg_INLINE int _HPyArg_ParseKeywords(HPyContext *ctx, HPyTracker *ht, const HPy *args,     \
                                             size_t nargs, HPy kwnames, const char *fmt,           \
                                             const Keywords &keywords, Out... out)                 \
        attribute _HPyCheck_KEYWORDS(Keywords, Out) {                                              \
        void *const array[] = {out..., NULL};                                                      \
        return _HPyArg_ParseNamesArray(ctx, ht, args, nargs, kwnames, fmt, keywords, array,        \
                                       sizeof...(out));                                            \
    }                                                                                              \
    template <class Keywords, class... Out>                                                        \
    _HPyArg_INLINE int _HPyArg_ParseKeywordsDict(HPyContext *ctx, HPyTracker *ht, const HPy *args, \
                                                 HPy_ssize_t nargs, HPy kw, const char *fmt,       \
                                                 const Keywords &keywords, Out... out)             \
        attribute _HPyCheck_KEYWORDS(Keywords, Out) {                                              \
        void *const array[] = {out..., NULL};                                                      \
        return _HPyArg_ParseKeywordsDictArray(ctx, ht, args, nargs, kw, fmt, keywords, array,      \
                                              sizeof...(out));                                     \
    }
_HPyArg_PARSERS(_HPyCheck_TYPES_FIT(Out)) _HPyArg_PARSERS(_HPyCheck_TYPES(Out))
}
#define HPyArg_Parse(...) _HPyArg_Parse(__VA_ARGS__)
#define HPyArg_ParseKeywords(...) _HPyArg_ParseKeywords(__VA_ARGS__)
#define HPyArg_ParseKeywordsDict(...) _HPyArg_ParseKeywordsDict(__VA_ARGS__)
#else
/* All arguments initialise one struct, and not each a parameter of the macro: to the preprocessor,
 * a compound literal is as many arguments as it has commas. For the same reason the compiler is to
 * count them, as initialisers of an array; of what it thinks about their types there, nothing
 * matters. The variables are copied out of the struct: what stands in it beside an array that
 * others see, LLVM would not take for a constant. */
#define _HPyArg_COUNT(...) (sizeof((HPy[]){__VA_ARGS__}) / sizeof(HPy))
#define _HPyArg_COUNTING                                                                           \
    _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Wint-conversion\"")      \
        _Pragma("clang diagnostic ignored \"-Wincompatible-pointer-types\"")

/* How many variables stand behind what else a macro takes. */
#define _HPyArg_BEGIN(n_fixed, ...)                                                                \
    _HPyCheck_QUIET _HPyArg_COUNTING enum { _n_out = (int)_HPyArg_COUNT(__VA_ARGS__) - n_fixed };  \
    _Static_assert(_n_out >= 0, "too few arguments");                                              \
    _HPyCheck_LOUD

#define HPyArg_Parse(...)                                                                          \
    __extension__({                                                                                \
        _HPyArg_BEGIN(5, __VA_ARGS__) const struct {                                               \
            HPyContext *ctx;                                                                       \
            HPyTracker *ht;                                                                        \
            const HPy *args;                                                                       \
            size_t nargs;                                                                          \
            const char *fmt;                                                                       \
            struct {                                                                               \
                void *at[_n_out + 1];                                                              \
            } out;                                                                                 \
        } _call = {__VA_ARGS__};                                                                   \
        const __typeof__(_call.out) _out = _call.out;                                              \
        _HPyCheck_PARSE(_n_out, __VA_ARGS__) _HPyCheck_LOUD _HPyArg_ParseArray(                    \
            _call.ctx, _call.ht, _call.args, _call.nargs, _call.fmt, _out.at, _n_out);             \
    })
#define HPyArg_ParseKeywords(...) _HPyArg_KEYWORDS(_HPyArg_ParseNamesArray, size_t, __VA_ARGS__)
#define HPyArg_ParseKeywordsDict(...)                                                              \
    _HPyArg_KEYWORDS(_HPyArg_ParseKeywordsDictArray, HPy_ssize_t, __VA_ARGS__)
#define _HPyArg_KEYWORDS(function, nargs_t, ...)                                                   \
    __extension__({                                                                                \
        _HPyArg_BEGIN(7, __VA_ARGS__) const struct {                                               \
            HPyContext *ctx;                                                                       \
            HPyTracker *ht;                                                                        \
            const HPy *args;                                                                       \
            nargs_t nargs;                                                                         \
            HPy kw;                                                                                \
            const char *fmt;                                                                       \
            const char *const *keywords;                                                           \
            struct {                                                                               \
                void *at[_n_out + 1];                                                              \
            } out;                                                                                 \
        } _call = {__VA_ARGS__};                                                                   \
        const __typeof__(_call.out) _out = _call.out;                                              \
        _HPyCheck_PARSE_KEYWORDS(_n_out, __VA_ARGS__)                                              \
            _HPyCheck_LOUD function(_call.ctx, _call.ht, _call.args, _call.nargs, _call.kw,        \
                                    _call.fmt, _call.keywords, _out.at, _n_out);                   \
    })
#endif
#endif

HPy HPyUnicode_FromFormat(HPyContext *ctx, const char *fmt, ...);
HPy HPyUnicode_FromFormatV(HPyContext *ctx, const char *fmt, va_list vargs);
HPy HPyErr_Format(HPyContext *ctx, HPy h_type, const char *fmt, ...);

int HPyHelpers_AddType(HPyContext *ctx, HPy obj, const char *name, HPyType_Spec *hpyspec,
                       HPyType_SpecParam *params);
int HPyHelpers_PackArgsAndKeywords(HPyContext *ctx, const HPy *args, size_t nargs, HPy kwnames,
                                   HPy *out_args_tuple, HPy *out_kwd);

/* Struct sequences: tuples whose items have names, like time.struct_time. A name of NULL ends the
 * array of fields; HPyStructSequence_UnnamedField as a name leaves a field to its index. The
 * strings must live as long as the type. What makes them, the context defines: CPython's
 * PyStructSequence, or a namedtuple where all there is is the function table. */
typedef struct {
    const char *name;
    const char *doc;
} HPyStructSequence_Field;

typedef struct {
    const char *name;
    const char *doc;
    HPyStructSequence_Field *fields;
} HPyStructSequence_Desc;

extern const char *const HPyStructSequence_UnnamedField;

HPy HPyStructSequence_NewType(HPyContext *ctx, HPyStructSequence_Desc *desc);
HPy HPyStructSequence_New(HPyContext *ctx, HPy type, HPy_ssize_t nargs, HPy *args);

#endif
