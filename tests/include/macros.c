/* Every macro an extension defines things with, used as C and as C++. */
#include "hpy.h"

typedef struct {
    HPyField child;
    double value;
} Pure;
HPyType_HELPERS(Pure)

    typedef struct {
    int length;
} Extended;
HPyType_HELPERS(Extended, HPyType_BuiltinShape_Tuple)

    HPyDef_METH(no_arguments, "no_arguments", HPyFunc_NOARGS) static HPy
    no_arguments_impl(HPyContext *ctx, HPy self) {
    return HPy_Dup(ctx, self);
}

HPyDef_METH(one, "one", HPyFunc_O) static HPy one_impl(HPyContext *ctx, HPy self, HPy arg) {
    return HPyTuple_Pack(ctx, 2, self, arg);
}

HPyDef_METH(positional, "positional", HPyFunc_VARARGS) static HPy
    positional_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    long number;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "l", &number))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, number);
}

HPyDef_METH_IMPL(by_name, "by_name", by_another_name, HPyFunc_KEYWORDS) static HPy
    by_another_name(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    (void)self;
    static const char *keywords[] = {"number", NULL};
    double number;
    if (!HPyArg_ParseKeywords(ctx, NULL, args, nargs, kwnames, "d", keywords, &number))
        return HPy_NULL;
    HPy_BEGIN_LEAVE_PYTHON(ctx) number *= 2;
    HPy_END_LEAVE_PYTHON(ctx) return HPyFloat_FromDouble(ctx, number);
}

HPyDef_SLOT(Pure_new, HPy_tp_new) static HPy
    Pure_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    static const char *keywords[] = {"value", NULL};
    double value;
    if (!HPyArg_ParseKeywordsDict(ctx, NULL, args, nargs, kw, "d", keywords, &value))
        return HPy_NULL;
    Pure *pure;
    HPy h = HPy_New(ctx, type, &pure);
    if (!HPy_IsNull(h))
        pure->value = value;
    return h;
}

HPyDef_SLOT(Pure_init, HPy_tp_init) static int Pure_init_impl(HPyContext *ctx, HPy self,
                                                              const HPy *args, HPy_ssize_t nargs,
                                                              HPy kw) {
    (void)args, (void)nargs, (void)kw;
    HPyField_Store(ctx, self, &Pure_AsStruct(ctx, self)->child, HPy_NULL);
    return 0;
}

HPyDef_SLOT(Pure_traverse, HPy_tp_traverse) static int Pure_traverse_impl(void *self,
                                                                          HPyFunc_visitproc visit,
                                                                          void *arg) {
    HPy_VISIT(&((Pure *)self)->child);
    return 0;
}

HPyDef_SLOT(Pure_destroy, HPy_tp_destroy) static void Pure_destroy_impl(void *self) {
    ((Pure *)self)->value = 0;
}

HPyDef_SLOT(Pure_finalize, HPy_tp_finalize) static void Pure_finalize_impl(HPyContext *ctx,
                                                                           HPy self) {
    Pure_AsStruct(ctx, self)->value = 0;
}

HPyDef_SLOT(Pure_compare, HPy_tp_richcompare) static HPy
    Pure_compare_impl(HPyContext *ctx, HPy a, HPy b, HPy_RichCmpOp op) {
    HPy_RETURN_RICHCOMPARE(ctx, Pure_AsStruct(ctx, a)->value, Pure_AsStruct(ctx, b)->value, op);
}

HPyDef_SLOT_IMPL(Pure_length, extended_length, HPy_sq_length) static HPy_ssize_t
    extended_length(HPyContext *ctx, HPy self) {
    return Extended_AsStruct(ctx, self)->length;
}

HPyDef_SLOT(Pure_item, HPy_sq_item) static HPy
    Pure_item_impl(HPyContext *ctx, HPy self, HPy_ssize_t index) {
    return HPy_GetItem_i(ctx, self, index);
}

HPyDef_SLOT(Pure_set_item, HPy_sq_ass_item) static int Pure_set_item_impl(HPyContext *ctx, HPy self,
                                                                          HPy_ssize_t index,
                                                                          HPy value) {
    return HPy_SetItem_i(ctx, self, index, value);
}

