/* Helpers that are inlined into many functions, each with constants of its own. Nothing that a
 * helper keeps for a place in its source may carry one caller's constants to another.
 *
 * The twin of test_inlined.py, and in C++ (test_inlined.cpp) with templates. */
#include "support.h"

#ifdef __cplusplus
#define HELPER inline
#else
#define HELPER static __attribute__((always_inline)) inline
#endif

/* Two longs by keyword, in the order of the names. */
HELPER HPy two_longs(HPyContext *ctx, const HPy *args, size_t nargs, HPy kw,
                     const char *const *names) {
    long first = -1, second = -1;
    if (!HPyArg_ParseKeywords(ctx, NULL, args, nargs, kw, "|ll", names, &first, &second))
        return HPy_NULL;
    return HPy_BuildValue(ctx, "(ll)", first, second);
}

/* The same, of an array that is the helper's and not the caller's. */
HELPER HPy two_named(HPyContext *ctx, const HPy *args, size_t nargs, HPy kw, const char *one,
                     const char *two) {
    const char *names[] = {one, two, NULL};
    return two_longs(ctx, args, nargs, kw, names);
}

HELPER HPy two_of_dict(HPyContext *ctx, HPy dict, const char *const *names) {
    long first = -1, second = -1;
    if (!HPyArg_ParseKeywordsDict(ctx, NULL, NULL, 0, dict, "|ll", names, &first, &second))
        return HPy_NULL;
    return HPy_BuildValue(ctx, "(ll)", first, second);
}

/* A format that is the caller's. */
HELPER HPy two_units(HPyContext *ctx, const HPy *args, size_t nargs, const char *format,
                     const char *result) {
    unsigned char first = 0, second = 0;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, format, &first, &second))
        return HPy_NULL;
    return HPy_BuildValue(ctx, result, first, second);
}

/* Every function that takes the characters of a name, with the name of the caller. */
HELPER HPy everything(HPyContext *ctx, HPy object, HPy dict, const char *name) {
    HPy one = HPyLong_FromLong(ctx, 1);
    HPy got = HPy_GetAttr_s(ctx, object, name);
    const int has = HPy_HasAttr_s(ctx, object, name);
    const int set = HPy_SetAttr_s(ctx, object, name, one);
    HPy again = HPy_GetAttr_s(ctx, object, name);
    const int deleted = HPy_DelAttr_s(ctx, object, name);
    const int left = HPy_HasAttr_s(ctx, object, name);
    const int put = HPy_SetItem_s(ctx, dict, name, one);
    HPy item = HPy_GetItem_s(ctx, dict, name);
    const int removed = HPy_DelItem_s(ctx, dict, name);
    HPy text = HPyUnicode_FromString(ctx, name);
    HPy result = HPy_NULL;
    if (!HPy_IsNull(got) && !HPy_IsNull(again) && !HPy_IsNull(item))
        result = HPy_BuildValue(ctx, "OiiOiiiOiO", got, has, set, again, deleted, left, put, item,
                                removed, text);
    HPy_Close(ctx, one);
    HPy_Close(ctx, got);
    HPy_Close(ctx, again);
    HPy_Close(ctx, item);
    HPy_Close(ctx, text);
    return result;
}

#define KEYWORDS(name, body)                                                                       \
    HPyDef_METH(m_##name, #name, HPyFunc_KEYWORDS) static HPy m_##name##_impl(                     \
        HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs, HPy kw) {            \
        body                                                                                       \
    }

