/* What CPython calls by vectorcall: types with HPy_tp_new, and instances with a call function. Each
 * passes its call on, so that Python code decides what happens inside. */
#include "support.h"

/* relay(f) calls f(f), relay(f, *args) f(*args). */
static HPy relay(HPyContext *ctx, const HPy *args, size_t nargs) {
    return nargs == 1 ? HPy_Call(ctx, args[0], args, 1, HPy_NULL)
                      : HPy_Call(ctx, args[0], args + 1, nargs - 1, HPy_NULL);
}

typedef struct {
    long unused;
} Data;
HPyType_HELPERS(Data)

    /* Without arguments an instance, with some what the call gives. */
    HPyDef_SLOT(make, HPy_tp_new);
static HPy make_impl(HPyContext *ctx, HPy cls, const HPy *args, HPy_ssize_t nargs,
                     _HPy_UNUSED HPy kw) {
    Data *data;
    return nargs == 0 ? HPy_New(ctx, cls, &data) : relay(ctx, args, (size_t)nargs);
}
static HPyDef *Maker_defines[] = {&make, NULL};
static HPyType_Spec Maker_spec = {
    .name = "vectorcall.Maker",
    .basicsize = sizeof(Data),
    .builtin_shape = SHAPE(Data),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = Maker_defines,
};

HPyDef_SLOT(initialise, HPy_tp_init);
static int initialise_impl(HPyContext *ctx, HPy self, const HPy *args, HPy_ssize_t nargs,
                           _HPy_UNUSED HPy kw) {
    HPy count = HPyLong_FromSsize_t(ctx, nargs);
    HPy result = HPy_NULL;
    if (nargs > 1) {
        const HPy event[] = {self, count};
        result = HPy_Call(ctx, args[1], event, 2, HPy_NULL);
        HPy_Close(ctx, result);
    }
    HPy_Close(ctx, count);
    return nargs > 1 && HPy_IsNull(result) ? -1 : 0;
}
static HPyDef *Initialised_defines[] = {&make, &initialise, NULL};
static HPyType_Spec Initialised_spec = {
    .name = "vectorcall.Initialised",
    .basicsize = sizeof(Data),
    .builtin_shape = SHAPE(Data),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = Initialised_defines,
};

HPyDef_SLOT(call, HPy_tp_call);
static HPy call_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs,
                     _HPy_UNUSED HPy kwnames) {
    return nargs == 0 ? HPyUnicode_FromString(ctx, "native") : relay(ctx, args, nargs);
}
static HPyDef *Callable_defines[] = {&call, NULL};
static HPyType_Spec Callable_spec = {
    .name = "vectorcall.Callable",
    .basicsize = sizeof(Data),
    .builtin_shape = SHAPE(Data),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = Callable_defines,
};
/* On Callable; the call function is the base's. */
static HPyType_Spec Heir_spec = {
    .name = "vectorcall.Heir",
    .basicsize = sizeof(Data),
    .builtin_shape = SHAPE(Data),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
};

/* Each instance has a call function of its own, in a place that the struct has for it. */
typedef struct {
    void *function;
} Place;
HPyDef_CALL_FUNCTION(own);
static HPy own_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs,
                    _HPy_UNUSED HPy kwnames) {
    return nargs == 0 ? HPyUnicode_FromString(ctx, "native") : relay(ctx, args, nargs);
}
HPyDef_MEMBER(offset, "__vectorcalloffset__", HPyMember_HPYSSIZET, offsetof(Place, function),
              .readonly = 1);
HPyDef_SLOT(make_own, HPy_tp_new);
static HPy make_own_impl(HPyContext *ctx, HPy cls, _HPy_UNUSED const HPy *args,
                         _HPy_UNUSED HPy_ssize_t nargs, _HPy_UNUSED HPy kw) {
    Place *place;
    HPy self = HPy_New(ctx, cls, &place);
    if (!HPy_IsNull(self) && HPy_SetCallFunction(ctx, self, &own) < 0) {
        HPy_Close(ctx, self);
        return HPy_NULL;
    }
    return self;
}
static HPyDef *Own_defines[] = {&offset, &make_own, NULL};
static HPyType_Spec Own_spec = {
    .name = "vectorcall.Own",
    .basicsize = sizeof(Place),
    .builtin_shape = HPyType_BuiltinShape_Object,
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_VECTORCALL,
    .defines = Own_defines,
};

HPyDef_SLOT(exec, HPy_mod_exec);
static int exec_impl(HPyContext *ctx, HPy module) {
    if (!HPyHelpers_AddType(ctx, module, "Maker", &Maker_spec, NULL) ||
        !HPyHelpers_AddType(ctx, module, "Initialised", &Initialised_spec, NULL) ||
        !HPyHelpers_AddType(ctx, module, "Callable", &Callable_spec, NULL) ||
        !HPyHelpers_AddType(ctx, module, "Own", &Own_spec, NULL))
        return -1;
    HPyType_SpecParam base[] = {
        {HPyType_SpecParam_Base, HPy_GetAttr_s(ctx, module, "Callable")},
        {0},
    };
    const bool added = HPyHelpers_AddType(ctx, module, "Heir", &Heir_spec, base);
    HPy_Close(ctx, base[0].object);
    return added ? 0 : -1;
}

MODULE(vectorcall, &exec)
