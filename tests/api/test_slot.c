/* Slots: a type that answers every operator with the name of the slot and its operands. */
#include "support.h"

#include <string.h>

/* (name, operands...) */
#define ANSWER(name, ...)                                                                          \
    answer(ctx, name, (HPy[]){__VA_ARGS__}, sizeof((HPy[]){__VA_ARGS__}) / sizeof(HPy))
static HPy answer(HPyContext *ctx, const char *name, const HPy *operands, size_t n) {
    HPy items[4] = {HPyUnicode_FromString(ctx, name)};
    memcpy(items + 1, operands, n * sizeof(HPy));
    HPy result = HPyTuple_FromArray(ctx, items, (HPy_ssize_t)n + 1);
    HPy_Close(ctx, items[0]);
    return result;
}

#define UNARY(slot)                                                                                \
    HPyDef_SLOT(L_##slot, HPy_##slot);                                                             \
    static HPy L_##slot##_impl(HPyContext *ctx, HPy self) {                                        \
        return ANSWER(#slot, self);                                                                \
    }
#define BINARY(slot)                                                                               \
    HPyDef_SLOT(L_##slot, HPy_##slot);                                                             \
    static HPy L_##slot##_impl(HPyContext *ctx, HPy left, HPy right) {                             \
        return ANSWER(#slot, left, right);                                                         \
    }
#define TERNARY(slot)                                                                              \
    HPyDef_SLOT(L_##slot, HPy_##slot);                                                             \
    static HPy L_##slot##_impl(HPyContext *ctx, HPy left, HPy right, HPy third) {                  \
        return ANSWER(#slot, left, right, third);                                                  \
    }
UNARY(nb_negative)
UNARY(nb_positive)
UNARY(nb_absolute)
UNARY(nb_invert)
BINARY(nb_add)
BINARY(nb_subtract)
BINARY(nb_multiply)
BINARY(nb_remainder)
BINARY(nb_divmod)
BINARY(nb_lshift)
BINARY(nb_rshift)
BINARY(nb_and)
BINARY(nb_xor)
BINARY(nb_or)
BINARY(nb_floor_divide)
BINARY(nb_true_divide)
BINARY(nb_matrix_multiply)
BINARY(nb_inplace_add)
BINARY(nb_inplace_subtract)
BINARY(nb_inplace_multiply)
BINARY(nb_inplace_remainder)
BINARY(nb_inplace_lshift)
BINARY(nb_inplace_rshift)
BINARY(nb_inplace_and)
BINARY(nb_inplace_xor)
BINARY(nb_inplace_or)
BINARY(nb_inplace_floor_divide)
BINARY(nb_inplace_true_divide)
BINARY(nb_inplace_matrix_multiply)
TERNARY(nb_power)
TERNARY(nb_inplace_power)

/* Conversions have to give the right types. */
HPyDef_SLOT(L_bool, HPy_nb_bool);
static int L_bool_impl(HPyContext *ctx, HPy self) {
    HPy truth = HPy_GetAttr_s(ctx, self, "truth");
    if (HPy_IsNull(truth))
        return -1;
    const int result = HPy_IsTrue(ctx, truth);
    HPy_Close(ctx, truth);
    return result;
}
HPyDef_SLOT(L_int, HPy_nb_int);
static HPy L_int_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    return HPyLong_FromLong(ctx, 41);
}
HPyDef_SLOT(L_index, HPy_nb_index);
static HPy L_index_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    return HPyLong_FromLong(ctx, 42);
}
HPyDef_SLOT(L_float, HPy_nb_float);
static HPy L_float_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    return HPyFloat_FromDouble(ctx, 4.5);
}

HPyDef_SLOT(L_repr, HPy_tp_repr);
static HPy L_repr_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    return HPyUnicode_FromString(ctx, "the repr");
}
HPyDef_SLOT(L_str, HPy_tp_str);
static HPy L_str_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    return HPyUnicode_FromString(ctx, "the str");
}
HPyDef_SLOT(L_hash, HPy_tp_hash);
static HPy_hash_t L_hash_impl(HPyContext *ctx, HPy self) {
    HPy value = HPy_GetAttr_s(ctx, self, "hash");
    if (HPy_IsNull(value))
        return -1;
    const HPy_hash_t result = HPyLong_AsSsize_t(ctx, value);
    HPy_Close(ctx, value);
    return result;
}
HPyDef_SLOT(L_richcompare, HPy_tp_richcompare);
static HPy L_richcompare_impl(HPyContext *ctx, HPy self, HPy other, HPy_RichCmpOp op) {
    if (HPy_Is(ctx, other, ctx->h_None))
        return HPy_Dup(ctx, ctx->h_NotImplemented);
    HPy h_op = HPyLong_FromLong(ctx, op);
    HPy result = ANSWER("tp_richcompare", self, other, h_op);
    HPy_Close(ctx, h_op);
    return result;
}

