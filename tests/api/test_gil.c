/* Threads in one module at once: what they share, in as close a race as C can run it. */
#include "hpy.h"

#include <stdio.h>

typedef struct {
    HPyField field;
} Holder;
HPyType_HELPERS(Holder)

    HPyDef_SLOT(Holder_traverse, HPy_tp_traverse);
static int Holder_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {
    HPy_VISIT(&((Holder *)self)->field);
    return 0;
}

HPyDef_SLOT(Holder_call, HPy_tp_call);
static HPy Holder_call_impl(HPyContext *ctx, HPy self, _HPy_UNUSED const HPy *args,
                            _HPy_UNUSED size_t nargs, _HPy_UNUSED HPy kwnames) {
    return HPy_Dup(ctx, self);
}

static HPyDef *Holder_defines[] = {&Holder_traverse, &Holder_call, NULL};
static HPyType_Spec Holder_spec = {
    .name = "gil.Holder",
    .basicsize = sizeof(Holder),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC | HPy_TPFLAGS_BASETYPE,
    .builtin_shape = SHAPE(Holder),
    .defines = Holder_defines,
};

static HPyGlobal shared;

/* NAME(object, rounds) runs the statements that often. `fresh` is a new object in each round, whose
 * last reference is soon another thread's; `ok` says whether the round went well. A failure ends
 * the call, and its exception, if there is none, is a RuntimeError. */
