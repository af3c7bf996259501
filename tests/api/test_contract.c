/* Every function of the API that states RUNS_NO_CODE, called with whatever objects it gets. */
#include "support.h"

/* quiet(o, other, type, bytes): those that take objects. Nothing they return owns anything but what
 * is closed here, and whoever calls holds all arguments. */
HPyDef_METH(quiet, "quiet", HPyFunc_VARARGS);
static HPy quiet_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    (void)nargs;
    const HPy o = args[0], other = args[1], type = args[2], bytes = args[3];
    long sum = HPy_Is(ctx, o, other) + HPy_TypeCheck(ctx, o, type) + HPyCallable_Check(ctx, o) +
               HPyBytes_Check(ctx, o) + HPyDict_Check(ctx, o) + HPyList_Check(ctx, o) +
               HPyTuple_Check(ctx, o) + HPyUnicode_Check(ctx, o) + HPyErr_Occurred(ctx);
    sum += (long)HPyBytes_GET_SIZE(ctx, bytes) + *HPyBytes_AS_STRING(ctx, bytes);
    HPy_Close(ctx, HPy_Dup(ctx, o));
    HPy_Close(ctx, HPy_Type(ctx, o));
    HPyField field = HPyField_NULL;
    HPyField_Store(ctx, o, &field, other);
    HPy_Close(ctx, HPyField_Load(ctx, o, field));
    HPyField_Store(ctx, o, &field, HPy_NULL);
    HPyTracker tracker = HPyTracker_New(ctx, 1);
    HPyTracker_Add(ctx, tracker, o);
    HPyTracker_ForgetAll(ctx, tracker);
    HPyTracker_Close(ctx, tracker);
    return HPyLong_FromLong(ctx, sum);
}

/* made(o): o among objects that are made of values of C, in a list from a builder. */
HPyDef_METH(made, "made", HPyFunc_O);
static HPy made_impl(HPyContext *ctx, HPy self, HPy o) {
    (void)self;
    HPyListBuilder list = HPyListBuilder_New(ctx, 6);
    const HPy items[] = {HPyLong_FromInt32_t(ctx, -70000), HPyLong_FromUInt64_t(ctx, UINT64_MAX),
                         HPyLong_FromSsize_t(ctx, 7),      HPyFloat_FromDouble(ctx, 0.25),
                         HPyBool_FromBool(ctx, true),      HPy_Dup(ctx, o)};
    for (HPy_ssize_t i = 0; i < 6; i++) {
        HPyListBuilder_Set(ctx, list, i, items[i]);
        HPy_Close(ctx, items[i]);
    }
    return HPyListBuilder_Build(ctx, list);
}

MODULE(contract, &quiet, &made)