/* The attributes that slots read live in a dict, the one field of the struct. */
typedef struct {
    HPyField attributes;
} Loud;
HPyType_HELPERS(Loud)

    HPyDef_SLOT(L_new, HPy_tp_new);
static HPy L_new_impl(HPyContext *ctx, HPy cls, _HPy_UNUSED const HPy *args,
                      _HPy_UNUSED HPy_ssize_t nargs, HPy kw) {
    Loud *loud;
    HPy self = HPy_New(ctx, cls, &loud);
    if (!HPy_IsNull(self) && !HPy_IsNull(kw))
        HPyField_Store(ctx, self, &loud->attributes, kw);
    return self;
}
HPyDef_SLOT(L_traverse, HPy_tp_traverse);
static int L_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {
    HPy_VISIT(&((Loud *)self)->attributes);
    return 0;
}
static HPy attribute(HPyContext *ctx, HPy self, void *name) {
    HPy dict = HPyField_Load(ctx, self, Loud_AsStruct(ctx, self)->attributes);
    if (HPy_IsNull(dict))
        return HPyErr_SetString(ctx, ctx->h_AttributeError, name);
    HPy result = HPy_GetItem_s(ctx, dict, name);
    HPy_Close(ctx, dict);
    return result;
}
HPyDef_GET_IMPL(L_truth_attribute, "truth", truth_get, .closure = (void *)"truth");
static HPy truth_get(HPyContext *ctx, HPy self, void *name) {
    return attribute(ctx, self, name);
}
HPyDef_GET_IMPL(L_hash_attribute, "hash", hash_get, .closure = (void *)"hash");
static HPy hash_get(HPyContext *ctx, HPy self, void *name) {
    return attribute(ctx, self, name);
}

static HPyDef *Loud_defines[] = {&L_nb_negative,
                                 &L_nb_positive,
                                 &L_nb_absolute,
                                 &L_nb_invert,
                                 &L_nb_add,
                                 &L_nb_subtract,
                                 &L_nb_multiply,
                                 &L_nb_remainder,
                                 &L_nb_divmod,
                                 &L_nb_lshift,
                                 &L_nb_rshift,
                                 &L_nb_and,
                                 &L_nb_xor,
                                 &L_nb_or,
                                 &L_nb_floor_divide,
                                 &L_nb_true_divide,
                                 &L_nb_matrix_multiply,
                                 &L_nb_inplace_add,
                                 &L_nb_inplace_subtract,
                                 &L_nb_inplace_multiply,
                                 &L_nb_inplace_remainder,
                                 &L_nb_inplace_lshift,
                                 &L_nb_inplace_rshift,
                                 &L_nb_inplace_and,
                                 &L_nb_inplace_xor,
                                 &L_nb_inplace_or,
                                 &L_nb_inplace_floor_divide,
                                 &L_nb_inplace_true_divide,
                                 &L_nb_inplace_matrix_multiply,
                                 &L_nb_power,
                                 &L_nb_inplace_power,
                                 &L_bool,
                                 &L_int,
                                 &L_index,
                                 &L_float,
                                 &L_repr,
                                 &L_str,
                                 &L_hash,
                                 &L_richcompare,
                                 &L_new,
                                 &L_traverse,
                                 &L_truth_attribute,
                                 &L_hash_attribute,
                                 NULL};
static HPyType_Spec Loud_spec = {
    .name = "slot.Loud",
    .basicsize = sizeof(Loud),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
    .defines = Loud_defines,
};

/* ---- Sequences and mappings */

typedef struct {
    long length;
    HPyField last;
} Sequence;
HPyType_HELPERS(Sequence)

    HPyDef_MEMBER(S_length_member, "length", HPyMember_LONG, offsetof(Sequence, length));
HPyDef_MEMBER(S_last, "last", HPyMember_OBJECT, offsetof(Sequence, last), .readonly = 1);
HPyDef_SLOT(S_traverse, HPy_tp_traverse);
static int S_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {
    HPy_VISIT(&((Sequence *)self)->last);
    return 0;
}

