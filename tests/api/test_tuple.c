/* tuple and its builder. */
#include "support.h"

FUNCTION1(Check, integer(ctx, HPyTuple_Check(ctx, a)));

HPyDef_METH(from_array, "FromArray", HPyFunc_VARARGS);
static HPy from_array_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    return HPyTuple_FromArray(ctx, args, (HPy_ssize_t)nargs);
}

HPyDef_METH(pack, "Pack", HPyFunc_VARARGS);
static HPy pack_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    switch (nargs) {
    case 0: return HPyTuple_Pack(ctx, 0);
    case 1: return HPyTuple_Pack(ctx, 1, args[0]);
    case 2: return HPyTuple_Pack(ctx, 2, args[0], args[1]);
    default: return HPyTuple_Pack(ctx, 3, args[0], args[1], args[2]);
    }
}

FUNCTION1(pack_impossible, HPyTuple_FromArray(ctx, &a, HPyLong_AsSsize_t(ctx, a)));

/* build(items): a tuple of the same items, set from the last to the first. */
HPyDef_METH(build, "build", HPyFunc_VARARGS);
static HPy build_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, (HPy_ssize_t)nargs);
    for (size_t i = nargs; i-- > 0;)
        HPyTupleBuilder_Set(ctx, builder, (HPy_ssize_t)i, args[i]);
    return HPyTupleBuilder_Build(ctx, builder);
}

/* A builder of n items, of which only the first two are set, the first of them twice. */
HPyDef_METH(cancel, "cancel", HPyFunc_VARARGS);
static HPy cancel_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                       _HPy_UNUSED size_t nargs) {
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, 5);
    HPyTupleBuilder_Set(ctx, builder, 0, args[0]);
    HPyTupleBuilder_Set(ctx, builder, 1, args[1]);
    HPyTupleBuilder_Set(ctx, builder, 0, args[1]);
    HPyTupleBuilder_Cancel(ctx, builder);
    return none(ctx);
}

HPyDef_METH(build_twice_set, "build_twice_set", HPyFunc_VARARGS);
static HPy build_twice_set_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                                _HPy_UNUSED size_t nargs) {
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, 1);
    HPyTupleBuilder_Set(ctx, builder, 0, args[0]);
    HPyTupleBuilder_Set(ctx, builder, 0, args[1]);
    return HPyTupleBuilder_Build(ctx, builder);
}

/* A builder that could not be made: setting and cancelling do nothing, building fails. */
HPyDef_METH(build_impossible, "build_impossible", HPyFunc_O);
static HPy build_impossible_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy size) {
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, HPyLong_AsSsize_t(ctx, size));
    HPyTupleBuilder_Set(ctx, builder, 0, size);
    HPyTupleBuilder_Set(ctx, builder, 1000, size);
    return HPyTupleBuilder_Build(ctx, builder);
}

HPyDef_METH(cancel_impossible, "cancel_impossible", HPyFunc_O);
static HPy cancel_impossible_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy size) {
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, HPyLong_AsSsize_t(ctx, size));
    HPyTupleBuilder_Set(ctx, builder, 0, size);
    HPyTupleBuilder_Cancel(ctx, builder);
    return HPy_NULL;
}

MODULE(tuple, &m_Check, &from_array, &pack, &m_pack_impossible, &build, &cancel, &build_twice_set,
       &build_impossible, &cancel_impossible)
