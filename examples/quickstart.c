/*
 * quickstart - the smallest useful functions of an HPy extension.
 *
 * Shows how positional and keyword arguments are read, how errors are raised and who closes
 * which handle. Start here, then read point.c for a type of your own.
 *
 *     hpybc compile examples/quickstart.c -o quickstart.bc
 */
#include "hpy.h"

HPyDef_METH(add, "add", HPyFunc_VARARGS,
            .doc = "add(a, b, /)\n--\n\n"
                   "Sum of two integers; OverflowError if it does not fit into a C long.");
static HPy add_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    long a, b, sum;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "ll:add", &a, &b))
        return HPy_NULL;
    // A signed overflow is undefined in C, so it has to be noticed before it happens.
    if (__builtin_add_overflow(a, b, &sum))
        return HPyErr_SetString(ctx, ctx->h_OverflowError, "the sum does not fit into a C long");
    return HPyLong_FromLong(ctx, sum);
}

HPyDef_METH(empty, "empty", HPyFunc_VARARGS,
            .doc = "empty(*args)\n--\n\n"
                   "Return None without a look at the arguments: the cost of a call alone.");
static HPy empty_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    (void)args;
    (void)nargs;
    // The handles in the context belong to it; the caller of this function gets one of its own.
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(noargs, "noargs", HPyFunc_NOARGS, .doc = "noargs()\n--\n\nReturn None.");
static HPy noargs_impl(HPyContext *ctx, HPy self) {
    (void)self;
    return HPy_Dup(ctx, ctx->h_None);
}

// A tracker closes a handle even when adding it fails, so the caller never has to.
static HPy track(HPyContext *ctx, HPyTracker tracker, HPy h) {
    if (HPy_IsNull(h) || HPyTracker_Add(ctx, tracker, h) < 0)
        return HPy_NULL;
    return h;
}

static HPy compose(HPyContext *ctx, HPyTracker tracker, HPy greeting, HPy name) {
    HPy comma = track(ctx, tracker, HPyUnicode_FromString(ctx, ", "));
    if (HPy_IsNull(comma))
        return HPy_NULL;
    HPy salutation = track(ctx, tracker, HPy_Add(ctx, greeting, comma));
    if (HPy_IsNull(salutation))
        return HPy_NULL;
    HPy addressed = track(ctx, tracker, HPy_Add(ctx, salutation, name));
    if (HPy_IsNull(addressed))
        return HPy_NULL;
    HPy mark = track(ctx, tracker, HPyUnicode_FromString(ctx, "!"));
    if (HPy_IsNull(mark))
        return HPy_NULL;
    // Not tracked: the result has to outlive the tracker.
    return HPy_Add(ctx, addressed, mark);
}

HPyDef_METH(greet, "greet", HPyFunc_KEYWORDS,
            .doc = "greet(name, *, greeting='Hello')\n--\n\nReturn 'Hello, name!'.");
static HPy greet_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    (void)self;
    static const char *keywords[] = {"name", "greeting", NULL};
    HPyTracker tracker;
    HPy name;
    HPy greeting = HPy_NULL;
    HPy result = HPy_NULL;
    if (!HPyArg_ParseKeywords(ctx, &tracker, args, nargs, kwnames, "O|$O:greet", keywords, &name,
                              &greeting))
        return HPy_NULL;
    if (HPy_IsNull(greeting)) {
        greeting = track(ctx, tracker, HPyUnicode_FromString(ctx, "Hello"));
        if (HPy_IsNull(greeting))
            goto done;
    }
    if (!HPyUnicode_Check(ctx, name) || !HPyUnicode_Check(ctx, greeting)) {
        HPyErr_SetString(ctx, ctx->h_TypeError, "name and greeting must be str");
        goto done;
    }
    result = compose(ctx, tracker, greeting, name);
done:
    HPyTracker_Close(ctx, tracker);
    return result;
}

HPyDef_METH(total, "total", HPyFunc_O,
            .doc = "total(numbers, /)\n--\n\n"
                   "Sum of a sequence of numbers as a float, added from left to right.");
static HPy total_impl(HPyContext *ctx, HPy self, HPy numbers) {
    (void)self;
    HPy_ssize_t length = HPy_Length(ctx, numbers);
    if (length < 0)
        return HPy_NULL;
    double sum = 0.0;
    for (HPy_ssize_t i = 0; i < length; i++) {
        HPy item = HPy_GetItem_i(ctx, numbers, i);
        if (HPy_IsNull(item))
            return HPy_NULL;
        double value = HPyFloat_AsDouble(ctx, item);
        HPy_Close(ctx, item);
        // -1.0 is also a value a list may hold; only a pending exception tells the two apart.
        if (value == -1.0 && HPyErr_Occurred(ctx))
            return HPy_NULL;
        sum += value;
    }
    return HPyFloat_FromDouble(ctx, sum);
}

static HPyDef *module_defines[] = {&add, &empty, &noargs, &greet, &total, NULL};

static HPyModuleDef module_def = {
    .doc = "First steps with HPy.",
    .defines = module_defines,
};

HPy_MODINIT(quickstart, module_def)
