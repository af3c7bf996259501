/* Right and wrong uses of handles, builders, contexts and strings. */
#include "../api/support.h"

#include <string.h>

FUNCTION0(name, HPyUnicode_FromString(ctx, ctx->name));
FUNCTION0(none, HPy_Dup(ctx, ctx->h_None));
FUNCTION1(same, HPy_Dup(ctx, a));
FUNCTION0(constant_not_dupped, ctx->h_None);

HPyDef_METH(leak, "leak", HPyFunc_O);
static HPy leak_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    HPy_Dup(ctx, a);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(close_twice, "close_twice", HPyFunc_O);
static HPy close_twice_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    HPy copy = HPy_Dup(ctx, a);
    HPy_Close(ctx, copy);
    HPy_Close(ctx, copy);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(close_argument, "close_argument", HPyFunc_O);
static HPy close_argument_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    HPy_Close(ctx, a);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(close_constant, "close_constant", HPyFunc_NOARGS);
static HPy close_constant_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPy_Close(ctx, ctx->h_True);
    return HPy_Dup(ctx, ctx->h_None);
}

/* keep(a) remembers a handle, its context and its characters for longer than they last. */
static HPy kept;
static HPyContext *kept_context;
static const char *kept_characters;

HPyDef_METH(keep, "keep", HPyFunc_O);
static HPy keep_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    kept = a;
    kept_context = ctx;
    if (HPyUnicode_Check(ctx, a))
        kept_characters = HPyUnicode_AsUTF8AndSize(ctx, a, NULL);
    else if (HPyBytes_Check(ctx, a))
        kept_characters = HPyBytes_AsString(ctx, a);
    else if (HPy_TypeCheck(ctx, a, ctx->h_TypeType))
        kept_characters = HPyType_GetName(ctx, a);
    return HPy_Dup(ctx, ctx->h_None);
}

FUNCTION0(use_kept, HPy_Repr(ctx, kept));
FUNCTION0(use_kept_context, HPy_Dup(kept_context, ctx->h_None));
FUNCTION0(use_kept_characters, HPyUnicode_FromString(ctx, kept_characters));

/* With an exception on its way, a closed handle is used. */
HPyDef_METH(raise_and_use_kept, "raise_and_use_kept", HPyFunc_NOARGS);
static HPy raise_and_use_kept_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPyErr_SetString(ctx, ctx->h_KeyError, "mine");
    HPy_Close(ctx, HPy_Dup(ctx, kept));
    return HPy_NULL;
}

HPyDef_METH(write_characters, "write_characters", HPyFunc_O);
static HPy write_characters_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    *(char *)HPyUnicode_AsUTF8AndSize(ctx, a, NULL) = 'x';
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(characters, "characters", HPyFunc_O);
static HPy characters_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    HPy_ssize_t size = 0;
    const char *first = HPyUnicode_AsUTF8AndSize(ctx, a, &size);
    if (first == NULL)
        return HPy_NULL;
    const char *second = HPyUnicode_AsUTF8AndSize(ctx, a, NULL);
    if (first != second || strlen(first) != (size_t)size)
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "another string the second time");
    return HPyUnicode_FromString(ctx, second);
}

FUNCTION2(is_instance, HPyBool_FromLong(ctx, HPy_TypeCheck(ctx, a, b)));
FUNCTION2(is_subtype, HPyBool_FromLong(ctx, HPyType_IsSubtype(ctx, a, b)));
FUNCTION1(type_name, HPyUnicode_FromString(ctx, HPyType_GetName(ctx, a)));
FUNCTION1(tuple_of_length, HPyTuple_FromArray(ctx, &a, HPyLong_AsSsize_t(ctx, a)));
FUNCTION1(substring, HPyUnicode_Substring(ctx, a, 1, 2));

/* tuple_of(*args) and list_of(*args); misused(how): a builder built twice, set or cancelled late.
 */
HPyDef_METH(tuple_of, "tuple_of", HPyFunc_VARARGS);
static HPy tuple_of_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, (HPy_ssize_t)nargs);
    for (size_t i = 0; i < nargs; i++)
        HPyTupleBuilder_Set(ctx, builder, (HPy_ssize_t)i, args[i]);
    return HPyTupleBuilder_Build(ctx, builder);
}

HPyDef_METH(list_of, "list_of", HPyFunc_VARARGS);
static HPy list_of_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPyListBuilder builder = HPyListBuilder_New(ctx, (HPy_ssize_t)nargs);
    for (size_t i = 0; i < nargs; i++)
        HPyListBuilder_Set(ctx, builder, (HPy_ssize_t)i, args[i]);
    return HPyListBuilder_Build(ctx, builder);
}

HPyDef_METH(misused, "misused", HPyFunc_O);
static HPy misused_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy how) {
    HPyListBuilder builder = HPyListBuilder_New(ctx, 1);
    HPyListBuilder_Set(ctx, builder, 0, how);
    HPy list = HPyListBuilder_Build(ctx, builder);
    switch (HPyLong_AsLong(ctx, how)) {
    case 0: HPy_Close(ctx, list); return HPyListBuilder_Build(ctx, builder);
    case 1: HPyListBuilder_Set(ctx, builder, 0, how); return list;
    default: HPyListBuilder_Cancel(ctx, builder); return list;
    }
}

/* Handles in arrays: arguments in, arguments out, keywords by their names. */
HPyDef_METH(call, "call", HPyFunc_KEYWORDS);
static HPy call_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs,
                     HPy kwnames) {
    if (nargs == 0)
        return HPyErr_SetString(ctx, ctx->h_TypeError, "a callable expected");
    return HPy_Call(ctx, args[0], args + 1, nargs - 1, kwnames);
}

