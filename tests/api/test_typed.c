#include "hpy/typed.h"

#include "support.h"

#include <string.h>

/* Each type, back as it came. */
#define ECHO(NAME, TYPE)                                                                           \
    HPyDef_TYPED(echo_##NAME, "echo_" #NAME, TYPE, "Returns x.", (TYPE, x)) {                      \
        return x;                                                                                  \
    }
#define ECHOES(X)                                                                                  \
    X(boolean, bool)                                                                               \
    X(char, char)                                                                                  \
    X(schar, signed char)                                                                          \
    X(uchar, unsigned char)                                                                        \
    X(short, short)                                                                                \
    X(ushort, unsigned short)                                                                      \
    X(int, int)                                                                                    \
    X(uint, unsigned)                                                                              \
    X(long, long)                                                                                  \
    X(ulong, unsigned long)                                                                        \
    X(longlong, long long)                                                                         \
    X(ulonglong, unsigned long long)                                                               \
    X(int32, int32_t)                                                                              \
    X(size, size_t)                                                                                \
    X(ssize, HPy_ssize_t)                                                                          \
    X(float, float)                                                                                \
    X(double, double)                                                                              \
    X(complex, HPyComplex)                                                                         \
    X(string, const char *)                                                                        \
    X(str, HPyStr)                                                                                 \
    X(bytes, HPyBytes)
ECHOES(ECHO)

HPyDef_TYPED(echo_object, "echo_object", HPy, "Returns x.", (HPyContext *, ctx), (HPy, x)) {
    return HPy_Dup(ctx, x);
}

/* Signatures. */
HPyDef_TYPED(nothing, "nothing", void, "Returns None.") {
}

HPyDef_TYPED(clip, "clip", double, "Clips x.", (double, x), (double, lo, 0.0), (*),
             (double, hi, 1.0)) {
    return x < lo ? lo : x > hi ? hi : x;
}

/* What came, and of what was optional whether it came. */
HPyDef_TYPED(mixed, "mixed", ((long, a), (long, b), (long, c), (long, d), (long, e), (long, f)),
             "Returns all.", (long, a), (long, b, -2), (/), (long, c, -3), (*), (long, d),
             (long, e, -5), (long, f)) {
    mixed_result all = {a, b, c, d, e, f};
    return all;
}

HPyDef_TYPED(positional, "positional", ((long, a), (long, b)), "Returns both.", (long, a),
             (long, b), (/)) {
    positional_result both = {a, b};
    return both;
}

HPyDef_TYPED(named, "named", ((long, first), (long, second)), "Returns both.", (*), (long, first),
             (long, second)) {
    named_result both = {first, second};
    return both;
}

HPyDef_TYPED(many, "many", long, "Adds.", (long, a), (long, b), (long, c), (long, d)) {
    return a + b + c + d;
}

/* None is the default where it is the default's text. */
HPyDef_TYPED(either, "either", HPyStr, "Returns its text.", (HPyContext *, ctx),
             (const char *, text, NULL, "None"), (HPy, object, HPy_NULL, "None"),
             (double, number, -1.0, "None")) {
    HPyStr result = {text, text == NULL ? 0 : (HPy_ssize_t)strlen(text)};
    if (!HPy_IsNull(object) && HPy_Is(ctx, object, ctx->h_None))
        result.data = "None came"; /* which would be wrong */
    if (number == 0.0)
        result.data = NULL;
    return result;
}

/* Errors. */
HPyDef_TYPED_RAISES(divide, "divide", long, "Divides.",
                    ((ZeroDivisionError, "integer division by zero"),
                     (OverflowError, "the quotient is too large")),
                    (long, a), (long, b)) {
    if (b == 0)
        HPy_FAIL(0);
    if (b == -1 && a == LONG_MIN)
        HPy_FAIL(1);
    return a / b;
}

HPyDef_TYPED_RAISES(split, "split", ((long, quotient), (long, remainder)), "Divides.",
                    ((ZeroDivisionError, "integer division by zero")), (long, a), (long, b)) {
    if (b == 0)
        HPy_FAIL(0);
    split_result both = {a / b, a % b};
    return both;
}

HPyDef_TYPED(check, "check", long, "Raises for what is negative.", (HPyContext *, ctx), (long, x)) {
    if (x < 0)
        HPyErr_SetString(ctx, ctx->h_ValueError, "negative");
    return x;
}

HPyDef_TYPED(raising, "raising", HPy, "Raises.", (HPyContext *, context)) {
    HPyErr_SetString(context, context->h_KeyError, "always");
    return HPy_NULL;
}

/* Methods. */
typedef struct {
    long total;
} Counter;
HPyType_HELPERS(Counter)

    HPyDef_SLOT(Counter_new, HPy_tp_new) static HPy
    Counter_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    (void)args, (void)nargs, (void)kw;
    Counter *counter;
    return HPy_New(ctx, type, &counter);
}
HPyDef_TYPED(Counter_add, "add", long, "Adds n.", (HPySelf(Counter), self), (long, n, 1)) {
    return self->total += n;
}
HPyDef_TYPED_RAISES(Counter_take, "take", long, "Takes n away.",
                    ((ValueError, "not as much is there")), (HPySelf(Counter), self),
                    (HPyContext *, ctx), (*), (long, n)) {
    (void)ctx;
    if (n > self->total)
        HPy_FAIL(0);
    return self->total -= n;
}
static HPyDef *Counter_defines[] = {&Counter_new, &Counter_add, &Counter_take, NULL};
static HPyType_Spec Counter_spec = {
    .name = "test_typed.Counter",
    .basicsize = sizeof(Counter),
    .builtin_shape = SHAPE(Counter),
    .defines = Counter_defines,
};

HPyDef_SLOT(fill, HPy_mod_exec) static int fill_impl(HPyContext *ctx, HPy module) {
    return HPyHelpers_AddType(ctx, module, "Counter", &Counter_spec, NULL) ? 0 : -1;
}

#define DEFINED(NAME, TYPE) &echo_##NAME,
static HPyDef *defines[] = {ECHOES(DEFINED) & echo_object,
                            &nothing,
                            &clip,
                            &mixed,
                            &positional,
                            &named,
                            &many,
                            &either,
                            &divide,
                            &split,
                            &check,
                            &raising,
                            &fill,
                            NULL};
static HPyModuleDef moduledef = {.doc = "Typed methods.", .defines = defines};
HPy_MODINIT(test_typed, moduledef)
