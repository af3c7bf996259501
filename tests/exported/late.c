/* Everything in the context after h_Builtins that HPy 0.9.0 has: where PyPy's is another. */
#include "hpy.h"

#define METHOD(name)                                                                               \
    HPyDef_METH(name, #name, HPyFunc_VARARGS) static HPy name##_impl(                              \
        HPyContext *ctx, _HPy_UNUSED HPy self, _HPy_UNUSED const HPy *args,                        \
        _HPy_UNUSED size_t nargs)

static int number = 42;

METHOD(capsule) {
    HPy h = HPyCapsule_New(ctx, &number, "late.number", NULL);
    if (HPy_IsNull(h) || !HPyCapsule_IsValid(ctx, h, "late.number") ||
        HPyCapsule_SetContext(ctx, h, &number) < 0)
        return HPy_NULL;
    const int *pointer = HPyCapsule_GetPointer(ctx, h, "late.number");
    HPy_Close(ctx, h);
    return pointer == NULL ? HPy_NULL : HPyLong_FromLong(ctx, *pointer);
}

METHOD(evaluate) {
    const char *source = HPyUnicode_AsUTF8AndSize(ctx, args[0], NULL);
    HPy code = source == NULL ? HPy_NULL : HPy_Compile_s(ctx, source, "late", HPy_SourceKind_Expr);
    HPy scope = HPy_IsNull(code) ? HPy_NULL : HPyDict_New(ctx);
    HPy result = HPy_IsNull(scope) ? HPy_NULL : HPy_EvalCode(ctx, code, scope, scope);
    HPy_Close(ctx, scope);
    HPy_Close(ctx, code);
    return result;
}

METHOD(variable) {
    HPy h = HPyContextVar_New(ctx, "late", HPy_NULL);
    HPy token = HPy_IsNull(h) ? HPy_NULL : HPyContextVar_Set(ctx, h, args[0]);
    HPy result = HPy_NULL;
    if (!HPy_IsNull(token) && HPyContextVar_Get(ctx, h, HPy_NULL, &result) < 0)
        result = HPy_NULL;
    HPy_Close(ctx, token);
    HPy_Close(ctx, h);
    return result;
}

METHOD(type_name) {
    const char *name = HPyType_GetName(ctx, args[0]);
    return name == NULL ? HPy_NULL : HPyUnicode_FromString(ctx, name);
}

METHOD(is_subtype) {
    return HPyBool_FromBool(ctx, HPyType_IsSubtype(ctx, args[0], args[1]));
}

METHOD(decode) {
    return HPyUnicode_FromEncodedObject(ctx, args[0], "latin-1", "strict");
}

METHOD(substring) {
    return HPyUnicode_Substring(ctx, args[0], 1, 3);
}

METHOD(keys) {
    return HPyDict_Keys(ctx, args[0]);
}

METHOD(copy) {
    return HPyDict_Copy(ctx, args[0]);
}

METHOD(unpack) {
    HPy_ssize_t start, stop, step;
    if (HPySlice_Unpack(ctx, args[0], &start, &stop, &step) < 0)
        return HPy_NULL;
    return HPy_BuildValue(ctx, "nnn", start, stop, step);
}

METHOD(call) {
    return HPy_Call(ctx, args[0], args + 1, nargs - 1, HPy_NULL);
}

METHOD(call_method) {
    return HPy_CallMethod(ctx, args[0], args + 1, nargs - 1, HPy_NULL);
}

typedef struct {
    void *call;
} Twice;
HPyType_HELPERS(Twice)

    HPyDef_SLOT(Twice_new, HPy_tp_new) static HPy
    Twice_new_impl(HPyContext *ctx, HPy cls, _HPy_UNUSED const HPy *args,
                   _HPy_UNUSED HPy_ssize_t nargs, _HPy_UNUSED HPy kw) {
    Twice *twice;
    return HPy_New(ctx, cls, &twice);
}

HPyDef_SLOT(Twice_call, HPy_tp_call) static HPy
    Twice_call_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                    _HPy_UNUSED size_t nargs, _HPy_UNUSED HPy kwnames) {
    return HPy_Add(ctx, args[0], args[0]);
}

static HPyDef *twice_defines[] = {&Twice_new, &Twice_call, NULL};
static HPyType_Spec twice_spec = {
    .name = "late.Twice",
    .basicsize = sizeof(Twice),
    .builtin_shape = HPyType_BuiltinShape_Object,
    .flags = HPy_TPFLAGS_DEFAULT,
    .defines = twice_defines,
};

HPyDef_SLOT(execute, HPy_mod_exec) static int execute_impl(HPyContext *ctx, HPy module) {
    HPy type = HPyType_FromSpec(ctx, &twice_spec, NULL);
    const int result = HPy_IsNull(type) ? -1 : HPy_SetAttr_s(ctx, module, "Twice", type);
    HPy_Close(ctx, type);
    return result;
}

static HPyDef *defines[] = {&keys,       &capsule,     &evaluate,  &variable, &type_name,
                            &is_subtype, &decode,      &substring, &copy,     &unpack,
                            &call,       &call_method, &execute,   NULL};
static HPyModuleDef definition = {.defines = defines};
HPy_MODINIT(late, definition)
