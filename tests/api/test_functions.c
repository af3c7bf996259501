/* Functions of HPy that are macros here as well: their addresses are taken, they are called in
 * parentheses, and they are given compound literals, whose commas divide the arguments of a macro.
 *
 * The twin of test_functions.py, and in C++ (test_functions.cpp). */
#include "support.h"

#ifdef __cplusplus
#pragma clang diagnostic ignored "-Wc99-extensions"
#endif

/* ---- Addresses ---- */

static int (*const parse)(HPyContext *, HPyTracker *, const HPy *, size_t, const char *,
                          ...) = HPyArg_Parse;
static int (*const parse_keywords)(HPyContext *, HPyTracker *, const HPy *, size_t, HPy,
                                   const char *, const char *const[], ...) = HPyArg_ParseKeywords;
static int (*const parse_dict)(HPyContext *, HPyTracker *, const HPy *, HPy_ssize_t, HPy,
                               const char *, const char *const[], ...) = HPyArg_ParseKeywordsDict;
static HPy (*const build)(HPyContext *, const char *, ...) = HPy_BuildValue;
static HPy (*const pack)(HPyContext *, HPy_ssize_t, ...) = HPyTuple_Pack;
static HPy (*const format)(HPyContext *, const char *, ...) = HPyUnicode_FromFormat;
static HPy (*const raise_format)(HPyContext *, HPy, const char *, ...) = HPyErr_Format;
static HPy (*const make_text)(HPyContext *, const char *) = HPyUnicode_FromString;
static int (*const delete_attribute)(HPyContext *, HPy, const char *) = HPy_DelAttr_s;

typedef struct {
    unsigned char b;
    short h;
    int i;
    long l;
    long long L;
    HPy_ssize_t n;
    unsigned char B;
    unsigned short H;
    unsigned int I;
    unsigned long k;
    unsigned long long K;
    float f;
    double d;
    int p;
    const char *s;
    HPy O;
} Units;

#define UNITS "bhilLnBHIkKfdpsO"
#define PLACES(u)                                                                                  \
    &u.b, &u.h, &u.i, &u.l, &u.L, &u.n, &u.B, &u.H, &u.I, &u.k, &u.K, &u.f, &u.d, &u.p, &u.s, &u.O

static const char *const names[] = {"b", "h", "i", "l", "L", "n", "B", "H", "I",
                                    "k", "K", "f", "d", "p", "s", "O", NULL};

/* What was parsed, or the exception; closes the tracker. */
static HPy built(HPyContext *ctx, int parsed, const Units *u, HPyTracker ht) {
    if (!parsed)
        return HPy_NULL;
    HPy result =
        build(ctx, "(iiilLn[iiIkK]{s:f,s:d} i s O)", u->b, u->h, u->i, u->l, u->L, u->n, u->B, u->H,
              u->I, u->k, u->K, "f", (double)u->f, "d", u->d, u->p, u->s, u->O);
    HPyTracker_Close(ctx, ht);
    return result;
}

HPyDef_METH(by_position, "by_position", HPyFunc_VARARGS) static HPy
    by_position_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    Units u = {};
    HPyTracker ht;
    const int parsed = parse(ctx, &ht, args, nargs, UNITS ":by_position", PLACES(u));
    return built(ctx, parsed, &u, ht);
}

HPyDef_METH(by_keyword, "by_keyword", HPyFunc_KEYWORDS) static HPy
    by_keyword_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs, HPy kw) {
    Units u = {};
    u.s = "default";
    u.O = ctx->h_None;
    HPyTracker ht;
    const int parsed =
        parse_keywords(ctx, &ht, args, nargs, kw, "|" UNITS ":by_keyword", names, PLACES(u));
    return built(ctx, parsed, &u, ht);
}

HPyDef_METH(by_dict, "by_dict", HPyFunc_O) static HPy
    by_dict_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy dict) {
    Units u = {};
    u.s = "default";
    u.O = ctx->h_None;
    HPyTracker ht;
    const int parsed = parse_dict(ctx, &ht, NULL, 0, dict, "|$" UNITS, names, PLACES(u));
    return built(ctx, parsed, &u, ht);
}

FUNCTION0(unknown_unit, build(ctx, "iy*", 1, 2))
FUNCTION1(unmatched, build(ctx, "(OO", a, a))
FUNCTION0(nothing, build(ctx, ""))
FUNCTION3(packed, pack(ctx, 3, a, b, c))
FUNCTION0(packed_nothing, (HPyTuple_Pack)(ctx, 0))
FUNCTION1(formatted, format(ctx, "%d %s %R", 5, "five", a))
FUNCTION1(raised, raise_format(ctx, ctx->h_ValueError, "%R", a))
FUNCTION0(written, make_text(ctx, "text"))
FUNCTION2(deleted, done(ctx, delete_attribute(ctx, a, (HPy_Is(ctx, b, ctx->h_True) ? "x" : "y"))))

