/* The slot HPy_tp_descr_get, and HPy_New for pointers to what has no size.
 *
 * The twin of test_descriptor.py, and in C++ (test_descriptor.cpp). */
#include "support.h"

/* A struct that no source completes, behind a pointer of its own. */
struct Hidden;

typedef struct {
    long got;
    HPyField answer;
} Descriptor;
HPyType_HELPERS(Descriptor)

    HPyDef_SLOT(D_new, HPy_tp_new) static HPy
    D_new_impl(HPyContext *ctx, HPy cls, const HPy *args, HPy_ssize_t nargs, _HPy_UNUSED HPy kw) {
    Descriptor *made;
    HPy self = HPy_New(ctx, cls, &made);
    if (!HPy_IsNull(self) && nargs > 0)
        HPyField_Store(ctx, self, &made->answer, args[0]);
    return self;
}

HPyDef_SLOT(D_traverse, HPy_tp_traverse) static int D_traverse_impl(void *self,
                                                                    HPyFunc_visitproc visit,
                                                                    void *arg) {
    HPy_VISIT(&((Descriptor *)self)->answer);
    return 0;
}

/* (the descriptor, the instance or "class", the owner or "nobody", what it was made with), or an
 * exception if that is one. */
HPyDef_SLOT(D_get, HPy_tp_descr_get) static HPy
    D_get_impl(HPyContext *ctx, HPy self, HPy instance, HPy owner) {
    Descriptor *own = Descriptor_AsStruct(ctx, self);
    own->got++;
    HPy answer = HPyField_IsNull(own->answer) ? HPy_Dup(ctx, ctx->h_None)
                                              : HPyField_Load(ctx, self, own->answer);
    HPy of_class = HPyUnicode_FromString(ctx, "class");
    HPy nobody = HPyUnicode_FromString(ctx, "nobody");
    HPy result =
        HPy_TypeCheck(ctx, answer, ctx->h_BaseException)
            ? HPyErr_SetObject(ctx, ctx->h_ValueError, answer)
            : HPy_BuildValue(ctx, "(OOOO)", self, HPy_IsNull(instance) ? of_class : instance,
                             HPy_IsNull(owner) ? nobody : owner, answer);
    HPy_Close(ctx, answer);
    HPy_Close(ctx, of_class);
    HPy_Close(ctx, nobody);
    return result;
}
HPyDef_MEMBER(D_got, "got", HPyMember_LONG, offsetof(Descriptor, got), .readonly = 1)

    static HPyDef *D_defines[] = {&D_new, &D_traverse, &D_get, &D_got, NULL};
static HPyType_Spec D_spec = {
    .name = "descriptor.Descriptor",
    .basicsize = sizeof(Descriptor),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
    .defines = D_defines,
};

/* Makes an instance of a type whose struct is a long, as each kind of pointer, and stores a number
 * there. */
static HPy stored(HPy h, void *place, long number) {
    if (!HPy_IsNull(h))
        *(long *)place = number;
    return h;
}

typedef struct {
    long number;
} Number;
HPyType_HELPERS(Number)
    HPyDef_MEMBER(N_number, "number", HPyMember_LONG,
                  offsetof(Number, number)) static HPyDef *N_defines[] = {&N_number, NULL};
static HPyType_Spec N_spec = {
    .name = "descriptor.Number",
    .basicsize = sizeof(Number),
    .flags = HPy_TPFLAGS_DEFAULT,
    .builtin_shape = SHAPE(Number),
    .defines = N_defines,
};

#define MADE(name, number, type)                                                                   \
    HPyDef_METH(name, #name, HPyFunc_O) static HPy name##_impl(HPyContext *ctx,                    \
                                                               _HPy_UNUSED HPy self, HPy cls) {    \
        type *data = NULL;                                                                         \
        HPy made = HPy_New(ctx, cls, &data);                                                       \
        return stored(made, (void *)data, number);                                                 \
    }
MADE(as_number, 1, Number)
MADE(as_void, 2, void)
MADE(as_hidden, 3, struct Hidden)
MADE(as_char, 4, char)
MADE(as_another, 5, Descriptor)
MADE(as_pointer, 6, struct Hidden *)

HPyDef_METH(as_address, "as_address", HPyFunc_O) static HPy
    as_address_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy cls) {
    Number *data[2] = {NULL, NULL};
    void *place = &data[1];
    int evaluated = 0;
    HPy first = HPy_New(ctx, cls, (evaluated++, data));
    HPy second = HPy_New(ctx, cls, place), third = HPy_New(ctx, cls, (void **)&data[1]);
    HPy_Close(ctx, first);
    HPy_Close(ctx, second);
    return stored(third, data[1], 6 + evaluated);
}

HPyDef_SLOT(execute, HPy_mod_exec) static int execute_impl(HPyContext *ctx, HPy module) {
    return HPyHelpers_AddType(ctx, module, "Descriptor", &D_spec, NULL) &&
                   HPyHelpers_AddType(ctx, module, "Number", &N_spec, NULL)
               ? 0
               : -1;
}

MODULE(test_descriptor, &execute, &as_number, &as_void, &as_hidden, &as_char, &as_another,
       &as_pointer, &as_address)
