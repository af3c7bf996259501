/* str. */
#include "support.h"

#include <string.h>

FUNCTION1(Check, integer(ctx, HPyUnicode_Check(ctx, a)));
FUNCTION1(AsASCIIString, HPyUnicode_AsASCIIString(ctx, a));
FUNCTION1(AsLatin1String, HPyUnicode_AsLatin1String(ctx, a));
FUNCTION1(AsUTF8String, HPyUnicode_AsUTF8String(ctx, a));
FUNCTION1(EncodeFSDefault, HPyUnicode_EncodeFSDefault(ctx, a));

/* Sources of characters are bytes objects here, whose characters end in a null. */
#define CHARACTERS(h) HPyBytes_AS_STRING(ctx, h)
FUNCTION1(FromString, HPyUnicode_FromString(ctx, CHARACTERS(a)));
FUNCTION1(DecodeFSDefault, HPyUnicode_DecodeFSDefault(ctx, CHARACTERS(a)));
FUNCTION2(DecodeFSDefaultAndSize,
          HPyUnicode_DecodeFSDefaultAndSize(ctx, CHARACTERS(a), HPyLong_AsSsize_t(ctx, b)));
FUNCTION2(DecodeASCII,
          HPyUnicode_DecodeASCII(ctx, CHARACTERS(a), HPyBytes_GET_SIZE(ctx, a), text(ctx, b)));
FUNCTION2(DecodeLatin1,
          HPyUnicode_DecodeLatin1(ctx, CHARACTERS(a), HPyBytes_GET_SIZE(ctx, a), text(ctx, b)));
FUNCTION3(FromEncodedObject, HPyUnicode_FromEncodedObject(ctx, a, text(ctx, b), text(ctx, c)));
FUNCTION3(Substring,
          HPyUnicode_Substring(ctx, a, HPyLong_AsSsize_t(ctx, b), HPyLong_AsSsize_t(ctx, c)));

/* FromWideChar(bytes of wchar_t, size): a size of -1 stops at the null. */
HPyDef_METH(from_wide, "FromWideChar", HPyFunc_VARARGS);
static HPy from_wide_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                          _HPy_UNUSED size_t nargs) {
    wchar_t wide[100] = {0};
    memcpy(wide, CHARACTERS(args[0]), (size_t)HPyBytes_GET_SIZE(ctx, args[0]));
    return HPyUnicode_FromWideChar(ctx, wide, HPyLong_AsSsize_t(ctx, args[1]));
}

HPyDef_METH(as_utf8, "AsUTF8AndSize", HPyFunc_O);
static HPy as_utf8_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    HPy_ssize_t size = -5;
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, a, &size);
    if (utf8 == NULL)
        return HPy_NULL;
    if (utf8[size] != '\0' || utf8 != HPyUnicode_AsUTF8AndSize(ctx, a, NULL))
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "not one string ended by a null");
    return HPyBytes_FromStringAndSize(ctx, utf8, size);
}

HPyDef_METH(read_char, "ReadChar", HPyFunc_VARARGS);
static HPy read_char_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                          _HPy_UNUSED size_t nargs) {
    const HPy_UCS4 value = HPyUnicode_ReadChar(ctx, args[0], HPyLong_AsSsize_t(ctx, args[1]));
    if (value == (HPy_UCS4)-1 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    return HPyLong_FromUInt32_t(ctx, value);
}

MODULE(unicode, &m_Check, &m_AsASCIIString, &m_AsLatin1String, &m_AsUTF8String, &m_EncodeFSDefault,
       &m_FromString, &m_DecodeFSDefault, &m_DecodeFSDefaultAndSize, &m_DecodeASCII,
       &m_DecodeLatin1, &m_FromEncodedObject, &m_Substring, &from_wide, &as_utf8, &read_char)
