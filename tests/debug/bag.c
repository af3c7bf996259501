/* Leaks, and uses of what is closed. A comment names the line that a report has to name. */
#include "../api/support.h"

#include <stdlib.h>

HPyDef_METH(histogram, "histogram", HPyFunc_O) static HPy
    histogram_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy arg) {
    long counts[256] = {0};
    const char *bytes = HPyBytes_AsString(ctx, arg);
    for (HPy_ssize_t i = 0; i < HPyBytes_Size(ctx, arg); i++)
        counts[(unsigned char)bytes[i]]++;
    HPy result = HPyDict_New(ctx);
    for (long i = 0; i < 256; i++) {
        HPy count = HPyLong_FromLong(ctx, 1000 * i + counts[i]); /* counted */
        HPy_SetItem_i(ctx, result, i, count);
    }
    return result;
}

/* A helper of the extension, inlined or not, and one of hpybc. */
static inline HPy inlined(HPyContext *ctx, HPy a) {
    return HPy_Dup(ctx, a); /* inlined */
}
__attribute__((noinline)) static HPy called(HPyContext *ctx, HPy a) {
    return HPy_Dup(ctx, a); /* called */
}
HPyDef_METH(by_helpers, "by_helpers", HPyFunc_O) static HPy
    by_helpers_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    inlined(ctx, a);               /* inlines */
    called(ctx, a);                /* calls */
    HPy_BuildValue(ctx, "(O)", a); /* builds */
    return HPy_Dup(ctx, ctx->h_None);
}

/* Between two functions of the extension is one of the C library. */
static HPyContext *sorting;
static int compare(_HPy_UNUSED const void *one, _HPy_UNUSED const void *other) {
    HPyLong_FromLong(sorting, 12345); /* compared */
    return 0;
}
HPyDef_METH(sorted, "sorted", HPyFunc_NOARGS) static HPy
    sorted_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    int numbers[2] = {2, 1};
    sorting = ctx;
    qsort(numbers, 2, sizeof(int), compare); /* sorts */
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(leak, "leak", HPyFunc_O) static HPy
    leak_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    HPy_Dup(ctx, a); /* leaked */
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(close_once, "close_once", HPyFunc_O) static HPy
    close_once_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    HPy_Close(ctx, HPy_Repr(ctx, a));
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(close_twice, "close_twice", HPyFunc_O) static HPy
    close_twice_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    HPy text = HPy_Repr(ctx, a); /* opened */
    HPy_Close(ctx, text);        /* closed */
    HPy_Close(ctx, text);        /* again */
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(use_closed, "use_closed", HPyFunc_O) static HPy
    use_closed_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    HPy text = HPy_Repr(ctx, a);     /* made */
    HPy_Close(ctx, text);            /* unmade */
    return HPy_Add(ctx, text, text); /* used */
}

HPyDef_METH(return_closed, "return_closed", HPyFunc_O) static HPy
    return_closed_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) { /* returns */
    HPy text = HPy_Repr(ctx, a);
    HPy_Close(ctx, text);
    return text;
}

static HPy kept;
static HPyContext *kept_context;
HPyDef_METH(keep, "keep", HPyFunc_O) static HPy
    keep_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) { /* keeps */
    kept = a;
    kept_context = ctx;
    return HPy_Dup(ctx, ctx->h_None);
}
FUNCTION0(use_kept, HPy_Repr(ctx, kept))                               /* uses kept */
FUNCTION0(use_context, HPy_Dup(kept_context, ctx->h_None))             /* uses context */
FUNCTION1(not_a_type, HPyLong_FromLong(ctx, HPy_TypeCheck(ctx, a, a))) /* checks */

HPyDef_METH(close_constant, "close_constant", HPyFunc_NOARGS) static HPy
    close_constant_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPy_Close(ctx, ctx->h_True); /* closes constant */
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(build_twice, "build_twice", HPyFunc_NOARGS) static HPy
    build_twice_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPyListBuilder builder = HPyListBuilder_New(ctx, 0); /* begins */
    HPy_Close(ctx, HPyListBuilder_Build(ctx, builder));  /* ends */
    return HPyListBuilder_Build(ctx, builder);           /* ends again */
}

FUNCTION1(call, HPy_CallTupleDict(ctx, a, HPy_NULL, HPy_NULL))

MODULE(bag, &histogram, &by_helpers, &sorted, &leak, &close_once, &close_twice, &use_closed,
       &return_closed, &keep, &m_use_kept, &m_use_context, &m_not_a_type, &close_constant,
       &build_twice, &m_call)
