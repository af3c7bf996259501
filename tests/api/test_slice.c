/* slice, and slices of sequences. */
#include "support.h"

static HPy integers(HPyContext *ctx, const HPy_ssize_t *values, HPy_ssize_t n) {
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, n);
    for (HPy_ssize_t i = 0; i < n; i++) {
        HPy value = HPyLong_FromSsize_t(ctx, values[i]);
        HPyTupleBuilder_Set(ctx, builder, i, value);
        HPy_Close(ctx, value);
    }
    return HPyTupleBuilder_Build(ctx, builder);
}

HPyDef_METH(unpack, "Unpack", HPyFunc_O);
static HPy unpack_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy slice) {
    HPy_ssize_t v[3];
    if (HPySlice_Unpack(ctx, slice, &v[0], &v[1], &v[2]) < 0)
        return HPy_NULL;
    return integers(ctx, v, 3);
}

/* adjust(slice, length) -> (start, stop, step, how many) */
HPyDef_METH(adjust, "adjust", HPyFunc_VARARGS);
static HPy adjust_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                       _HPy_UNUSED size_t nargs) {
    HPy_ssize_t v[4];
    if (HPySlice_Unpack(ctx, args[0], &v[0], &v[1], &v[2]) < 0)
        return HPy_NULL;
    v[3] = HPySlice_AdjustIndices(ctx, HPyLong_AsSsize_t(ctx, args[1]), &v[0], &v[1], v[2]);
    return integers(ctx, v, 4);
}

FUNCTION3(Make, HPySlice_New(ctx, or_null(ctx, a), or_null(ctx, b), or_null(ctx, c)));
FUNCTION3(Get,
          HPy_GetSlice(ctx, or_null(ctx, a), HPyLong_AsSsize_t(ctx, b), HPyLong_AsSsize_t(ctx, c)));
FUNCTION3(Del, done(ctx, HPy_DelSlice(ctx, or_null(ctx, a), HPyLong_AsSsize_t(ctx, b),
                                      HPyLong_AsSsize_t(ctx, c))));

/* Set(sequence, start, end, value) */
HPyDef_METH(set, "Set", HPyFunc_VARARGS);
static HPy set_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                    _HPy_UNUSED size_t nargs) {
    const HPy_ssize_t start = HPyLong_AsSsize_t(ctx, args[1]);
    const HPy_ssize_t end = HPyLong_AsSsize_t(ctx, args[2]);
    return done(ctx, HPy_SetSlice(ctx, or_null(ctx, args[0]), start, end, args[3]));
}

MODULE(slice, &unpack, &adjust, &m_Make, &m_Get, &m_Del, &set)
