/* What LLVM would speak of when this is loaded: loops that it cannot unroll or vectorise, the
 * context's and the author's, and calls and frames that a warning was asked for. */
#include "hpy.h"

#include <stdlib.h>

#define KEYWORDS(number, ...)                                                                      \
    HPyDef_METH(keywords##number, "keywords" #number, HPyFunc_KEYWORDS);                           \
    static HPy keywords##number##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,     \
                                       size_t nargs, HPy kw) {                                     \
        static const char *names[] = {__VA_ARGS__, NULL};                                          \
        long v[number] = {0};                                                                      \
        if (!PARSE_##number)                                                                       \
            return HPy_NULL;                                                                       \
        return HPyLong_FromLong(ctx, v[0] + v[number - 1]);                                        \
    }
#define FIRST_16                                                                                   \
    v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6, v + 7, v + 8, v + 9, v + 10, v + 11, v + 12,      \
        v + 13, v + 14, v + 15
#define NAMES_16 "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"
#define PARSE(format, ...)                                                                         \
    HPyArg_ParseKeywords(ctx, NULL, args, nargs, kw, format, names, __VA_ARGS__)
#define PARSE_16 PARSE("|llllllllllllllll", FIRST_16)
#define PARSE_17 PARSE("|lllllllllllllllll", FIRST_16, v + 16)
#define PARSE_19 PARSE("|lllllllllllllllllll", FIRST_16, v + 16, v + 17, v + 18)
KEYWORDS(16, NAMES_16)
KEYWORDS(17, NAMES_16, "q")
KEYWORDS(19, NAMES_16, "q", "r", "s")

__attribute__((warning("unwise"), noinline)) int unwise(int x);
int unwise(int x) {
    return x ^ rand();
}

#define LOOP(hint, found)                                                                          \
    _Pragma(hint) for (long i = 0; i < n; i++) {                                                   \
        sum = sum * 31 + rand();                                                                   \
        if (sum == found)                                                                          \
            break;                                                                                 \
    }

HPyDef_METH(loops, "loops", HPyFunc_O);
static HPy loops_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy arg) {
    const long n = HPyLong_AsLong(ctx, arg);
    long sum = 0;
    volatile char large[3000];
    large[n & 1023] = 1;
    LOOP("clang loop unroll(full)", 1)
    LOOP("clang loop unroll(enable)", 2)
    LOOP("unroll 8", 3)
    LOOP("clang loop vectorize(enable)", 4)
    LOOP("clang loop vectorize_width(4)", 5)
    LOOP("clang loop interleave_count(4)", 6)
    LOOP("clang loop distribute(enable)", 7)
    LOOP("clang loop unroll(disable) vectorize(disable)", 8)
    return HPyLong_FromLong(ctx, unwise(large[n & 1023]) + (sum == 9));
}

static HPyDef *defines[] = {&keywords16, &keywords17, &keywords19, &loops, NULL};
static HPyModuleDef definition = {.defines = defines};
HPy_MODINIT(remarks, definition)
