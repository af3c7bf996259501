/* What test_handles.py looks at: identity, names, exceptions, statuses, fields; and test_slots.py:
 * call functions. */
#include "hpy.h"

static HPyGlobal kept, holder_type;

typedef struct {
    HPyField item;
} Holder;
HPyType_HELPERS(Holder)

    HPyDef_SLOT(new, HPy_tp_new) static HPy
    new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    (void)args, (void)nargs, (void)kw;
    Holder *holder;
    return HPy_New(ctx, type, &holder);
}

HPyDef_SLOT(traverse, HPy_tp_traverse) static int traverse_impl(void *self, HPyFunc_visitproc visit,
                                                                void *arg) {
    HPy_VISIT(&((Holder *)self)->item);
    return 0;
}

HPyDef_SLOT(truth, HPy_nb_bool) static int truth_impl(HPyContext *ctx, HPy self) {
    (void)ctx, (void)self;
    return -1; /* without an exception: a fault of the extension */
}

HPyDef_SET(silent, "silent") static int silent_set(HPyContext *ctx, HPy self, HPy value,
                                                   void *closure) {
    (void)ctx, (void)self, (void)value, (void)closure;
    return -1;
}

HPyDef_GETSET(item, "item") static HPy item_get(HPyContext *ctx, HPy self, void *closure) {
    (void)closure;
    return HPyField_Load(ctx, self, Holder_AsStruct(ctx, self)->item);
}
static int item_set(HPyContext *ctx, HPy self, HPy value, void *closure) {
    (void)closure;
    HPyField_Store(ctx, self, &Holder_AsStruct(ctx, self)->item, value);
    return 0;
}

static HPyDef *holder_defines[] = {&new, &traverse, &truth, &silent, &item, NULL};
static HPyType_Spec holder_spec = {
    .name = "values.Holder",
    .basicsize = sizeof(Holder),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
    .defines = holder_defines,
};

HPyDef_METH(keep, "keep", HPyFunc_O) static HPy keep_impl(HPyContext *ctx, HPy self, HPy x) {
    (void)self;
    HPyGlobal_Store(ctx, &kept, x);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(is_kept, "is_kept", HPyFunc_O) static HPy
    is_kept_impl(HPyContext *ctx, HPy self, HPy x) {
    (void)self;
    HPy other = HPyGlobal_Load(ctx, kept);
    const int result = HPy_Is(ctx, x, other);
    HPy_Close(ctx, other);
    return HPyLong_FromLong(ctx, result);
}

HPyDef_METH(has_type, "has_type", HPyFunc_O) static HPy
    has_type_impl(HPyContext *ctx, HPy self, HPy x) {
    (void)self;
    HPy own = HPy_Type(ctx, x), type = HPyGlobal_Load(ctx, holder_type);
    const int result = HPy_Is(ctx, own, type);
    HPy_Close(ctx, own);
    HPy_Close(ctx, type);
    return HPyLong_FromLong(ctx, result);
}

HPyDef_METH(name_of_kept, "name_of_kept", HPyFunc_NOARGS) static HPy
    name_of_kept_impl(HPyContext *ctx, HPy self) {
    (void)self;
    HPy type = HPyGlobal_Load(ctx, kept);
    const char *name = HPyType_GetName(ctx, type);
    HPy result = name == NULL ? HPy_NULL : HPyUnicode_FromString(ctx, name);
    HPy_Close(ctx, type);
    return result;
}

/* fail(make, message): a ValueError, after it the last handle of what make() gives is closed. */
HPyDef_METH(fail, "fail", HPyFunc_VARARGS) static HPy
    fail_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self, (void)nargs;
    HPy made = HPy_Call(ctx, args[0], NULL, 0, HPy_NULL);
    HPyErr_SetObject(ctx, ctx->h_ValueError, args[1]);
    HPy_Close(ctx, made);
    return HPy_NULL;
}

HPyDef_METH(member, "member", HPyFunc_O) static HPy member_impl(HPyContext *ctx, HPy self, HPy x) {
    (void)self;
    return HPy_GetAttr_s(ctx, x, "a member");
}

/* crowd(n): n instances at once, of which Python sees the last one alone. */
HPyDef_METH(crowd, "crowd", HPyFunc_O) static HPy crowd_impl(HPyContext *ctx, HPy self, HPy x) {
    (void)self;
    HPy made[1000], type = HPyGlobal_Load(ctx, holder_type);
    const long n = HPyLong_AsLong(ctx, x);
    for (long i = 0; i < n; i++) {
        Holder *holder;
        made[i] = HPy_New(ctx, type, &holder);
        if (HPy_IsNull(made[i]) || !HPyField_IsNull(holder->item))
            return HPyErr_SetString(ctx, ctx->h_ValueError, "no new instance");
    }
    for (long i = 0; i < n - 1; i++)
        HPy_Close(ctx, made[i]);
    HPy_Close(ctx, type);
    return made[n - 1];
}

/* Caller(which): its instances have a call function each, which is none at first. */
typedef struct {
    long before;
    HPyCallFunction function;
    long after;
} Caller;
HPyType_HELPERS(Caller)

    HPyDef_MEMBER(caller_function, "__vectorcalloffset__", HPyMember_HPYSSIZET,
                  offsetof(Caller, function), .readonly = 1)

        HPyDef_CALL_FUNCTION(first) static HPy
    first_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    (void)self, (void)args, (void)kwnames;
    return HPyLong_FromSize_t(ctx, nargs);
}

HPyDef_CALL_FUNCTION(second) static HPy
    second_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return HPyLong_FromLong(ctx, Caller_AsStruct(ctx, self)->after);
}

HPyDef_SLOT(caller_new, HPy_tp_new) static HPy
    caller_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    (void)nargs, (void)kw;
    const long which = HPyLong_AsLong(ctx, args[0]);
    Caller *caller;
    HPy made = HPy_New(ctx, type, &caller);
    if (which == 1)
        caller->function = first;
    caller->after = 77;
    if (which == 2 && HPy_SetCallFunction(ctx, made, &second) < 0) {
        HPy_Close(ctx, made);
        return HPy_NULL;
    }
    return made;
}

static HPyDef *caller_defines[] = {&caller_function, &caller_new, NULL};
static HPyType_Spec caller_spec = {
    .name = "values.Caller",
    .basicsize = sizeof(Caller),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_VECTORCALL | HPy_TPFLAGS_BASETYPE,
    .defines = caller_defines,
};

HPyDef_SLOT(exec, HPy_mod_exec) static int exec_impl(HPyContext *ctx, HPy module) {
    HPy type = HPyType_FromSpec(ctx, &holder_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    HPyGlobal_Store(ctx, &holder_type, type);
    const int result = HPy_SetAttr_s(ctx, module, "Holder", type);
    HPy_Close(ctx, type);
    if (result < 0 || !HPyHelpers_AddType(ctx, module, "Caller", &caller_spec, NULL))
        return -1;
    return 0;
}

static HPyDef *defines[] = {&keep,  &is_kept, &has_type, &name_of_kept, &fail,
                            &crowd, &member,  &exec,     NULL};
static HPyGlobal *globals[] = {&kept, &holder_type, NULL};
static HPyModuleDef moduledef = {.defines = defines, .globals = globals};
HPy_MODINIT(values, moduledef)
