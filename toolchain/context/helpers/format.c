/* HPyUnicode_FromFormat and HPyErr_Format (hpy/helpers.h), in terms of the API alone.
 *
 * The pieces of the text are collected in a list and joined, so that a str may hold anything that a
 * str can hold, lone surrogates for example.
 */
#include "hpy.h"

#include <stdio.h>
#include <string.h>

/* One formatting unit: %[0][width][.precision][length]conversion. */
typedef struct {
    bool zero;
    HPy_ssize_t width;     /* -1: none */
    HPy_ssize_t precision; /* -1: none */
    char length;           /* 0, 'l', 'L' for ll, or 'z' */
    char conversion;
} Unit;

/* ---- Pieces: each function returns 0, or -1 with an exception set --------------------------- */

static int append(HPyContext *ctx, HPy pieces, HPy piece) {
    if (HPy_IsNull(piece))
        return -1;
    const int result = HPyList_Append(ctx, pieces, piece);
    HPy_Close(ctx, piece);
    return result;
}

static int append_ascii(HPyContext *ctx, HPy pieces, const char *text, size_t size) {
    if (size == 0)
        return 0;
    return append(ctx, pieces, HPyUnicode_DecodeASCII(ctx, text, (HPy_ssize_t)size, NULL));
}

static int append_run(HPyContext *ctx, HPy pieces, const char *character, HPy_ssize_t count) {
    if (count <= 0)
        return 0;
    HPy one = HPyUnicode_FromString(ctx, character), times = HPyLong_FromSsize_t(ctx, count);
    HPy run = HPy_IsNull(one) || HPy_IsNull(times) ? HPy_NULL : HPy_Multiply(ctx, one, times);
    HPy_Close(ctx, one);
    HPy_Close(ctx, times);
    return append(ctx, pieces, run);
}

/* A str as wide as the unit says, and no longer. Takes the handle. */
static int append_text(HPyContext *ctx, HPy pieces, const Unit *unit, HPy text) {
    if (HPy_IsNull(text))
        return -1;
    HPy_ssize_t length = HPy_Length(ctx, text);
    if (length >= 0 && unit->precision >= 0 && unit->precision < length) {
        HPy start = HPyUnicode_Substring(ctx, text, 0, unit->precision);
        HPy_Close(ctx, text);
        text = start;
        length = unit->precision;
    }
    if (length < 0 || HPy_IsNull(text) || append_run(ctx, pieces, " ", unit->width - length) < 0) {
        HPy_Close(ctx, text);
        return -1;
    }
    return append(ctx, pieces, text);
}

/* ---- Units --------------------------------------------------------------------------------- */

static int fail_unit(HPyContext *ctx, const Unit *unit, const char *format) {
    char message[100];
    snprintf(message, sizeof(message), format, unit->conversion);
    HPyErr_SetString(ctx, ctx->h_SystemError, message);
    return -1;
}

static int format_number(HPyContext *ctx, HPy pieces, const Unit *unit, bool negative,
                         unsigned long long magnitude) {
    char digits[32];
    const HPy_ssize_t size =
        snprintf(digits, sizeof(digits), unit->conversion == 'x' ? "%llx" : "%llu", magnitude);
    HPy_ssize_t zeros = unit->precision - size;
    if (unit->zero && unit->width - negative - size > zeros)
        zeros = unit->width - negative - size;
    if (zeros < 0)
        zeros = 0;
    if (append_run(ctx, pieces, " ", unit->width - negative - zeros - size) < 0 ||
        (negative && append_ascii(ctx, pieces, "-", 1) < 0) ||
        append_run(ctx, pieces, "0", zeros) < 0)
        return -1;
    return append_ascii(ctx, pieces, digits, (size_t)size);
}

static int format_signed(HPyContext *ctx, HPy pieces, const Unit *unit, long long value) {
    return format_number(ctx, pieces, unit, value < 0,
                         value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value);
}