HPyDef_SLOT(Pure_set_key, HPy_mp_ass_subscript) static int Pure_set_key_impl(HPyContext *ctx,
                                                                             HPy self, HPy key,
                                                                             HPy value) {
    return HPy_SetItem(ctx, self, key, value);
}

HPyDef_SLOT(Pure_contains, HPy_sq_contains) static int Pure_contains_impl(HPyContext *ctx, HPy self,
                                                                          HPy key) {
    return HPy_Contains(ctx, self, key);
}

HPyDef_SLOT(Pure_hash, HPy_tp_hash) static HPy_hash_t Pure_hash_impl(HPyContext *ctx, HPy self) {
    return HPy_Hash(ctx, self);
}

HPyDef_SLOT(Pure_power, HPy_nb_power) static HPy
    Pure_power_impl(HPyContext *ctx, HPy a, HPy b, HPy c) {
    return HPy_Power(ctx, a, b, c);
}

HPyDef_SLOT(Pure_call, HPy_tp_call) static HPy
    Pure_call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    return HPy_Call(ctx, self, args, nargs, kwnames);
}

HPyDef_SLOT(Pure_get_buffer,
            HPy_bf_getbuffer) static int Pure_get_buffer_impl(HPyContext *ctx, HPy self,
                                                              HPy_buffer *buffer, int flags) {
    (void)flags;
    buffer->obj = HPy_Dup(ctx, self);
    return 0;
}

HPyDef_SLOT(Pure_release_buffer,
            HPy_bf_releasebuffer) static void Pure_release_buffer_impl(HPyContext *ctx, HPy self,
                                                                       HPy_buffer *buffer) {
    (void)ctx, (void)self, (void)buffer;
}

HPyDef_MEMBER(Pure_value, "value", HPyMember_DOUBLE, offsetof(Pure, value))

    HPyDef_GET(Pure_got, "got") static HPy Pure_got_get(HPyContext *ctx, HPy self, void *closure) {
    (void)self, (void)closure;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_SET(Pure_set, "set") static int Pure_set_set(HPyContext *ctx, HPy self, HPy value,
                                                    void *closure) {
    (void)ctx, (void)self, (void)value, (void)closure;
    return 0;
}

HPyDef_GETSET(Pure_both, "both") static HPy
    Pure_both_get(HPyContext *ctx, HPy self, void *closure) {
    return Pure_got_get(ctx, self, closure);
}
static int Pure_both_set(HPyContext *ctx, HPy self, HPy value, void *closure) {
    return Pure_set_set(ctx, self, value, closure);
}

HPyDef_CALL_FUNCTION(called) static HPy
    called_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    HPy_SetCallFunction(ctx, self, &called);
    return HPy_NULL;
}

HPyCapsule_DESTRUCTOR(destroyed) static void destroyed_impl(const char *name, void *pointer,
                                                            void *context) {
    (void)name, (void)pointer, (void)context;
}

HPyDef_SLOT(created, HPy_mod_create) static HPy created_impl(HPyContext *ctx, HPy spec) {
    (void)spec;
    return HPyCapsule_New(ctx, ctx, "name", &destroyed);
}

HPyDef_SLOT(executed, HPy_mod_exec) static int executed_impl(HPyContext *ctx, HPy module) {
    return HPyGlobal_Store(ctx, NULL, module), 0;
}

static HPyDef *defines[] = {&no_arguments,
                            &one,
                            &positional,
                            &by_name,
                            &Pure_new,
                            &Pure_init,
                            &Pure_traverse,
                            &Pure_destroy,
                            &Pure_compare,
                            &Pure_finalize,
                            &Pure_length,
                            &Pure_item,
                            &Pure_set_item,
                            &Pure_set_key,
                            &Pure_hash,
                            &Pure_contains,
                            &Pure_power,
                            &Pure_call,
                            &Pure_value,
                            &Pure_got,
                            &Pure_set,
                            &Pure_both,
                            &Pure_get_buffer,
                            &created,
                            &executed,
                            &Pure_release_buffer,
                            NULL};
static HPyGlobal *globals[] = {NULL};
static HPyModuleDef definition = {NULL, 0, NULL, defines, globals};

HPY_MOD_EMBEDDABLE(macros)
HPy_MODINIT(macros, definition)
