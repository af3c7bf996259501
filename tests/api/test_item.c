/* Items, membership and length. */
#include "support.h"

FUNCTION1(Length, integer(ctx, HPy_Length(ctx, a)));
FUNCTION2(Contains, integer(ctx, HPy_Contains(ctx, a, b)));

FUNCTION2(GetItem, HPy_GetItem(ctx, a, b));
FUNCTION2(GetItem_i, HPy_GetItem_i(ctx, a, HPyLong_AsSsize_t(ctx, b)));
FUNCTION2(GetItem_s, HPy_GetItem_s(ctx, a, text(ctx, b)));

FUNCTION3(SetItem, done(ctx, HPy_SetItem(ctx, a, b, c)));
FUNCTION3(SetItem_i, done(ctx, HPy_SetItem_i(ctx, a, HPyLong_AsSsize_t(ctx, b), c)));
FUNCTION3(SetItem_s, done(ctx, HPy_SetItem_s(ctx, a, text(ctx, b), c)));

FUNCTION2(DelItem, done(ctx, HPy_DelItem(ctx, a, b)));
FUNCTION2(DelItem_i, done(ctx, HPy_DelItem_i(ctx, a, HPyLong_AsSsize_t(ctx, b))));
FUNCTION2(DelItem_s, done(ctx, HPy_DelItem_s(ctx, a, text(ctx, b))));

FUNCTION1(get_bad_utf8, HPy_GetItem_s(ctx, a, "\xff"));
FUNCTION1(set_bad_utf8, done(ctx, HPy_SetItem_s(ctx, a, "\xff", a)));
FUNCTION1(del_bad_utf8, done(ctx, HPy_DelItem_s(ctx, a, "\xff")));

MODULE(item, &m_Length, &m_Contains, &m_GetItem, &m_GetItem_i, &m_GetItem_s, &m_SetItem,
       &m_SetItem_i, &m_SetItem_s, &m_DelItem, &m_DelItem_i, &m_DelItem_s, &m_get_bad_utf8,
       &m_set_bad_utf8, &m_del_bad_utf8)