/* The callers of one pair of names. */
#define PAIR(n, one, two)                                                                          \
    static const char *const names_##n[] = {one, two, NULL};                                       \
    KEYWORDS(pair##n, return two_longs(ctx, args, nargs, kw, names_##n);)
#define CALLERS(n, one, two)                                                                       \
    PAIR(n, one, two)                                                                              \
    KEYWORDS(named##n, return two_named(ctx, args, nargs, kw, one, two);)                          \
    FUNCTION1(dict##n, two_of_dict(ctx, a, names_##n))                                             \
    FUNCTION2(everything##n, everything(ctx, a, b, one))

CALLERS(0, "width", "height")
CALLERS(1, "height", "width")
CALLERS(2,
        "gr\xc3\xb6\xc3\x9f"
        "e",
        "a")
CALLERS(3, "key", "keys")
PAIR(4, "a", "b")
PAIR(5, "b", "a")
PAIR(6, "", "b")
PAIR(7, "a",
     "gr\xc3\xb6\xc3\x9f"
     "e")
PAIR(8, "keys", "key")
PAIR(9, "offset", "whence")
PAIR(10, "width", "depth")
PAIR(11, "depth", "width")
PAIR(12, "whence", "offset")
PAIR(13, "first", "second")
PAIR(14, "second", "first")
PAIR(15, "a_name_longer_than_sixteen", "another_name_longer_than_sixteen")
PAIR(16, "another_name_longer_than_sixteen", "a_name_longer_than_sixteen")
PAIR(17, "x", "y")
PAIR(18, "y", "x")
PAIR(19, "x", "z")

KEYWORDS(signed_units, (void)kw; return two_units(ctx, args, nargs, "bb", "(ii)");)
KEYWORDS(masked_units, (void)kw; return two_units(ctx, args, nargs, "BB", "[ii]");)
KEYWORDS(mixed_units, (void)kw; return two_units(ctx, args, nargs, "bB", "{i:i}");)

/* Names that change between calls: the array, or the characters. */
static const char *changing[] = {"a", "b", NULL};
static char characters[] = "abc";
KEYWORDS(changing_names, return two_longs(ctx, args, nargs, kw, changing);)
KEYWORDS(changing_characters, return two_named(ctx, args, nargs, kw, characters, "x");)

static HPy swap(HPyContext *ctx) {
    const char *first = changing[0];
    changing[0] = changing[1];
    changing[1] = first;
    characters[2] ^= 'c' ^ 'd';
    return none(ctx);
}
FUNCTION0(swap, swap(ctx))

/* Characters on the stack, the first of which is a constant. */
static HPy on_the_stack(HPyContext *ctx, const HPy *args, size_t nargs, HPy kw, char second) {
    char name[3] = {'a', second, '\0'};
    return two_named(ctx, args, nargs, kw, name, "x");
}
KEYWORDS(stack_b, return on_the_stack(ctx, args, nargs, kw, 'b');)
KEYWORDS(stack_c, return on_the_stack(ctx, args, nargs, kw, characters[2]);)

/* A helper that calls itself with other names. */
static HPy deeper(HPyContext *ctx, const HPy *args, size_t nargs, HPy kw, int depth,
                  const char *one, const char *two) {
    HPy result = two_named(ctx, args, nargs, kw, one, two);
    if (!HPy_IsNull(result) || depth == 0 || !HPyErr_ExceptionMatches(ctx, ctx->h_TypeError))
        return result;
    HPyErr_Clear(ctx);
    return deeper(ctx, args, nargs, kw, depth - 1, depth == 2 ? "b" : "c", "d");
}
KEYWORDS(recursive, return deeper(ctx, args, nargs, kw, 2, "a", "b");)

#ifdef __cplusplus
/* Names that are parameters of templates, and of functions that all instances share. */
extern "C++" {
template<const char *const * NAMES> HPy instance(HPyContext *ctx, const HPy *args, size_t nargs,
                                                 HPy kw) {
    return two_longs(ctx, args, nargs, kw, NAMES);
}

template<char LETTER> HPy letter(HPyContext *ctx) {
    constexpr char text[] = {LETTER, '\0'};
    HPy made = HPyUnicode_FromString(ctx, text);
    HPy literal = HPyUnicode_FromString(ctx, LETTER == 'p' ? "p" : "q");
    HPy result = HPy_BuildValue(ctx, "(OO)", made, literal);
    HPy_Close(ctx, made);
    HPy_Close(ctx, literal);
    return result;
}
}
KEYWORDS(instance0, return instance<names_4>(ctx, args, nargs, kw);)
KEYWORDS(instance1, return instance<names_5>(ctx, args, nargs, kw);)
FUNCTION0(letter_p, letter<'p'>(ctx))
FUNCTION0(letter_q, letter<'q'>(ctx))
#define OF_TEMPLATES , &m_instance0, &m_instance1, &m_letter_p, &m_letter_q
#else
#define OF_TEMPLATES
#endif

#define DEFINED(n) &m_pair##n, &m_named##n, &m_dict##n, &m_everything##n
MODULE(test_inlined, DEFINED(0), DEFINED(1), DEFINED(2), DEFINED(3), &m_pair4, &m_pair5, &m_pair6,
       &m_pair7, &m_pair8, &m_pair9, &m_pair10, &m_pair11, &m_pair12, &m_pair13, &m_pair14,
       &m_pair15, &m_pair16, &m_pair17, &m_pair18, &m_pair19, &m_signed_units, &m_masked_units,
       &m_mixed_units, &m_changing_names, &m_changing_characters, &m_swap, &m_stack_b, &m_stack_c,
       &m_recursive OF_TEMPLATES)