#define HAMMER(name, ...)                                                                          \
    HPyDef_METH(name, #name, HPyFunc_VARARGS);                                                     \
    static HPy name##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) { \
        HPy object;                                                                                \
        long rounds;                                                                               \
        if (!HPyArg_Parse(ctx, NULL, args, nargs, "Ol:" #name, &object, &rounds))                  \
            return HPy_NULL;                                                                       \
        bool ok = true;                                                                            \
        for (long i = 0; ok && i < rounds; i++) {                                                  \
            HPy fresh = HPyFloat_FromDouble(ctx, 0.5 + (double)i);                                 \
            ok = !HPy_IsNull(fresh);                                                               \
            __VA_ARGS__;                                                                           \
            HPy_Close(ctx, fresh);                                                                 \
        }                                                                                          \
        if (ok)                                                                                    \
            return HPy_Dup(ctx, ctx->h_None);                                                      \
        if (!HPyErr_Occurred(ctx))                                                                 \
            HPyErr_SetString(ctx, ctx->h_RuntimeError, #name ": not what a thread has put there"); \
        return HPy_NULL;                                                                           \
    }

/* Whether h, which is closed, is what a thread puts into a container. */
static bool is_fresh(HPyContext *ctx, HPy h) {
    if (HPy_IsNull(h))
        return false;
    const bool answer = HPyFloat_AsDouble(ctx, h) >= 0.5;
    HPy_Close(ctx, h);
    return answer;
}

HAMMER(list_items, {
    ok = ok && HPy_SetItem_i(ctx, object, i % 3, fresh) == 0 && HPy_Length(ctx, object) >= 3 &&
         is_fresh(ctx, HPy_GetItem_i(ctx, object, (i + 1) % 3));
})

/* The last item may be gone by the time it is asked for, which is an IndexError. */
HAMMER(list_ends, {
    ok = ok && HPyList_Append(ctx, object, fresh) == 0;
    HPy last = HPy_GetItem_i(ctx, object, HPy_Length(ctx, object) - 1);
    if (!HPy_IsNull(last))
        ok = ok && is_fresh(ctx, last);
    else if (HPyErr_ExceptionMatches(ctx, ctx->h_IndexError))
        HPyErr_Clear(ctx);
    else
        ok = false;
    ok = ok && HPy_DelItem_i(ctx, object, 0) == 0;
})

HAMMER(dict_items, {
    ok = ok && HPy_SetItem_i(ctx, object, i % 3, fresh) == 0 &&
         is_fresh(ctx, HPy_GetItem_i(ctx, object, (i + 1) % 3));
    if (i % 64 == 0) {
        HPy copy = HPyDict_Copy(ctx, object), keys = HPyDict_Keys(ctx, object);
        ok = ok && !HPy_IsNull(copy) && !HPy_IsNull(keys) && HPy_Length(ctx, keys) >= 3;
        HPy_Close(ctx, copy);
        HPy_Close(ctx, keys);
    }
})

HAMMER(attribute, {
    ok = ok && HPy_SetAttr_s(ctx, object, "value", fresh) == 0 &&
         is_fresh(ctx, HPy_GetAttr_s(ctx, object, "value"));
})

HAMMER(field, {
    HPyField_Store(ctx, object, &Holder_AsStruct(ctx, object)->field, fresh);
    ok = ok && is_fresh(ctx, HPyField_Load(ctx, object, Holder_AsStruct(ctx, object)->field));
})

HAMMER(global, {
    HPyGlobal_Store(ctx, &shared, fresh);
    ok = ok && is_fresh(ctx, HPyGlobal_Load(ctx, shared));
})

/* One object in containers of each thread's own, and its reference count in all of them. */
HAMMER(builders, {
    HPyListBuilder list = HPyListBuilder_New(ctx, 2);
    HPyListBuilder_Set(ctx, list, 0, object);
    HPyListBuilder_Set(ctx, list, 1, fresh);
    HPy both[2] = {HPyListBuilder_Build(ctx, list), HPyTuple_Pack(ctx, 2, object, fresh)};
    for (int n = 0; n < 2; n++) {
        HPy first = HPy_IsNull(both[n]) ? HPy_NULL : HPy_GetItem_i(ctx, both[n], 0);
        ok = ok && HPy_Is(ctx, first, object);
        HPy_Close(ctx, first);
        HPy_Close(ctx, both[n]);
    }
})

HAMMER(small_ints, {
    HPy small = HPyLong_FromLong(ctx, i % 256);
    ok = ok && HPyLong_AsLong(ctx, small) == i % 256;
    HPy_Close(ctx, small);
})

/* The first call of an instance gives it its call function. */
HAMMER(calls, {
    Holder *data;
    HPy instance = HPy_New(ctx, object, &data);
    ok = ok && !HPy_IsNull(instance);
    HPy result = ok ? HPy_Call(ctx, instance, NULL, 0, HPy_NULL) : HPy_NULL;
    ok = ok && HPy_Is(ctx, result, instance);
    HPy_Close(ctx, result);
    HPy_Close(ctx, instance);
})

/* Types with one base, which knows all that are derived from it. */
HAMMER(types, {
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, object}, {0, HPy_NULL}};
    HPy type = HPyType_FromSpec(ctx, &Holder_spec, params);
    HPy instance = HPy_IsNull(type) ? HPy_NULL : HPy_CallTupleDict(ctx, type, HPy_NULL, HPy_NULL);
    ok = ok && !HPy_IsNull(instance);
    if (ok) {
        HPyField_Store(ctx, instance, &Holder_AsStruct(ctx, instance)->field, fresh);
        ok = is_fresh(ctx, HPyField_Load(ctx, instance, Holder_AsStruct(ctx, instance)->field));
    }
    HPy_Close(ctx, instance);
    HPy_Close(ctx, type);
})

HPyDef_SLOT(exec, HPy_mod_exec);
static int exec_impl(HPyContext *ctx, HPy module) {
    return HPyHelpers_AddType(ctx, module, "Holder", &Holder_spec, NULL) ? 0 : -1;
}

static HPyDef *defines[] = {&exec,   &list_items, &list_ends,  &dict_items, &attribute, &field,
                            &global, &builders,   &small_ints, &calls,      &types,     NULL};
static HPyGlobal *globals[] = {&shared, NULL};
static HPyModuleDef moduledef = {.defines = defines, .globals = globals};
#ifndef WITH_GIL
HPY_MOD_GIL_NOT_USED(gil)
#endif
HPy_MODINIT(gil, moduledef)
