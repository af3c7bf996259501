/* Trackers. */
#include "support.h"

/* Adds n new references to the handle; closes them, or forgets and closes them itself. */
static HPy track(HPyContext *ctx, HPy h, HPy_ssize_t size, long n, bool forget) {
    HPyTracker ht = HPyTracker_New(ctx, size);
    if (ht._i == NULL)
        return HPy_NULL;
    for (long i = 0; i < n; i++) {
        if (HPyTracker_Add(ctx, ht, HPy_Dup(ctx, h)) < 0)
            return HPy_NULL;
    }
    if (forget) {
        HPyTracker_ForgetAll(ctx, ht);
        for (long i = 0; i < n; i++)
            HPy_Close(ctx, h);
        /* It can be used again. */
        if (HPyTracker_Add(ctx, ht, HPy_Dup(ctx, h)) < 0)
            return HPy_NULL;
    }
    HPyTracker_Close(ctx, ht);
    return none(ctx);
}
/* track(object, size, n) */
FUNCTION3(track, track(ctx, a, HPyLong_AsSsize_t(ctx, b), HPyLong_AsLong(ctx, c), false));
FUNCTION3(forget, track(ctx, a, HPyLong_AsSsize_t(ctx, b), HPyLong_AsLong(ctx, c), true));

/* As many trackers as would exhaust the memory if one of them stayed. */
HPyDef_METH(many, "many", HPyFunc_O);
static HPy many_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy h) {
    for (int i = 0; i < 20000; i++) {
        HPy result = track(ctx, h, i % 20, 1000, i % 2);
        if (HPy_IsNull(result))
            return HPy_NULL;
        HPy_Close(ctx, result);
    }
    return none(ctx);
}

MODULE(tracker, &m_track, &m_forget, &many)
