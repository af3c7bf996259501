/* HPyUnicode_FromFormat and HPyErr_Format. */
#include "support.h"

#include <limits.h>

FUNCTION0(plain, HPyUnicode_FromFormat(ctx, "no units"));
FUNCTION0(empty, HPyUnicode_FromFormat(ctx, ""));
FUNCTION0(percent, HPyUnicode_FromFormat(ctx, "100%%%c", '!'));
FUNCTION0(numbers, HPyUnicode_FromFormat(ctx, "%d %i %u %x %ld %li %lu %lld %lli %llu %zd %zi %zu",
                                         INT_MIN, INT_MAX, UINT_MAX, UINT_MAX, LONG_MIN, LONG_MAX,
                                         ULONG_MAX, LLONG_MIN, LLONG_MAX, ULLONG_MAX,
                                         HPY_SSIZE_T_MIN, HPY_SSIZE_T_MAX, SIZE_MAX));
FUNCTION0(pointers, HPyUnicode_FromFormat(ctx, "%p %p", (void *)0xbeef, NULL));
FUNCTION1(character, HPyUnicode_FromFormat(ctx, "<%c>", (int)HPyLong_AsLong(ctx, a)));
FUNCTION1(objects, HPyUnicode_FromFormat(ctx, "%A|%S|%R", a, a, a));
FUNCTION1(unicode, HPyUnicode_FromFormat(ctx, "[%U][%6U][%.2U][%6.2U]", a, a, a, a));
FUNCTION1(either, HPyUnicode_FromFormat(ctx, "%V %V", a, "unused", HPy_NULL, "used"));
FUNCTION0(null_object, HPyUnicode_FromFormat(ctx, "%S", HPy_NULL));
FUNCTION0(null_string, HPyUnicode_FromFormat(ctx, "%s", (const char *)NULL));
FUNCTION0(replaced, HPyUnicode_FromFormat(ctx, "%s", "a\xff\x62"));
FUNCTION0(non_ascii, HPyUnicode_FromFormat(ctx, "caf\xc3\xa9"));
FUNCTION2(raise_formatted, HPyErr_Format(ctx, a, "%S is %d", b, 42));
FUNCTION1(raise_badly, HPyErr_Format(ctx, ctx->h_LookupError, "%U", a));

/* number(format, value) and utf8(format, bytes): one unit of the caller's. */
FUNCTION2(number, HPyUnicode_FromFormat(ctx, HPyUnicode_AsUTF8AndSize(ctx, a, NULL),
                                        HPyLong_AsLongLong(ctx, b)));
FUNCTION2(utf8, HPyUnicode_FromFormat(ctx, HPyUnicode_AsUTF8AndSize(ctx, a, NULL),
                                      HPyBytes_AsString(ctx, b)));

/* By way of a va_list, as a function does that is variadic itself. */
static HPy format(HPyContext *ctx, const char *fmt, ...) {
    va_list arguments;
    va_start(arguments, fmt);
    HPy result = HPyUnicode_FromFormatV(ctx, fmt, arguments);
    va_end(arguments);
    return result;
}

FUNCTION2(va_list_of,
          format(ctx, "%S, %zd, %.3s", a, HPy_Length(ctx, a), HPyBytes_AsString(ctx, b)));

MODULE(test_format, &m_plain, &m_empty, &m_percent, &m_numbers, &m_pointers, &m_character,
       &m_objects, &m_unicode, &m_either, &m_null_object, &m_null_string, &m_replaced, &m_non_ascii,
       &m_raise_formatted, &m_raise_badly, &m_number, &m_utf8, &m_va_list_of)