/* Keeps what a slot without a result was called with; a null handle as None. */
static int record(HPyContext *ctx, HPy self, const char *name, HPy a, HPy b) {
    HPy call = ANSWER(name, a, HPy_IsNull(b) ? ctx->h_None : b);
    if (HPy_IsNull(call))
        return -1;
    HPyField_Store(ctx, self, &Sequence_AsStruct(ctx, self)->last, call);
    HPy_Close(ctx, call);
    return 0;
}
static HPy with_index(HPyContext *ctx, const char *name, HPy_ssize_t i) {
    HPy index = HPyLong_FromSsize_t(ctx, i);
    HPy result = ANSWER(name, index);
    HPy_Close(ctx, index);
    return result;
}

HPyDef_SLOT(S_length, HPy_sq_length);
static HPy_ssize_t S_length_impl(HPyContext *ctx, HPy self) {
    return Sequence_AsStruct(ctx, self)->length;
}
HPyDef_SLOT(S_concat, HPy_sq_concat);
static HPy S_concat_impl(HPyContext *ctx, HPy self, HPy other) {
    return ANSWER("sq_concat", self, other);
}
HPyDef_SLOT(S_inplace_concat, HPy_sq_inplace_concat);
static HPy S_inplace_concat_impl(HPyContext *ctx, HPy self, HPy other) {
    return ANSWER("sq_inplace_concat", self, other);
}
HPyDef_SLOT(S_repeat, HPy_sq_repeat);
static HPy S_repeat_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy_ssize_t n) {
    return with_index(ctx, "sq_repeat", n);
}
HPyDef_SLOT(S_inplace_repeat, HPy_sq_inplace_repeat);
static HPy S_inplace_repeat_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy_ssize_t n) {
    return with_index(ctx, "sq_inplace_repeat", n);
}
HPyDef_SLOT(S_item, HPy_sq_item);
static HPy S_item_impl(HPyContext *ctx, HPy self, HPy_ssize_t i) {
    if (i >= Sequence_AsStruct(ctx, self)->length)
        return HPyErr_SetString(ctx, ctx->h_IndexError, "out of range");
    return with_index(ctx, "sq_item", i);
}
HPyDef_SLOT(S_ass_item, HPy_sq_ass_item);
static int S_ass_item_impl(HPyContext *ctx, HPy self, HPy_ssize_t i, HPy value) {
    HPy index = HPyLong_FromSsize_t(ctx, i);
    const int result = record(ctx, self, "sq_ass_item", index, value);
    HPy_Close(ctx, index);
    return result;
}
HPyDef_SLOT(S_contains, HPy_sq_contains);
static int S_contains_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy key) {
    const long value = HPyLong_AsLong(ctx, key);
    return value == -1 && HPyErr_Occurred(ctx) ? -1 : value == 7;
}
static HPyDef *Sequence_defines[] = {
    &S_length_member, &S_last,           &S_traverse, &S_length,   &S_concat,   &S_inplace_concat,
    &S_repeat,        &S_inplace_repeat, &S_item,     &S_ass_item, &S_contains, NULL};
static HPyType_Spec Sequence_spec = {
    .name = "slot.Sequence",
    .basicsize = sizeof(Sequence),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
    .defines = Sequence_defines,
};

HPyDef_SLOT(M_length, HPy_mp_length);
static HPy_ssize_t M_length_impl(HPyContext *ctx, HPy self) {
    return Sequence_AsStruct(ctx, self)->length;
}
HPyDef_SLOT(M_subscript, HPy_mp_subscript);
static HPy M_subscript_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy key) {
    return ANSWER("mp_subscript", key);
}
HPyDef_SLOT(M_ass_subscript, HPy_mp_ass_subscript);
static int M_ass_subscript_impl(HPyContext *ctx, HPy self, HPy key, HPy value) {
    return record(ctx, self, "mp_ass_subscript", key, value);
}
static HPyDef *Mapping_defines[] = {&S_length_member, &S_last,          &S_traverse, &M_length,
                                    &M_subscript,     &M_ass_subscript, NULL};
static HPyType_Spec Mapping_spec = {
    .name = "slot.Mapping",
    .basicsize = sizeof(Sequence),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
    .defines = Mapping_defines,
};

/* ---- Buffers */

typedef struct {
    int exports;
    int readonly;
    HPy_ssize_t shape[2];
    HPy_ssize_t strides[2];
    int32_t data[6];
} Buffer;
HPyType_HELPERS(Buffer)

    HPyDef_MEMBER(B_exports, "exports", HPyMember_INT, offsetof(Buffer, exports));