HPyDef_METH(parsed, "parsed", HPyFunc_KEYWORDS);
static HPy parsed_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs,
                       HPy kwnames) {
    static const char *const keywords[] = {"first", "second", NULL};
    HPyTracker tracker;
    HPy first, second = HPy_NULL;
    if (!HPyArg_ParseKeywords(ctx, &tracker, args, nargs, kwnames, "O|O:parsed", keywords, &first,
                              &second))
        return HPy_NULL;
    HPy result = HPy_BuildValue(ctx, "(OO)", first, HPy_IsNull(second) ? ctx->h_None : second);
    HPyTracker_Close(ctx, tracker);
    return result;
}

/* A type with all kinds of slots through which handles pass. */
typedef struct {
    HPyField value;
} Holder;
HPyType_HELPERS(Holder)

    HPyDef_SLOT(holder_new, HPy_tp_new) static HPy
    holder_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs,
                    _HPy_UNUSED HPy kw) {
    Holder *holder;
    HPy self = HPy_New(ctx, type, &holder);
    if (!HPy_IsNull(self) && nargs > 0)
        HPyField_Store(ctx, self, &holder->value, args[0]);
    return self;
}

HPyDef_SLOT(holder_traverse,
            HPy_tp_traverse) static int holder_traverse_impl(void *self, HPyFunc_visitproc visit,
                                                             void *arg) {
    HPy_VISIT(&((Holder *)self)->value);
    return 0;
}

HPyDef_SLOT(holder_call, HPy_tp_call) static HPy
    holder_call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    HPy value = HPyField_Load(ctx, self, Holder_AsStruct(ctx, self)->value);
    HPy result = HPy_Call(ctx, value, args, nargs, kwnames);
    HPy_Close(ctx, value);
    return result;
}

HPyDef_SLOT(holder_compare, HPy_tp_richcompare) static HPy
    holder_compare_impl(HPyContext *ctx, HPy self, HPy other, HPy_RichCmpOp op) {
    HPy value = HPyField_Load(ctx, self, Holder_AsStruct(ctx, self)->value);
    HPy result = HPy_RichCompare(ctx, value, other, op);
    HPy_Close(ctx, value);
    return result;
}

HPyDef_SLOT(holder_length, HPy_sq_length) static HPy_ssize_t
    holder_length_impl(HPyContext *ctx, HPy self) {
    HPy value = HPyField_Load(ctx, self, Holder_AsStruct(ctx, self)->value);
    const HPy_ssize_t length = HPy_Length(ctx, value);
    HPy_Close(ctx, value);
    return length;
}

HPyDef_SLOT(holder_getbuffer,
            HPy_bf_getbuffer) static int holder_getbuffer_impl(HPyContext *ctx, HPy self,
                                                               HPy_buffer *view, int flags) {
    static char letters[] = "abc";
    if (flags & 1) { /* PyBUF_WRITABLE */
        HPyErr_SetString(ctx, ctx->h_BufferError, "read only");
        return -1;
    }
    *view = (HPy_buffer){.buf = letters,
                         .obj = HPy_Dup(ctx, self),
                         .len = 3,
                         .itemsize = 1,
                         .readonly = 1,
                         .ndim = 1};
    return 0;
}

HPyDef_SLOT(holder_releasebuffer,
            HPy_bf_releasebuffer) static void holder_releasebuffer_impl(HPyContext *ctx, HPy self,
                                                                        HPy_buffer *view) {
    if (!HPy_Is(ctx, self, view->obj))
        HPy_FatalError(ctx, "the buffer of another object");
}

HPyDef_GETSET(holder_value, "value") static HPy
    holder_value_get(HPyContext *ctx, HPy self, _HPy_UNUSED void *closure) {
    return HPyField_Load(ctx, self, Holder_AsStruct(ctx, self)->value);
}
static int holder_value_set(HPyContext *ctx, HPy self, HPy value, _HPy_UNUSED void *closure) {
    HPyField_Store(ctx, self, &Holder_AsStruct(ctx, self)->value, value);
    return 0;
}

/* The struct of an object that may be of any type. */
FUNCTION1(struct_of, HPyBool_FromBool(ctx, Holder_AsStruct(ctx, a) != NULL));

static HPyDef *holder_defines[] = {&holder_new,           &holder_traverse, &holder_call,
                                   &holder_compare,       &holder_length,   &holder_getbuffer,
                                   &holder_releasebuffer, &holder_value,    NULL};
static HPyType_Spec holder_spec = {
    .name = "test_debug.Holder",
    .basicsize = sizeof(Holder),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC | HPy_TPFLAGS_BASETYPE,
    .builtin_shape = SHAPE(Holder),
    .defines = holder_defines,
};

HPyDef_SLOT(execute, HPy_mod_exec) static int execute_impl(HPyContext *ctx, HPy module) {
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, ctx->h_BaseObjectType}, {0}};
    return HPyHelpers_AddType(ctx, module, "Holder", &holder_spec, params) ? 0 : -1;
}

MODULE(test_debug, &execute, &m_name, &m_none, &m_same, &m_constant_not_dupped, &leak, &close_twice,
       &close_argument, &close_constant, &keep, &m_use_kept, &m_use_kept_context,
       &m_use_kept_characters, &raise_and_use_kept, &write_characters, &characters, &m_is_instance,
       &m_is_subtype, &m_type_name, &m_substring, &m_tuple_of_length, &tuple_of, &list_of, &misused,
       &call, &parsed, &m_struct_of)
