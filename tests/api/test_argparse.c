/* Argument parsing. */
#include "support.h"

/* Some formats here do not fit their variables: what a call of them raises is tested. */
#pragma clang diagnostic ignored "-Wuser-defined-warnings"

/* For each unit: unit_X(x), optional_X(x=initial value), keyword_X(x=...), only_X(*, x=...),
 * dict_X(x=...) in which `value` is the variable and `convert` makes a Python object of it. */
static const char *x_keyword[] = {"x", NULL};

#define UNIT(unit, type, initial, convert)                                                         \
    HPyDef_METH(unit_##unit, "unit_" #unit, HPyFunc_VARARGS);                                      \
    static HPy unit_##unit##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,          \
                                  size_t nargs) {                                                  \
        type value = initial;                                                                      \
        if (!HPyArg_Parse(ctx, NULL, args, nargs, #unit ":unit", &value))                          \
            return HPy_NULL;                                                                       \
        return convert;                                                                            \
    }                                                                                              \
    HPyDef_METH(optional_##unit, "optional_" #unit, HPyFunc_VARARGS);                              \
    static HPy optional_##unit##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,      \
                                      size_t nargs) {                                              \
        type value = initial;                                                                      \
        if (!HPyArg_Parse(ctx, NULL, args, nargs, "|" #unit, &value))                              \
            return HPy_NULL;                                                                       \
        return convert;                                                                            \
    }                                                                                              \
    HPyDef_METH(keyword_##unit, "keyword_" #unit, HPyFunc_KEYWORDS);                               \
    static HPy keyword_##unit##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,       \
                                     size_t nargs, HPy kwnames) {                                  \
        type value = initial;                                                                      \
        HPyTracker ht;                                                                             \
        if (!HPyArg_ParseKeywords(ctx, &ht, args, nargs, kwnames, "|" #unit ":keyword", x_keyword, \
                                  &value))                                                         \
            return HPy_NULL;                                                                       \
        HPy result = convert;                                                                      \
        HPyTracker_Close(ctx, ht);                                                                 \
        return result;                                                                             \
    }                                                                                              \
    HPyDef_METH(only_##unit, "only_" #unit, HPyFunc_KEYWORDS);                                     \
    static HPy only_##unit##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,          \
                                  size_t nargs, HPy kwnames) {                                     \
        type value = initial;                                                                      \
        HPyTracker ht;                                                                             \
        if (!HPyArg_ParseKeywords(ctx, &ht, args, nargs, kwnames, "|$" #unit ":only", x_keyword,   \
                                  &value))                                                         \
            return HPy_NULL;                                                                       \
        HPy result = convert;                                                                      \
        HPyTracker_Close(ctx, ht);                                                                 \
        return result;                                                                             \
    }                                                                                              \
    HPyDef_METH(dict_##unit, "dict_" #unit, HPyFunc_VARARGS);                                      \
    static HPy dict_##unit##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,          \
                                  size_t nargs) {                                                  \
        type value = initial;                                                                      \
        HPyTracker ht;                                                                             \
        if (!HPyArg_ParseKeywordsDict(ctx, &ht, args + 1, (HPy_ssize_t)nargs - 1, args[0],         \
                                      "|" #unit ":dict", x_keyword, &value))                       \
            return HPy_NULL;                                                                       \
        HPy result = convert;                                                                      \
        HPyTracker_Close(ctx, ht);                                                                 \
        return result;                                                                             \
    }

UNIT(b, unsigned char, 7, HPyLong_FromLong(ctx, value))
UNIT(B, unsigned char, 7, HPyLong_FromLong(ctx, value))
UNIT(h, short, 7, HPyLong_FromLong(ctx, value))
UNIT(H, unsigned short, 7, HPyLong_FromLong(ctx, value))
UNIT(i, int, 7, HPyLong_FromLong(ctx, value))
UNIT(I, unsigned int, 7, HPyLong_FromUnsignedLong(ctx, value))
UNIT(l, long, 7, HPyLong_FromLong(ctx, value))
UNIT(k, unsigned long, 7, HPyLong_FromUnsignedLong(ctx, value))
UNIT(L, long long, 7, HPyLong_FromLongLong(ctx, value))
UNIT(K, unsigned long long, 7, HPyLong_FromUnsignedLongLong(ctx, value))
UNIT(n, HPy_ssize_t, 7, HPyLong_FromSsize_t(ctx, value))
UNIT(f, float, 7, HPyFloat_FromDouble(ctx, value))
UNIT(d, double, 7, HPyFloat_FromDouble(ctx, value))
UNIT(p, int, 7, HPyLong_FromLong(ctx, value))
UNIT(s, const char *, "7", HPyUnicode_FromString(ctx, value))
UNIT(O, HPy, ctx->h_Ellipsis, HPy_Dup(ctx, value))

/* Formats, with three variables of int or what is given. */
#define FORMAT(name, format, ...)                                                                  \
    HPyDef_METH(name, #name, HPyFunc_VARARGS);                                                     \
    static HPy name##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) { \
        _HPy_UNUSED int a = -1, b = -2, c = -3;                                                    \
        if (!HPyArg_Parse(ctx, NULL, args, nargs, format __VA_OPT__(, ) __VA_ARGS__))              \
            return HPy_NULL;                                                                       \
        return three(ctx, a, b, c);                                                                \
    }
static HPy three(HPyContext *ctx, int a, int b, int c) {
    HPy items[] = {HPyLong_FromLong(ctx, a), HPyLong_FromLong(ctx, b), HPyLong_FromLong(ctx, c)};
    HPy result = HPyTuple_FromArray(ctx, items, 3);
    for (int i = 0; i < 3; i++)
        HPy_Close(ctx, items[i]);
    return result;
}

FORMAT(nothing, ":nothing")
FORMAT(three_required, "iii:three", &a, &b, &c)
FORMAT(two_and_one, "ii|i:two", &a, &b, &c)
FORMAT(all_optional, "|iii", &a, &b, &c)
FORMAT(trailing_bar, "ii|:bar", &a, &b)
FORMAT(no_name, "ii", &a, &b)
FORMAT(with_message, "i;the message", &a)
FORMAT(unknown_unit, "iy:unknown", &a, &b)
FORMAT(too_few_variables, "iii:few", &a, &b)
FORMAT(too_many_variables, "i:many", &a, &b)
FORMAT(no_variables, "i")

/* The same through keywords; dict_NAME(kwargs or None, ...) is the variant for a dict. */
#define KEYWORD_FORMAT(name, format, keywords, tracker, ...)                                       \
    HPyDef_METH(kw_##name, "kw_" #name, HPyFunc_KEYWORDS);                                         \
    static HPy kw_##name##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,            \
                                size_t nargs, HPy kwnames) {                                       \
        _HPy_UNUSED int a = -1, b = -2, c = -3;                                                    \
        _HPy_UNUSED HPy h = ctx->h_None;                                                           \
        if (!HPyArg_ParseKeywords(ctx, tracker, args, nargs, kwnames, format,                      \
                                  keywords __VA_OPT__(, ) __VA_ARGS__))                            \
            return HPy_NULL;                                                                       \
        return three(ctx, a, b, c);                                                                \
    }                                                                                              \
    HPyDef_METH(kwdict_##name, "kwdict_" #name, HPyFunc_VARARGS);                                  \
    static HPy kwdict_##name##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,        \
                                    size_t nargs) {                                                \
        _HPy_UNUSED int a = -1, b = -2, c = -3;                                                    \
        _HPy_UNUSED HPy h = ctx->h_None;                                                           \
        if (!HPyArg_ParseKeywordsDict(ctx, tracker, args + 1, (HPy_ssize_t)nargs - 1,              \
                                      or_null(ctx, args[0]), format,                               \
                                      keywords __VA_OPT__(, ) __VA_ARGS__))                        \
            return HPy_NULL;                                                                       \
        return three(ctx, a, b, c);                                                                \
    }
static const char *no_keywords[] = {NULL};
static const char *abc[] = {"a", "b", "c", NULL};
static const char *ab[] = {"a", "b", NULL};
static const char *_bc[] = {"", "b", "c", NULL};
static const char *a_c[] = {"a", "", "c", NULL};
static const char *unicode[] = {"\xc3\xa9", "\xd0\x96", "c", NULL};

KEYWORD_FORMAT(none, ":none", no_keywords, NULL)
KEYWORD_FORMAT(required, "iii:req", abc, NULL, &a, &b, &c)
KEYWORD_FORMAT(optional, "i|ii:opt", abc, NULL, &a, &b, &c)
KEYWORD_FORMAT(only, "i|i$i:only", abc, NULL, &a, &b, &c)
KEYWORD_FORMAT(only_all, "|$iii:only", abc, NULL, &a, &b, &c)
KEYWORD_FORMAT(positional_only, "i|ii:pos", _bc, NULL, &a, &b, &c)
KEYWORD_FORMAT(empty_in_the_middle, "i|ii:empty", a_c, NULL, &a, &b, &c)
KEYWORD_FORMAT(unicode, "iii:uni", unicode, NULL, &a, &b, &c)
KEYWORD_FORMAT(too_few_keywords, "iii:few", ab, NULL, &a, &b, &c)
KEYWORD_FORMAT(too_many_keywords, "ii:many", abc, NULL, &a, &b)
KEYWORD_FORMAT(too_few_variables, "iii:few", abc, NULL, &a, &b)
KEYWORD_FORMAT(too_many_variables, "i:many", x_keyword, NULL, &a, &b)
KEYWORD_FORMAT(object_without_tracker, "O:obj", x_keyword, NULL, &h)
KEYWORD_FORMAT(unnamed, "i|i", ab, NULL, &a, &b)
KEYWORD_FORMAT(message, "i;the message", x_keyword, NULL, &a)

/* Handles that the parser made stay alive until their tracker is closed. */
HPyDef_METH(objects, "objects", HPyFunc_VARARGS);
static HPy objects_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPy a, b = ctx->h_None, c = ctx->h_None;
    HPyTracker ht;
    if (!HPyArg_ParseKeywordsDict(ctx, &ht, args + 1, (HPy_ssize_t)nargs - 1, or_null(ctx, args[0]),
                                  "O|OO:objects", abc, &a, &b, &c))
        return HPy_NULL;
    HPy result = HPyTuple_Pack(ctx, 3, a, b, c);
    HPyTracker_Close(ctx, ht);
    return result;
}

/* A failure in the middle closes the tracker and leaves the variables it reached. */
HPyDef_METH(partial, "partial", HPyFunc_VARARGS);
static HPy partial_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPy h = HPy_NULL;
    int a = -1;
    HPyTracker ht;
    if (HPyArg_Parse(ctx, &ht, args, nargs, "Oi", &h, &a)) {
        HPyTracker_Close(ctx, ht);
        return three(ctx, a, 0, 0);
    }
    return HPy_NULL;
}

#define ALL(unit) &unit_##unit, &optional_##unit, &keyword_##unit, &only_##unit, &dict_##unit
#define TWO(name) &kw_##name, &kwdict_##name
MODULE(argparse, ALL(b), ALL(B), ALL(h), ALL(H), ALL(i), ALL(I), ALL(l), ALL(k), ALL(L), ALL(K),
       ALL(n), ALL(f), ALL(d), ALL(p), ALL(s), ALL(O), &nothing, &three_required, &two_and_one,
       &all_optional, &trailing_bar, &no_name, &with_message, &unknown_unit, &too_few_variables,
       &too_many_variables, &no_variables, TWO(none), TWO(required), TWO(optional), TWO(only),
       TWO(only_all), TWO(positional_only), TWO(empty_in_the_middle), TWO(unicode),
       TWO(too_few_keywords), TWO(too_many_keywords), TWO(too_few_variables),
       TWO(too_many_variables), TWO(object_without_tracker), TWO(unnamed), TWO(message), &objects,
       &partial)
