/* Objects that die: while an exception is set, by the collector, in long chains. */
#include "support.h"

/* ---- A finalizer that calls what Python gives it ----------------------------------------------
 */

static HPyGlobal callback;
FUNCTION1(set_callback, (HPyGlobal_Store(ctx, &callback, a), none(ctx)));

HPyDef_SLOT(Finalized_finalize, HPy_tp_finalize);
static void Finalized_finalize_impl(HPyContext *ctx, HPy self) {
    HPy function = HPyGlobal_Load(ctx, callback);
    HPy_Close(ctx, HPy_Call(ctx, function, &self, 1, HPy_NULL));
    HPy_Close(ctx, function);
}
static HPyDef *Finalized_defines[] = {&Finalized_finalize, NULL};
static HPyType_Spec Finalized_spec = {.name = "gc.Finalized",
                                      .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
                                      .defines = Finalized_defines};

/* A buffer that calls it when it is released. */
HPyDef_SLOT(Exporter_getbuffer, HPy_bf_getbuffer);
static int Exporter_getbuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view,
                                   _HPy_UNUSED int flags) {
    static char byte = 'x';
    *view = (HPy_buffer){
        .buf = &byte, .obj = HPy_Dup(ctx, self), .len = 1, .itemsize = 1, .ndim = 1, .readonly = 1};
    return 0;
}
HPyDef_SLOT(Exporter_releasebuffer, HPy_bf_releasebuffer);
static void Exporter_releasebuffer_impl(HPyContext *ctx, HPy self, _HPy_UNUSED HPy_buffer *view) {
    Finalized_finalize_impl(ctx, self);
}
static HPyDef *Exporter_defines[] = {&Exporter_getbuffer, &Exporter_releasebuffer, NULL};
static HPyType_Spec Exporter_spec = {
    .name = "gc.Exporter", .flags = HPy_TPFLAGS_DEFAULT, .defines = Exporter_defines};

/* drop_with_error(f): the result of f() dies while a KeyError is set. */
HPyDef_METH(drop_with_error, "drop_with_error", HPyFunc_O);
static HPy drop_with_error_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy function) {
    HPy made = HPy_CallTupleDict(ctx, function, HPy_NULL, HPy_NULL);
    if (HPy_IsNull(made))
        return HPy_NULL;
    HPyErr_SetString(ctx, ctx->h_KeyError, "the error");
    HPy_Close(ctx, made);
    return HPy_NULL;
}

HPyDef_SLOT(exec, HPy_mod_exec);
static int exec_impl(HPyContext *ctx, HPy module) {
    return HPyHelpers_AddType(ctx, module, "Finalized", &Finalized_spec, NULL) &&
                   HPyHelpers_AddType(ctx, module, "Exporter", &Exporter_spec, NULL)
               ? 0
               : -1;
}

static HPyGlobal *globals[] = {&callback, NULL};
MODULE_WITH_GLOBALS(gc, globals, &exec, &m_set_callback, &drop_with_error)
