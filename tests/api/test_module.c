/* Modules. Without a macro a good one; with one of them, the definition that the macro names. */
#include "support.h"

#ifndef KIND
#define KIND GOOD
#endif
#define KIND_IS(name) (KIND == name)
enum {
    GOOD,
    EMPTY,
    EXEC_FAILS,
    EXEC_FAILS_SILENTLY,
    EXEC_SUCCEEDS_WITH_ERROR,
    CREATE,
    CREATE_MODULE,
    CREATE_FAILS,
    CREATE_AND_EXEC,
    CREATE_AND_METHOD,
    CREATE_AND_DOC,
    CREATE_TWICE,
    NEGATIVE_SIZE,
    POSITIVE_SIZE,
    WRONG_SLOT,
    WRONG_KIND,
};

static HPyGlobal seen;

HPyDef_METH(method, "method", HPyFunc_NOARGS, .doc = "method($module, /)\n--\n\nIts doc.");
static HPy method_impl(HPyContext *ctx, HPy self) {
    return HPy_Dup(ctx, self);
}
HPyDef_METH(executions, "executions", HPyFunc_NOARGS);
static HPy executions_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    return or_none(ctx, HPyGlobal_Load(ctx, seen));
}

/* Appends its number to the list in the module's attribute `order`. */
static int append(HPyContext *ctx, HPy module, long number) {
    HPy list = HPy_HasAttr_s(ctx, module, "order") ? HPy_GetAttr_s(ctx, module, "order")
                                                   : HPyList_New(ctx, 0);
    HPy value = HPyLong_FromLong(ctx, number);
    HPyList_Append(ctx, list, value);
    const int result = HPy_SetAttr_s(ctx, module, "order", list);
    HPyGlobal_Store(ctx, &seen, list);
    HPy_Close(ctx, value);
    HPy_Close(ctx, list);
    return result;
}
HPyDef_SLOT(exec_1, HPy_mod_exec);
static int exec_1_impl(HPyContext *ctx, HPy module) {
    if (KIND_IS(EXEC_FAILS) || KIND_IS(EXEC_SUCCEEDS_WITH_ERROR))
        HPyErr_SetString(ctx, ctx->h_LookupError, "failed");
    if (KIND_IS(EXEC_FAILS) || KIND_IS(EXEC_FAILS_SILENTLY))
        return -1;
    return KIND_IS(EXEC_SUCCEEDS_WITH_ERROR) ? 0 : append(ctx, module, 1);
}
HPyDef_SLOT(exec_2, HPy_mod_exec);
static int exec_2_impl(HPyContext *ctx, HPy module) {
    return append(ctx, module, 2);
}

HPyDef_SLOT(create, HPy_mod_create);
static HPy create_impl(HPyContext *ctx, HPy spec) {
    if (KIND_IS(CREATE_FAILS))
        return HPyErr_SetString(ctx, ctx->h_LookupError, "not created");
    HPy types = HPyImport_ImportModule(ctx, "types");
    HPy type = HPy_GetAttr_s(ctx, types, KIND_IS(CREATE_MODULE) ? "ModuleType" : "SimpleNamespace");
    HPy name = HPy_GetAttr_s(ctx, spec, "name"), origin = HPy_GetAttr_s(ctx, spec, "origin");
    HPy result = HPy_Call(ctx, type, &name, KIND_IS(CREATE_MODULE), HPy_NULL);
    if (!HPy_IsNull(result))
        HPy_SetAttr_s(ctx, result, "created_for", name);
    if (!HPy_IsNull(result) && !KIND_IS(CREATE_MODULE))
        HPy_SetAttr_s(ctx, result, "origin", origin);
    HPy_Close(ctx, origin);
    HPy_Close(ctx, name);
    HPy_Close(ctx, type);
    HPy_Close(ctx, types);
    return result;
}
HPyDef_SLOT(create_again, HPy_mod_create);
static HPy create_again_impl(HPyContext *ctx, HPy spec) {
    return HPy_Dup(ctx, spec);
}

HPyDef_SLOT(repr, HPy_tp_repr);
static HPy repr_impl(HPyContext *ctx, HPy self) {
    return HPy_Dup(ctx, self);
}
HPyDef_MEMBER(member, "member", HPyMember_INT, 0);

static HPyDef *const every_define[] = {&method, &executions,   &exec_1, &exec_2,
                                       &create, &create_again, &repr,   &member};
static HPyDef *defines[10];
static HPyGlobal *globals[] = {&seen, NULL};

static HPyModuleDef definition = {
    .size = KIND_IS(NEGATIVE_SIZE)   ? -1
            : KIND_IS(POSITIVE_SIZE) ? 8
                                     : 0,
    .doc = KIND_IS(GOOD) || KIND_IS(CREATE_AND_DOC) ? "The doc, caf\xc3\xa9." : NULL,
    .defines = KIND_IS(EMPTY) ? NULL : defines,
    .globals = KIND_IS(GOOD) ? globals : NULL,
};

/* Before the entry point reads the definition. */
__attribute__((constructor)) static void choose(void) {
    static const unsigned char choices[][4] = {
        [GOOD] = {1, 2, 3, 4},
        [EXEC_FAILS] = {3},
        [EXEC_FAILS_SILENTLY] = {3},
        [EXEC_SUCCEEDS_WITH_ERROR] = {3},
        [CREATE] = {5},
        [CREATE_MODULE] = {5},
        [CREATE_FAILS] = {5},
        [CREATE_AND_EXEC] = {5, 3},
        [CREATE_AND_METHOD] = {5, 1},
        [CREATE_AND_DOC] = {5},
        [CREATE_TWICE] = {5, 6},
        [WRONG_SLOT] = {7},
        [WRONG_KIND] = {8},
        [NEGATIVE_SIZE] = {1},
        [POSITIVE_SIZE] = {1},
    };
    for (int i = 0; i < 4 && choices[KIND][i] != 0; i++)
        defines[i] = every_define[choices[KIND][i] - 1];
}

HPy_MODINIT(module, definition)
