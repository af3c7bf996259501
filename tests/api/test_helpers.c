/* HPyHelpers_AddType and HPyHelpers_PackArgsAndKeywords. */
#include "support.h"

static HPyType_Spec spec = {.name = "helpers.Added", .flags = HPy_TPFLAGS_DEFAULT};
static HPyType_Spec bad_spec = {.name = "helpers.Bad", .basicsize = -1};

/* Success is 1 and failure 0, unlike elsewhere. */
static HPy added(HPyContext *ctx, int result) {
    return result ? HPyLong_FromLong(ctx, result) : HPy_NULL;
}
FUNCTION2(AddType, added(ctx, HPyHelpers_AddType(ctx, a, text(ctx, b), &spec, NULL)));
FUNCTION1(AddType_bad, added(ctx, HPyHelpers_AddType(ctx, a, "Bad", &bad_spec, NULL)));
HPyDef_METH(add_type_on, "AddType_on", HPyFunc_VARARGS);
static HPy add_type_on_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                            _HPy_UNUSED size_t nargs) {
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, args[1]}, {0}};
    return added(ctx, HPyHelpers_AddType(ctx, args[0], "Derived", &spec, params));
}

/* pack(*args, **kwargs): (tuple or None, dict or None) */
HPyDef_METH(pack, "pack", HPyFunc_KEYWORDS);
static HPy pack_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs,
                     HPy kwnames) {
    HPy tuple, dict;
    if (!HPyHelpers_PackArgsAndKeywords(ctx, args, nargs, kwnames, &tuple, &dict))
        return HPy_NULL;
    HPy result = HPyTuple_Pack(ctx, 2, HPy_IsNull(tuple) ? ctx->h_None : tuple,
                               HPy_IsNull(dict) ? ctx->h_None : dict);
    HPy_Close(ctx, tuple);
    HPy_Close(ctx, dict);
    return result;
}

/* forward(callable, *args, **kwargs): what packing is for. */
HPyDef_METH(forward, "forward", HPyFunc_KEYWORDS);
static HPy forward_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs,
                        HPy kwnames) {
    HPy tuple, dict;
    if (!HPyHelpers_PackArgsAndKeywords(ctx, args + 1, nargs - 1, kwnames, &tuple, &dict))
        return HPy_NULL;
    HPy result = HPy_CallTupleDict(ctx, args[0], tuple, dict);
    HPy_Close(ctx, tuple);
    HPy_Close(ctx, dict);
    return result;
}

HPyDef_METH(pack_without_tuple, "pack_without_tuple", HPyFunc_NOARGS);
static HPy pack_without_tuple_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPy dict;
    return added(ctx, HPyHelpers_PackArgsAndKeywords(ctx, NULL, 0, HPy_NULL, NULL, &dict));
}
HPyDef_METH(pack_without_dict, "pack_without_dict", HPyFunc_NOARGS);
static HPy pack_without_dict_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPy tuple;
    return added(ctx, HPyHelpers_PackArgsAndKeywords(ctx, NULL, 0, HPy_NULL, &tuple, NULL));
}
FUNCTION1(pack_bad_names,
          (HPyHelpers_PackArgsAndKeywords(ctx, &a, 0, a, (HPy[]){HPy_NULL}, (HPy[]){HPy_NULL}),
           HPy_NULL));

MODULE(helpers, &m_AddType, &m_AddType_bad, &add_type_on, &pack, &forward, &pack_without_tuple,
       &pack_without_dict, &m_pack_bad_names)