/* ---- In parentheses, and with compound literals ---- */

static HPy two(HPyContext *ctx, int parsed, long x, long y) {
    return parsed ? (HPy_BuildValue)(ctx, "(ll)", x, y) : HPy_NULL;
}

HPyDef_METH(parenthesised, "parenthesised", HPyFunc_KEYWORDS) static HPy
    parenthesised_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs,
                       HPy kw) {
    static const char *x_and_y[] = {"x", "y", NULL};
    long x = -1, y = -1;
    if (HPy_IsNull(kw))
        return two(ctx, (HPyArg_Parse)(ctx, NULL, args, nargs, "ll", &x, &y), x, y);
    return two(ctx, (HPyArg_ParseKeywords)(ctx, NULL, args, nargs, kw, "ll", x_and_y, &x, &y), x,
               y);
}

/* The arguments in the other order. */
HPyDef_METH(turned, "turned", HPyFunc_VARARGS) static HPy
    turned_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, _HPy_UNUSED size_t nargs) {
    long x, y;
    if (!HPyArg_Parse(ctx, NULL, (HPy[]){args[1], args[0]}, 2, "ll", &x, &y))
        return HPy_NULL;
    return HPy_BuildValue(ctx, "(ll)", x, y);
}

HPyDef_METH(named, "named", HPyFunc_KEYWORDS) static HPy
    named_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs, HPy kw) {
    long x = -1, y = -1;
    HPyTracker ht;
    if (!HPyArg_ParseKeywords(ctx, &ht, args, nargs, kw, "|ll:named",
                              (const char *[]){"x", "y", NULL}, &x, &y))
        return HPy_NULL;
    HPyTracker_Close(ctx, ht);
    return HPy_BuildValue(ctx, "(ll)", x, y);
}

HPyDef_METH(named_in_dict, "named_in_dict", HPyFunc_O) static HPy
    named_in_dict_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy dict) {
    long x = -1, y = -1;
    if (!HPyArg_ParseKeywordsDict(ctx, NULL, (HPy[]){dict, dict}, 0, dict, "|ll",
                                  (const char *const[]){"x", "y", NULL}, &x, &y))
        return HPy_NULL;
    return HPy_BuildValue(ctx, "(ll)", ((long[]){x, y})[0], ((long[]){x, y})[1]);
}

/* A field that is no variable, but what a function returns. */
static __attribute__((noinline)) HPyField copied(const HPyField *field) {
    return *field;
}

HPyDef_METH(through_a_field, "through_a_field", HPyFunc_O) static HPy
    through_a_field_impl(HPyContext *ctx, HPy self, HPy a) {
    HPyField field = HPyField_NULL;
    HPyField_Store(ctx, self, &field, a);
    HPy result = HPyField_Load(ctx, self, copied(&field));
    HPyField_Store(ctx, self, &field, HPy_NULL);
    return HPy_IsNull(HPyField_Load(ctx, self, HPyField_NULL)) ? result : HPy_NULL;
}

/* More variables than anyone has; no variable; a parser in the arguments of another. */
HPyDef_METH(many, "many", HPyFunc_VARARGS) static HPy
    many_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    int i[40] = {};
#define TEN(n)                                                                                     \
    &i[n], &i[n + 1], &i[n + 2], &i[n + 3], &i[n + 4], &i[n + 5], &i[n + 6], &i[n + 7], &i[n + 8], \
        &i[n + 9]
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "|iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii:many",
                      TEN(0), TEN(10), TEN(20), TEN(30)))
        return HPy_NULL;
    HPyListBuilder list = HPyListBuilder_New(ctx, 40);
    for (int k = 0; k < 40; k++) {
        HPy item = HPyLong_FromLong(ctx, i[k]);
        HPyListBuilder_Set(ctx, list, k, item);
        HPy_Close(ctx, item);
    }
    return HPyListBuilder_Build(ctx, list);
}

HPyDef_METH(nested, "nested", HPyFunc_VARARGS) static HPy
    nested_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    long n = 0, x = 0;
    if (!HPyArg_Parse(ctx, NULL, args, 0, ""))
        return HPy_NULL;
    if (!HPyArg_Parse(ctx, NULL, args + 1,
                      HPyArg_Parse(ctx, NULL, args, nargs ? 1 : 0, "l", &n) ? (size_t)n : 0, "|l",
                      &x))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, x);
}

MODULE(test_functions, &by_position, &by_keyword, &by_dict, &m_unknown_unit, &m_unmatched,
       &m_nothing, &m_packed, &m_packed_nothing, &m_formatted, &m_raised, &m_written, &m_deleted,
       &parenthesised, &turned, &named, &named_in_dict, &through_a_field, &many, &nested)
