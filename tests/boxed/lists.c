/* What test_lists.py looks at: reads of lists, between which Python runs or does not. */
#include "hpy.h"

/* read(list, function, every, most): a list of the items that were read one after the other, of
 * which there are at most so many. After every so many reads function(i) is called. */
HPyDef_METH(read, "read", HPyFunc_VARARGS) static HPy
    read_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    HPy list, function;
    long every, most;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "OOll:read", &list, &function, &every, &most))
        return HPy_NULL;
    HPy items[5000];
    HPy_ssize_t n = 0;
    while (n < most && n < HPy_Length(ctx, list)) {
        items[n] = HPy_GetItem_i(ctx, list, n);
        if (HPy_IsNull(items[n]))
            return HPy_NULL;
        n++;
        if (n % every == 0) {
            HPy i = HPyLong_FromSsize_t(ctx, n - 1);
            HPy done = HPy_Call(ctx, function, &i, 1, HPy_NULL);
            if (HPy_IsNull(done))
                return HPy_NULL;
            HPy_Close(ctx, done);
        }
    }
    HPyListBuilder builder = HPyListBuilder_New(ctx, n);
    for (HPy_ssize_t i = 0; i < n; i++) {
        HPyListBuilder_Set(ctx, builder, i, items[i]);
        HPy_Close(ctx, items[i]);
    }
    return HPyListBuilder_Build(ctx, builder);
}

static HPyDef *defines[] = {&read, NULL};
static HPyModuleDef moduledef = {.defines = defines};
HPy_MODINIT(lists, moduledef)