HPyDef_MEMBER(B_readonly, "readonly", HPyMember_INT, offsetof(Buffer, readonly));
HPyDef_SLOT(B_getbuffer, HPy_bf_getbuffer);
static int B_getbuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view, int flags) {
    Buffer *buffer = Buffer_AsStruct(ctx, self);
    if (buffer->readonly && (flags & 1)) {
        view->obj = HPy_NULL;
        HPyErr_SetString(ctx, ctx->h_BufferError, "not writable");
        return -1;
    }
    buffer->exports++;
    buffer->shape[0] = 2;
    buffer->shape[1] = 3;
    buffer->strides[0] = 3 * (HPy_ssize_t)sizeof(int32_t);
    buffer->strides[1] = sizeof(int32_t);
    *view = (HPy_buffer){
        .buf = buffer->data,
        .obj = HPy_Dup(ctx, self),
        .len = sizeof(buffer->data),
        .itemsize = sizeof(int32_t),
        .readonly = buffer->readonly,
        .ndim = 2,
        .format = "i",
        .shape = buffer->shape,
        .strides = buffer->strides,
    };
    return 0;
}
HPyDef_SLOT(B_releasebuffer, HPy_bf_releasebuffer);
static void B_releasebuffer_impl(HPyContext *ctx, HPy self, _HPy_UNUSED HPy_buffer *view) {
    Buffer_AsStruct(ctx, self)->exports--;
}
static HPyDef *Buffer_defines[] = {&B_exports, &B_readonly, &B_getbuffer, &B_releasebuffer, NULL};
static HPyType_Spec Buffer_spec = {
    .name = "slot.Buffer",
    .basicsize = sizeof(Buffer),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = Buffer_defines,
};

/* ---- Calls */

typedef struct {
    long number;
    char text[8];
} Callable;
HPyType_HELPERS(Callable)

    /* What a call got, with the struct's number in front to see that it was not overwritten. */
    static HPy
    got(HPyContext *ctx, const char *who, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    HPy tuple, dict;
    if (!HPyHelpers_PackArgsAndKeywords(ctx, args, nargs, kwnames, &tuple, &dict))
        return HPy_NULL;
    HPy name = HPyUnicode_FromString(ctx, who);
    HPy number = HPyLong_FromLong(ctx, Callable_AsStruct(ctx, self)->number);
    HPy result = HPyTuple_Pack(ctx, 4, name, number, HPy_IsNull(tuple) ? ctx->h_None : tuple,
                               HPy_IsNull(dict) ? ctx->h_None : dict);
    HPy_Close(ctx, number);
    HPy_Close(ctx, name);
    HPy_Close(ctx, tuple);
    HPy_Close(ctx, dict);
    return result;
}

HPyDef_SLOT(C_call, HPy_tp_call);
static HPy C_call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    return got(ctx, "type", self, args, nargs, kwnames);
}
HPyDef_CALL_FUNCTION(special_call);
static HPy special_call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs,
                             HPy kwnames) {
    return got(ctx, "special", self, args, nargs, kwnames);
}
HPyDef_CALL_FUNCTION(failing_call);
static HPy failing_call_impl(HPyContext *ctx, _HPy_UNUSED HPy self, _HPy_UNUSED const HPy *args,
                             _HPy_UNUSED size_t nargs, _HPy_UNUSED HPy kwnames) {
    return HPyErr_SetString(ctx, ctx->h_LookupError, "failed");
}
HPyDef_METH(use_special, "use_special", HPyFunc_O);
static HPy use_special_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy callable) {
    return done(ctx, HPy_SetCallFunction(ctx, callable, &special_call));
}
HPyDef_METH(use_failing, "use_failing", HPyFunc_O);
static HPy use_failing_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy callable) {
    return done(ctx, HPy_SetCallFunction(ctx, callable, &failing_call));
}
HPyDef_MEMBER(C_number, "number", HPyMember_LONG, offsetof(Callable, number));
HPyDef_MEMBER(C_text, "text", HPyMember_STRING_INPLACE, offsetof(Callable, text));
static HPyDef *Callable_defines[] = {&C_call, &C_number, &C_text, NULL};
static HPyType_Spec Callable_spec = {
    .name = "slot.Callable",
    .basicsize = sizeof(Callable),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = Callable_defines,
};

