/* list and its builder. */
#include "support.h"

FUNCTION1(Check, integer(ctx, HPyList_Check(ctx, a)));
FUNCTION1(New, HPyList_New(ctx, HPyLong_AsSsize_t(ctx, a)));
FUNCTION2(Append, done(ctx, HPyList_Append(ctx, a, b)));
FUNCTION3(Insert, done(ctx, HPyList_Insert(ctx, a, HPyLong_AsSsize_t(ctx, b), or_null(ctx, c))));

/* build(items): a list of the same items, set from the last to the first. */
HPyDef_METH(build, "build", HPyFunc_VARARGS);
static HPy build_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPyListBuilder builder = HPyListBuilder_New(ctx, (HPy_ssize_t)nargs);
    for (size_t i = nargs; i-- > 0;)
        HPyListBuilder_Set(ctx, builder, (HPy_ssize_t)i, args[i]);
    return HPyListBuilder_Build(ctx, builder);
}

/* A builder of n items, of which only the first two are set, the first of them twice. */
HPyDef_METH(cancel, "cancel", HPyFunc_VARARGS);
static HPy cancel_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                       _HPy_UNUSED size_t nargs) {
    HPyListBuilder builder = HPyListBuilder_New(ctx, 5);
    HPyListBuilder_Set(ctx, builder, 0, args[0]);
    HPyListBuilder_Set(ctx, builder, 1, args[1]);
    HPyListBuilder_Set(ctx, builder, 0, args[1]);
    HPyListBuilder_Cancel(ctx, builder);
    return none(ctx);
}

HPyDef_METH(build_twice_set, "build_twice_set", HPyFunc_VARARGS);
static HPy build_twice_set_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                                _HPy_UNUSED size_t nargs) {
    HPyListBuilder builder = HPyListBuilder_New(ctx, 1);
    HPyListBuilder_Set(ctx, builder, 0, args[0]);
    HPyListBuilder_Set(ctx, builder, 0, args[1]);
    return HPyListBuilder_Build(ctx, builder);
}

/* A builder that could not be made: setting and cancelling do nothing, building fails. */
HPyDef_METH(build_impossible, "build_impossible", HPyFunc_O);
static HPy build_impossible_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy size) {
    HPyListBuilder builder = HPyListBuilder_New(ctx, HPyLong_AsSsize_t(ctx, size));
    HPyListBuilder_Set(ctx, builder, 0, size);
    HPyListBuilder_Set(ctx, builder, 1000, size);
    return HPyListBuilder_Build(ctx, builder);
}

HPyDef_METH(cancel_impossible, "cancel_impossible", HPyFunc_O);
static HPy cancel_impossible_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy size) {
    HPyListBuilder builder = HPyListBuilder_New(ctx, HPyLong_AsSsize_t(ctx, size));
    HPyListBuilder_Set(ctx, builder, 0, size);
    HPyListBuilder_Cancel(ctx, builder);
    return HPy_NULL;
}

MODULE(list, &m_Check, &m_New, &m_Append, &m_Insert, &build, &cancel, &build_twice_set,
       &build_impossible, &cancel_impossible)
