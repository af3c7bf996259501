/* Threads in one module at once: what they share, in as close a race as C can run it. */
#include "hpy.h"

#include <stdatomic.h>

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

/* What threads put into what they share. Each is made once and destroyed once; a reference that is
 * dropped twice or never shows in the difference. */
typedef struct {
    char unused;
} Token;
HPyType_HELPERS(Token)

    static atomic_long alive;

HPyDef_SLOT(Token_destroy, HPy_tp_destroy);
static void Token_destroy_impl(_HPy_UNUSED void *self) {
    alive--;
}

static HPyDef *Token_defines[] = {&Token_destroy, NULL};
static HPyType_Spec Token_spec = {
    .name = "gil.Token",
    .basicsize = sizeof(Token),
    .builtin_shape = SHAPE(Token),
    .defines = Token_defines,
};

static HPyGlobal shared, token_type;

static HPy new_token(HPyContext *ctx, HPy type) {
    Token *data;
    HPy token = HPy_New(ctx, type, &data);
    alive += !HPy_IsNull(token);
    return token;
}

/* Whether h, which is closed, is such a token. */
static bool is_token(HPyContext *ctx, HPy type, HPy h) {
    if (HPy_IsNull(h))
        return false;
    const bool answer = HPy_TypeCheck(ctx, h, type);
    HPy_Close(ctx, h);
    return answer;
}

HPyDef_METH(token, "token", HPyFunc_NOARGS);
static HPy token_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPy type = HPyGlobal_Load(ctx, token_type);
    HPy token = new_token(ctx, type);
    HPy_Close(ctx, type);
    return token;
}

/* The number of tokens that have not been destroyed, after the shared global has given up its own.
 */
HPyDef_METH(tokens, "tokens", HPyFunc_NOARGS);
static HPy tokens_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPyGlobal_Store(ctx, &shared, HPy_NULL);
    return HPyLong_FromLong(ctx, alive);
}

/* NAME(object, rounds) runs the statements that often, with a new token in each round, the last
 * reference to which is soon another thread's; `ok` says whether the round went well. A failure
 * ends the call, and its exception, if there is none, is a RuntimeError. */
#define HAMMER(name, ...)                                                                          \
    HPyDef_METH(name, #name, HPyFunc_VARARGS);                                                     \
    static HPy name##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) { \
        HPy object;                                                                                \
        long rounds;                                                                               \
        if (!HPyArg_Parse(ctx, NULL, args, nargs, "Ol:" #name, &object, &rounds))                  \
            return HPy_NULL;                                                                       \
        HPy type = HPyGlobal_Load(ctx, token_type);                                                \
        bool ok = true;                                                                            \
        for (long i = 0; ok && i < rounds; i++) {                                                  \
            HPy fresh = new_token(ctx, type);                                                      \
            ok = !HPy_IsNull(fresh);                                                               \
            __VA_ARGS__;                                                                           \
            HPy_Close(ctx, fresh);                                                                 \
        }                                                                                          \
        HPy_Close(ctx, type);                                                                      \
        if (ok)                                                                                    \
            return HPy_Dup(ctx, ctx->h_None);                                                      \
        if (!HPyErr_Occurred(ctx))                                                                 \
            HPyErr_SetString(ctx, ctx->h_RuntimeError, #name ": not what a thread has put there"); \
        return HPy_NULL;                                                                           \
    }

HAMMER(list_items, {
    ok = ok && HPy_SetItem_i(ctx, object, i % 3, fresh) == 0 && HPy_Length(ctx, object) >= 3 &&
         is_token(ctx, type, HPy_GetItem_i(ctx, object, (i + 1) % 3));
})

/* The last item may be gone by the time it is asked for, which is an IndexError. */
HAMMER(list_ends, {
    ok = ok && HPyList_Append(ctx, object, fresh) == 0;
    HPy last = HPy_GetItem_i(ctx, object, HPy_Length(ctx, object) - 1);
    if (!HPy_IsNull(last))
        ok = ok && is_token(ctx, type, last);
    else if (HPyErr_ExceptionMatches(ctx, ctx->h_IndexError))
        HPyErr_Clear(ctx);
    else
        ok = false;
    ok = ok && HPy_DelItem_i(ctx, object, 0) == 0;
})

HAMMER(dict_items, {
    ok = ok && HPy_SetItem_i(ctx, object, i % 3, fresh) == 0 &&
         is_token(ctx, type, HPy_GetItem_i(ctx, object, (i + 1) % 3));
    if (i % 64 == 0) {
        HPy copy = HPyDict_Copy(ctx, object), keys = HPyDict_Keys(ctx, object);
        ok = ok && !HPy_IsNull(copy) && !HPy_IsNull(keys) && HPy_Length(ctx, keys) >= 3;
        HPy_Close(ctx, copy);
        HPy_Close(ctx, keys);
    }
})

HAMMER(attribute, {
    ok = ok && HPy_SetAttr_s(ctx, object, "value", fresh) == 0 &&
         is_token(ctx, type, HPy_GetAttr_s(ctx, object, "value"));
})

HAMMER(field, {
    HPyField_Store(ctx, object, &Holder_AsStruct(ctx, object)->field, fresh);
    ok = ok && is_token(ctx, type, HPyField_Load(ctx, object, Holder_AsStruct(ctx, object)->field));
})

HAMMER(global, {
    HPyGlobal_Store(ctx, &shared, fresh);
    ok = ok && is_token(ctx, type, HPyGlobal_Load(ctx, shared));
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
    HPy derived = HPyType_FromSpec(ctx, &Holder_spec, params);
    HPy instance =
        HPy_IsNull(derived) ? HPy_NULL : HPy_CallTupleDict(ctx, derived, HPy_NULL, HPy_NULL);
    ok = ok && !HPy_IsNull(instance);
    if (ok) {
        HPyField_Store(ctx, instance, &Holder_AsStruct(ctx, instance)->field, fresh);
        ok = is_token(ctx, type,
                      HPyField_Load(ctx, instance, Holder_AsStruct(ctx, instance)->field));
    }
    HPy_Close(ctx, instance);
    HPy_Close(ctx, derived);
})

HPyDef_SLOT(exec, HPy_mod_exec);
static int exec_impl(HPyContext *ctx, HPy module) {
    HPy type = HPyType_FromSpec(ctx, &Token_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    HPyGlobal_Store(ctx, &token_type, type);
    HPy_Close(ctx, type);
    return HPyHelpers_AddType(ctx, module, "Holder", &Holder_spec, NULL) ? 0 : -1;
}

static HPyDef *defines[] = {&exec,       &token,     &tokens, &list_items, &list_ends,
                            &dict_items, &attribute, &field,  &global,     &builders,
                            &small_ints, &calls,     &types,  NULL};
static HPyGlobal *globals[] = {&shared, &token_type, NULL};
static HPyModuleDef moduledef = {.defines = defines, .globals = globals};
#ifndef WITH_GIL
HPY_MOD_GIL_NOT_USED(gil)
#endif
HPy_MODINIT(gil, moduledef)