/* On Callable: more data than it, and no call slot of its own. */
typedef struct {
    Callable callable;
    long more[4];
} Wider;
HPyType_HELPERS(Wider) HPyDef_METH(W_fill, "fill", HPyFunc_O);
static HPy W_fill_impl(HPyContext *ctx, HPy self, HPy value) {
    for (int i = 0; i < 4; i++)
        Wider_AsStruct(ctx, self)->more[i] = HPyLong_AsLong(ctx, value);
    return none(ctx);
}
HPyDef_METH(W_sum, "sum", HPyFunc_NOARGS);
static HPy W_sum_impl(HPyContext *ctx, HPy self) {
    long sum = 0;
    for (int i = 0; i < 4; i++)
        sum += Wider_AsStruct(ctx, self)->more[i];
    return HPyLong_FromLong(ctx, sum);
}
static HPyDef *Wider_defines[] = {&W_fill, &W_sum, NULL};
static HPyType_Spec Wider_spec = {
    .name = "slot.Wider",
    .basicsize = sizeof(Wider),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = Wider_defines,
};
/* On Callable: nothing more, and the same struct. */
static HPyType_Spec Alias_spec = {
    .name = "slot.Alias",
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
};
static HPyType_Spec SameStruct_spec = {
    .name = "slot.SameStruct",
    .basicsize = sizeof(Callable),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
};
/* A call slot alone: on object, and on a base with a struct. */
static HPyDef *call_only[] = {&C_call, NULL};
HPyDef_SLOT(bare_call, HPy_tp_call);
static HPy bare_call_impl(HPyContext *ctx, _HPy_UNUSED HPy self, _HPy_UNUSED const HPy *args,
                          size_t nargs, _HPy_UNUSED HPy kwnames) {
    return HPyLong_FromSize_t(ctx, nargs);
}
static HPyDef *bare_defines[] = {&bare_call, NULL};
static HPyType_Spec Bare_spec = {
    .name = "slot.Bare",
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = bare_defines,
};
static HPyDef *data_defines[] = {&C_number, &C_text, NULL};
static HPyType_Spec Data_spec = {
    .name = "slot.Data",
    .basicsize = sizeof(Callable),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = data_defines,
};
static HPyType_Spec CallableData_spec = {
    .name = "slot.CallableData",
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = call_only,
};

/* A place for the call function inside the struct. */
typedef struct {
    long number;
    void *call;
    long after;
} Explicit;
HPyDef_MEMBER(E_offset, "__vectorcalloffset__", HPyMember_HPYSSIZET, offsetof(Explicit, call),
              .readonly = 1);
HPyDef_MEMBER(E_number, "number", HPyMember_LONG, offsetof(Explicit, number));
HPyDef_MEMBER(E_after, "after", HPyMember_LONG, offsetof(Explicit, after));
HPyDef_SLOT(E_new, HPy_tp_new);
static HPy E_new_impl(HPyContext *ctx, HPy cls, _HPy_UNUSED const HPy *args,
                      _HPy_UNUSED HPy_ssize_t nargs, _HPy_UNUSED HPy kw) {
    void *data;
    HPy self = HPy_New(ctx, cls, &data);
    if (!HPy_IsNull(self) && HPy_SetCallFunction(ctx, self, &special_call) < 0) {
        HPy_Close(ctx, self);
        return HPy_NULL;
    }
    return self;
}
static HPyDef *Explicit_defines[] = {&E_offset, &E_number, &E_after, &E_new, NULL};
static HPyType_Spec Explicit_spec = {
    .name = "slot.Explicit",
    .basicsize = sizeof(Explicit),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_VECTORCALL,
    .defines = Explicit_defines,
};

HPyDef_SLOT(exec, HPy_mod_exec);
static int exec_impl(HPyContext *ctx, HPy module) {
    static const struct {
        const char *name;
        HPyType_Spec *spec;
        const char *base;
    } types[] = {
        {"Loud", &Loud_spec, NULL},
        {"Sequence", &Sequence_spec, NULL},
        {"Mapping", &Mapping_spec, NULL},
        {"Buffer", &Buffer_spec, NULL},
        {"Callable", &Callable_spec, NULL},
        {"Wider", &Wider_spec, "Callable"},
        {"Alias", &Alias_spec, "Callable"},
        {"SameStruct", &SameStruct_spec, "Callable"},
        {"Bare", &Bare_spec, NULL},
        {"Data", &Data_spec, NULL},
        {"CallableData", &CallableData_spec, "Data"},
        {"Explicit", &Explicit_spec, NULL},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        HPyType_SpecParam params[2] = {{0}};
        if (types[i].base != NULL)
            params[0] = (HPyType_SpecParam){HPyType_SpecParam_Base,
                                            HPy_GetAttr_s(ctx, module, types[i].base)};
        const int added = HPyHelpers_AddType(ctx, module, types[i].name, types[i].spec, params);
        HPy_Close(ctx, params[0].object);
        if (!added)
            return -1;
    }
    return 0;
}

MODULE(slot, &exec, &use_special, &use_failing)
