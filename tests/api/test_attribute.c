/* Attributes. */
#include "support.h"

FUNCTION2(GetAttr, HPy_GetAttr(ctx, a, b));
FUNCTION2(GetAttr_s, HPy_GetAttr_s(ctx, a, text(ctx, b)));
FUNCTION2(HasAttr, integer(ctx, HPy_HasAttr(ctx, a, b)));
FUNCTION2(HasAttr_s, integer(ctx, HPy_HasAttr_s(ctx, a, text(ctx, b))));
FUNCTION3(SetAttr, done(ctx, HPy_SetAttr(ctx, a, b, c)));
FUNCTION3(SetAttr_s, done(ctx, HPy_SetAttr_s(ctx, a, text(ctx, b), c)));
FUNCTION2(DelAttr, done(ctx, HPy_DelAttr(ctx, a, b)));
FUNCTION2(DelAttr_s, done(ctx, HPy_DelAttr_s(ctx, a, text(ctx, b))));

/* Names that are constants, where a context may keep what it made of them. */
FUNCTION1(get_foo, HPy_GetAttr_s(ctx, a, "foo"));
FUNCTION2(set_foo, done(ctx, HPy_SetAttr_s(ctx, a, "foo", b)));
FUNCTION1(has_foo, integer(ctx, HPy_HasAttr_s(ctx, a, "foo")));
FUNCTION1(get_e_acute, HPy_GetAttr_s(ctx, a, "\xc3\xa9"));
FUNCTION1(get_bad_utf8, HPy_GetAttr_s(ctx, a, "\xff"));
FUNCTION1(set_bad_utf8, done(ctx, HPy_SetAttr_s(ctx, a, "\xff", a)));

MODULE(attribute, &m_GetAttr, &m_GetAttr_s, &m_HasAttr, &m_HasAttr_s, &m_SetAttr, &m_SetAttr_s,
       &m_DelAttr, &m_DelAttr_s, &m_get_foo, &m_set_foo, &m_has_foo, &m_get_e_acute,
       &m_get_bad_utf8, &m_set_bad_utf8)