/* The size of the characters that are complete in the first size bytes. */
static size_t whole_characters(const char *utf8, size_t size) {
    size_t start = size;
    while (start > 0 && size - start < 4 && (utf8[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0 || (utf8[start - 1] & 0x80) == 0)
        return size; /* ASCII, or no UTF-8 at all: the decoder sees to that */
    const unsigned char lead = (unsigned char)utf8[start - 1];
    const size_t needed = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    return size - (start - 1) < needed ? start - 1 : size;
}

/* Bytes of UTF-8, at most as many as the precision; what is not UTF-8 is replaced. */
static int format_utf8(HPyContext *ctx, HPy pieces, const Unit *unit, const char *utf8) {
    if (utf8 == NULL)
        return fail_unit(ctx, unit, "null c string passed as value for formatting unit '%%%c'");
    size_t size = 0; /* behind the precision there may be no NUL */
    while ((unit->precision < 0 || size < (size_t)unit->precision) && utf8[size] != '\0')
        size++;
    if (unit->precision >= 0 && size == (size_t)unit->precision)
        size = whole_characters(utf8, size);
    HPy bytes = HPyBytes_FromStringAndSize(ctx, utf8, (HPy_ssize_t)size);
    if (HPy_IsNull(bytes))
        return -1;
    HPy text = HPyUnicode_FromEncodedObject(ctx, bytes, "utf-8", "replace");
    HPy_Close(ctx, bytes);
    return append_text(ctx, pieces, unit, text);
}

static int format_object(HPyContext *ctx, HPy pieces, const Unit *unit, HPy object) {
    if (HPy_IsNull(object))
        return fail_unit(ctx, unit, "HPy_NULL passed as value for formatting unit '%%%c'");
    HPy text;
    switch (unit->conversion) {
    case 'A': text = HPy_ASCII(ctx, object); break;
    case 'R': text = HPy_Repr(ctx, object); break;
    case 'S': text = HPy_Str(ctx, object); break;
    default:
        if (!HPyUnicode_Check(ctx, object)) {
            HPyErr_SetString(ctx, ctx->h_TypeError, "a str is required");
            return -1;
        }
        text = HPy_Dup(ctx, object);
    }
    return append_text(ctx, pieces, unit, text);
}

static int format_character(HPyContext *ctx, HPy pieces, int code) {
    if (code < 0 || code > 0x10FFFF) {
        HPyErr_SetString(ctx, ctx->h_OverflowError, "character argument not in range(0x110000)");
        return -1;
    }
    const wchar_t character = (wchar_t)code;
    return append(ctx, pieces, HPyUnicode_FromWideChar(ctx, &character, 1));
}

static int format_pointer(HPyContext *ctx, HPy pieces, const void *pointer) {
    char text[32];
    const int size = snprintf(text, sizeof(text), "0x%llx", (unsigned long long)(uintptr_t)pointer);
    return append_ascii(ctx, pieces, text, (size_t)size);
}

/* ---- The format ---------------------------------------------------------------------------- */

/* Reads a number; 0 with an exception set if it does not fit. */
static int read_number(HPyContext *ctx, const char **format, HPy_ssize_t *number,
                       const char *too_big) {
    HPy_ssize_t value = 0;
    for (; **format >= '0' && **format <= '9'; ++*format) {
        const int digit = **format - '0';
        if (value > (HPY_SSIZE_T_MAX - digit) / 10) {
            HPyErr_SetString(ctx, ctx->h_ValueError, too_big);
            return 0;
        }
        value = 10 * value + digit;
    }
    *number = value;
    return 1;
}

/* Reads the unit behind a '%'; 0 with an exception set if it is none. */
static int read_unit(HPyContext *ctx, const char **format, Unit *unit) {
    *unit = (Unit){.width = -1, .precision = -1};
    if (**format == '0') {
        unit->zero = true;
        ++*format;
    }
    if (**format >= '1' && **format <= '9' &&
        !read_number(ctx, format, &unit->width, "width too big"))
        return 0;
    if (**format == '.') {
        ++*format;
        if (!read_number(ctx, format, &unit->precision, "precision too big"))
            return 0;
    }
    if (**format == 'l' || **format == 'z')
        unit->length = *(*format)++;
    if (unit->length == 'l' && **format == 'l') {
        unit->length = 'L';
        ++*format;
    }
    unit->conversion = **format == '\0' ? '\0' : *(*format)++;
    const bool plain = !unit->zero && unit->width < 0 && unit->precision < 0;
    const char *allowed = unit->length != 0 ? "diu" : plain ? "diuxcpsAUVSR%" : "diuxcpsAUVSR";
    if (unit->conversion == '\0' || strchr(allowed, unit->conversion) == NULL) {
        HPyErr_SetString(ctx, ctx->h_SystemError, "invalid format string");
        return 0;
    }
    if (unit->zero && strchr("diux", unit->conversion) == NULL) {
        fail_unit(ctx, unit, "formatting unit '%%%c' does not support 0-padding");
        return 0;
    }
    if (!plain && (unit->conversion == 'c' || unit->conversion == 'p')) {
        fail_unit(ctx, unit, "formatting unit '%%%c' does not support width nor precision");
        return 0;
    }
    return 1;
}

/* The values, behind a pointer: a va_list itself may be an array. */
typedef struct {
    va_list list;
} Values;

static int format_signed_value(HPyContext *ctx, HPy pieces, const Unit *unit, Values *values) {
    switch (unit->length) {
    case 'l': return format_signed(ctx, pieces, unit, va_arg(values->list, long));
    case 'L': return format_signed(ctx, pieces, unit, va_arg(values->list, long long));
    case 'z': return format_signed(ctx, pieces, unit, va_arg(values->list, HPy_ssize_t));
    default: return format_signed(ctx, pieces, unit, va_arg(values->list, int));
    }
}

static int format_unsigned_value(HPyContext *ctx, HPy pieces, const Unit *unit, Values *values) {
    unsigned long long value;
    switch (unit->length) {
    case 'l': value = va_arg(values->list, unsigned long); break;
    case 'L': value = va_arg(values->list, unsigned long long); break;
    case 'z': value = va_arg(values->list, size_t); break;
    default: value = va_arg(values->list, unsigned int); break;
    }
    return format_number(ctx, pieces, unit, false, value);
}

static int format_value(HPyContext *ctx, HPy pieces, const Unit *unit, Values *values) {
    switch (unit->conversion) {
    case '%': return append_ascii(ctx, pieces, "%", 1);
    case 'd':
    case 'i': return format_signed_value(ctx, pieces, unit, values);
    case 'u':
    case 'x': return format_unsigned_value(ctx, pieces, unit, values);
    case 'c': return format_character(ctx, pieces, va_arg(values->list, int));
    case 'p': return format_pointer(ctx, pieces, va_arg(values->list, const void *));
    case 's': return format_utf8(ctx, pieces, unit, va_arg(values->list, const char *));
    case 'V': {
        HPy object = va_arg(values->list, HPy);
        const char *instead = va_arg(values->list, const char *);
        return HPy_IsNull(object) ? format_utf8(ctx, pieces, unit, instead)
                                  : format_object(ctx, pieces, unit, object);
    }
    default: return format_object(ctx, pieces, unit, va_arg(values->list, HPy));
    }
}

static int check_ascii(HPyContext *ctx, const char *format) {
    for (; *format != '\0'; format++) {
        if ((unsigned char)*format >= 0x80) {
            char message[100];
            snprintf(message, sizeof(message),
                     "expected an ASCII-encoded format string, got a non-ASCII byte: 0x%02x",
                     (unsigned char)*format);
            HPyErr_SetString(ctx, ctx->h_ValueError, message);
            return 0;
        }
    }
    return 1;
}

static HPy join(HPyContext *ctx, HPy pieces) {
    HPy empty = HPyUnicode_FromString(ctx, ""), name = HPyUnicode_FromString(ctx, "join");
    const HPy args[] = {empty, pieces};
    HPy text = HPy_IsNull(empty) || HPy_IsNull(name) ? HPy_NULL
                                                     : HPy_CallMethod(ctx, name, args, 2, HPy_NULL);
    HPy_Close(ctx, empty);
    HPy_Close(ctx, name);
    return text;
}

HPy HPyUnicode_FromFormatV(HPyContext *ctx, const char *fmt, va_list vargs) {
    HPy pieces = check_ascii(ctx, fmt) ? HPyList_New(ctx, 0) : HPy_NULL;
    if (HPy_IsNull(pieces))
        return HPy_NULL;
    Values values;
    va_copy(values.list, vargs);
    bool failed = false;
    while (!failed && *fmt != '\0') {
        const size_t literal = strcspn(fmt, "%");
        failed = append_ascii(ctx, pieces, fmt, literal) < 0;
        fmt += literal;
        if (failed || *fmt == '\0')
            continue;
        Unit unit;
        fmt++;
        failed = !read_unit(ctx, &fmt, &unit) || format_value(ctx, pieces, &unit, &values) < 0;
    }
    va_end(values.list);
    HPy text = failed ? HPy_NULL : join(ctx, pieces);
    HPy_Close(ctx, pieces);
    return text;
}

HPy HPyUnicode_FromFormat(HPyContext *ctx, const char *fmt, ...) {
    va_list vargs;
    va_start(vargs, fmt);
    HPy text = HPyUnicode_FromFormatV(ctx, fmt, vargs);
    va_end(vargs);
    return text;
}

HPy HPyErr_Format(HPyContext *ctx, HPy h_type, const char *fmt, ...) {
    va_list vargs;
    va_start(vargs, fmt);
    HPy text = HPyUnicode_FromFormatV(ctx, fmt, vargs);
    va_end(vargs);
    if (!HPy_IsNull(text)) {
        HPyErr_SetObject(ctx, h_type, text);
        HPy_Close(ctx, text);
    }
    return HPy_NULL;
}
