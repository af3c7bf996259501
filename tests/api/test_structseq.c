/* Struct sequences. */
#include "support.h"

/* NewType(name or None, doc or None, ((field or None for an unnamed one, doc or None), ...)). What
 * the type points to lives in this static memory. */
static HPyStructSequence_Field fields[10];

HPyDef_METH(new_type, "NewType", HPyFunc_VARARGS);
static HPy new_type_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                         _HPy_UNUSED size_t nargs) {
    const HPy_ssize_t n = HPy_Length(ctx, args[2]);
    for (HPy_ssize_t i = 0; i < n; i++) {
        HPy pair = HPy_GetItem_i(ctx, args[2], i);
        HPy name = HPy_GetItem_i(ctx, pair, 0), doc = HPy_GetItem_i(ctx, pair, 1);
        const bool is_unnamed = HPy_Is(ctx, name, ctx->h_None);
        fields[i].name = is_unnamed ? HPyStructSequence_UnnamedField : text(ctx, name);
        fields[i].doc = text(ctx, doc);
        HPy_Close(ctx, pair);
        HPy_Close(ctx, name);
        HPy_Close(ctx, doc);
    }
    fields[n] = (HPyStructSequence_Field){NULL, NULL};
    HPyStructSequence_Desc desc = {
        .name = text(ctx, args[0]), .doc = text(ctx, args[1]), .fields = fields};
    return HPyStructSequence_NewType(ctx, &desc);
}

HPyDef_METH(without_fields, "without_fields", HPyFunc_NOARGS);
static HPy without_fields_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPyStructSequence_Desc desc = {.name = "structseq.Without"};
    return HPyStructSequence_NewType(ctx, &desc);
}

/* New(type, *values) */
HPyDef_METH(new, "New", HPyFunc_VARARGS);
static HPy new_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    return HPyStructSequence_New(ctx, args[0], (HPy_ssize_t)nargs - 1, (HPy *)&args[1]);
}

MODULE(structseq, &new_type, &without_fields, &new)
