/* A JSON decoder: what json.loads reads, and its messages for what it refuses. */
#include "hpy.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DEEPEST 500
#define N_KEYS 64

// A key that was read before, and where: the same bytes are the same str.
typedef struct {
    const char *start;
    size_t length;
    HPy key;
} Key;

typedef struct {
    const char *start, *cursor, *end;
    char *buffer; // for strings with escapes; as long as the text
    Key keys[N_KEYS];
} Decoder;

typedef struct {
    const char *start;
    size_t length;
    bool is_ascii, has_escapes;
} String;

static HPy read_value(HPyContext *ctx, Decoder *decoder, int depth);

// Python counts code points, which have one byte each that is no continuation byte.
static HPy refuse(HPyContext *ctx, const Decoder *decoder, const char *problem, const char *at) {
    HPy_ssize_t line = 1, position = 0, line_start = 0;
    for (const char *p = decoder->start; p < at; p++) {
        position += (*p & 0xC0) != 0x80;
        if (*p == '\n') {
            line++;
            line_start = position;
        }
    }
    return HPyErr_Format(ctx, ctx->h_ValueError, "%s: line %zd column %zd (char %zd)", problem,
                         line, position - line_start + 1, position);
}

static void skip_space(Decoder *decoder) {
    const char *p = decoder->cursor;
    while (p < decoder->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    decoder->cursor = p;
}

static bool take(Decoder *decoder, char c) {
    bool found = decoder->cursor < decoder->end && *decoder->cursor == c;
    decoder->cursor += found;
    return found;
}

static bool take_word(Decoder *decoder, const char *word, size_t length) {
    if ((size_t)(decoder->end - decoder->cursor) < length ||
        memcmp(decoder->cursor, word, length) != 0)
        return false;
    decoder->cursor += length;
    return true;
}

static bool take_digits(Decoder *decoder) {
    const char *p = decoder->cursor;
    while (p < decoder->end && *p >= '0' && *p <= '9')
        p++;
    bool found = p > decoder->cursor;
    decoder->cursor = p;
    return found;
}

// Behind the opening quote.
static int scan_string(HPyContext *ctx, Decoder *decoder, String *string) {
    unsigned char bits = 0;
    const char *start = decoder->cursor;
    const char *p = start;
    string->has_escapes = false;
    for (;; p++) {
        if (p >= decoder->end) {
            refuse(ctx, decoder, "Unterminated string starting at", start - 1);
            return -1;
        }
        unsigned char c = (unsigned char)*p;
        if (c == '"')
            break;
        if (c < 0x20) {
            refuse(ctx, decoder, "Invalid control character at", p);
            return -1;
        }
        if (c == '\\') {
            string->has_escapes = true;
            p++;
        }
        bits |= c;
    }
    decoder->cursor = p + 1;
    string->start = start;
    string->length = (size_t)(p - start);
    string->is_ascii = bits < 0x80;
    return 0;
}

static int hex_unit(const char *p, const char *end, uint32_t *unit) {
    *unit = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return -1;
        *unit = *unit << 4 | digit;
    }
    return 0;
}

static char *write_utf8(char *out, uint32_t c) {
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    *out++ = (char)((0xFF00u >> (more + 1) & 0xFF) | c >> (6 * more));
    while (more-- > 0)
        *out++ = (char)(0x80 | (c >> (6 * more) & 0x3F));
    return out;
}

// Behind "\u". A pair of surrogates is one code point.
static int unescape_unit(HPyContext *ctx, const Decoder *decoder, const char **cursor,
                         const char *end, uint32_t *c) {
    const char *p = *cursor;
    uint32_t low;
    if (hex_unit(p, end, c) < 0) {
        refuse(ctx, decoder, "Invalid \\uXXXX escape", p - 1);
        return -1;
    }
    p += 4;
    if (*c >> 10 == 0xD800 >> 10 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
        hex_unit(p + 2, end, &low) == 0 && low >> 10 == 0xDC00 >> 10) {
        *c = 0x10000 + ((*c - 0xD800) << 10) + (low - 0xDC00);
        p += 6;
    }
    *cursor = p;
    return 0;
}

// Behind the backslash.
static int unescape(HPyContext *ctx, const Decoder *decoder, const char **cursor, const char *end,
                    uint32_t *c) {
    switch (*(*cursor)++) {
    case '"': *c = '"'; return 0;
    case '\\': *c = '\\'; return 0;
    case '/': *c = '/'; return 0;
    case 'b': *c = '\b'; return 0;
    case 'f': *c = '\f'; return 0;
    case 'n': *c = '\n'; return 0;
    case 'r': *c = '\r'; return 0;
    case 't': *c = '\t'; return 0;
    case 'u': return unescape_unit(ctx, decoder, cursor, end, c);
    default: refuse(ctx, decoder, "Invalid \\escape", *cursor - 2); return -1;
    }
}

static HPy decode_utf8(HPyContext *ctx, const char *start, size_t length) {
    // HPyUnicode_FromString takes neither a NUL nor a lone surrogate.
    HPy bytes = HPyBytes_FromStringAndSize(ctx, start, (HPy_ssize_t)length);
    if (HPy_IsNull(bytes))
        return HPy_NULL;
    HPy text = HPyUnicode_FromEncodedObject(ctx, bytes, "utf-8", "surrogatepass");
    HPy_Close(ctx, bytes);
    return text;
}

static HPy make_unescaped(HPyContext *ctx, Decoder *decoder, const String *string) {
    if (decoder->buffer == NULL) {
        // No escape is shorter than what it stands for.
        decoder->buffer = malloc((size_t)(decoder->end - decoder->start));
        if (decoder->buffer == NULL)
            return HPyErr_NoMemory(ctx);
    }
    bool is_ascii = string->is_ascii;
    char *out = decoder->buffer;
    const char *end = string->start + string->length;
    for (const char *p = string->start; p < end;) {
        uint32_t c = 0;
        if (*p != '\\') {
            *out++ = *p++;
            continue;
        }
        p++;
        if (unescape(ctx, decoder, &p, end, &c) < 0)
            return HPy_NULL;
        is_ascii = is_ascii && c < 0x80;
        out = write_utf8(out, c);
    }
    size_t length = (size_t)(out - decoder->buffer);
    if (is_ascii)
        return HPyUnicode_DecodeASCII(ctx, decoder->buffer, (HPy_ssize_t)length, "strict");
    return decode_utf8(ctx, decoder->buffer, length);
}

static HPy make_string(HPyContext *ctx, Decoder *decoder, const String *string) {
    if (string->has_escapes)
        return make_unescaped(ctx, decoder, string);
    if (string->is_ascii)
        return HPyUnicode_DecodeASCII(ctx, string->start, (HPy_ssize_t)string->length, "strict");
    return decode_utf8(ctx, string->start, string->length);
}

static HPy read_string(HPyContext *ctx, Decoder *decoder) {
    String string;
    if (scan_string(ctx, decoder, &string) < 0)
        return HPy_NULL;
    return make_string(ctx, decoder, &string);
}

static HPy read_key(HPyContext *ctx, Decoder *decoder) {
    String string;
    if (scan_string(ctx, decoder, &string) < 0)
        return HPy_NULL;
    if (string.has_escapes || string.length == 0)
        return make_string(ctx, decoder, &string);
    const unsigned char *bytes = (const unsigned char *)string.start;
    Key *known =
        &decoder->keys[(31 * string.length + 7u * bytes[0] + bytes[string.length - 1]) % N_KEYS];
    if (known->length == string.length && memcmp(known->start, string.start, string.length) == 0)
        return HPy_Dup(ctx, known->key);
    HPy key = make_string(ctx, decoder, &string);
    if (HPy_IsNull(key))
        return HPy_NULL;
    if (known->length > 0)
        HPy_Close(ctx, known->key);
    *known = (Key){string.start, string.length, HPy_Dup(ctx, key)};
    return key;
}

// A float, or an int of any size: Python reads them without regard to the locale.
static HPy make_number(HPyContext *ctx, const char *start, const char *end, bool is_float) {
    HPy text = HPyUnicode_DecodeASCII(ctx, start, end - start, "strict");
    if (HPy_IsNull(text))
        return HPy_NULL;
    HPy number = is_float ? HPy_Float(ctx, text) : HPy_Long(ctx, text);
    HPy_Close(ctx, text);
    return number;
}

static HPy make_small(HPyContext *ctx, const char *p, const char *end) {
    bool negative = *p == '-';
    int64_t value = 0;
    for (p += negative; p < end; p++)
        value = 10 * value + (*p - '0');
    return HPyLong_FromInt64_t(ctx, negative ? -value : value);
}

static HPy read_number(HPyContext *ctx, Decoder *decoder) {
    const char *start = decoder->cursor;
    take(decoder, '-');
    const char *first = decoder->cursor;
    if (!take_digits(decoder)) {
        decoder->cursor = start;
        return refuse(ctx, decoder, "Expecting value", start);
    }
    if (*first == '0')
        decoder->cursor = first + 1;
    const char *end = decoder->cursor;
    bool is_float = false;
    if (take(decoder, '.') && take_digits(decoder)) {
        is_float = true;
        end = decoder->cursor;
    }
    decoder->cursor = end;
    if (take(decoder, 'e') || take(decoder, 'E')) {
        if (!take(decoder, '+'))
            take(decoder, '-');
        if (take_digits(decoder)) {
            is_float = true;
            end = decoder->cursor;
        }
    }
    decoder->cursor = end;
    return is_float || end - first > 18 ? make_number(ctx, start, end, is_float)
                                        : make_small(ctx, start, end);
}

// Behind the opening bracket.
static int fill_list(HPyContext *ctx, Decoder *decoder, HPy list, int depth) {
    skip_space(decoder);
    if (take(decoder, ']'))
        return 0;
    do {
        HPy value = read_value(ctx, decoder, depth);
        if (HPy_IsNull(value))
            return -1;
        int failed = HPyList_Append(ctx, list, value);
        HPy_Close(ctx, value);
        if (failed)
            return -1;
        skip_space(decoder);
    } while (take(decoder, ','));
    if (take(decoder, ']'))
        return 0;
    refuse(ctx, decoder, "Expecting ',' delimiter", decoder->cursor);
    return -1;
}

static int read_pair(HPyContext *ctx, Decoder *decoder, HPy dict, int depth) {
    skip_space(decoder);
    if (!take(decoder, '"')) {
        refuse(ctx, decoder, "Expecting property name enclosed in double quotes", decoder->cursor);
        return -1;
    }
    HPy key = read_key(ctx, decoder);
    if (HPy_IsNull(key))
        return -1;
    int failed = -1;
    skip_space(decoder);
    if (!take(decoder, ':')) {
        refuse(ctx, decoder, "Expecting ':' delimiter", decoder->cursor);
    } else {
        HPy value = read_value(ctx, decoder, depth);
        if (!HPy_IsNull(value)) {
            failed = HPy_SetItem(ctx, dict, key, value);
            HPy_Close(ctx, value);
        }
    }
    HPy_Close(ctx, key);
    return failed;
}

// Behind the opening brace.
static int fill_dict(HPyContext *ctx, Decoder *decoder, HPy dict, int depth) {
    skip_space(decoder);
    if (take(decoder, '}'))
        return 0;
    do {
        if (read_pair(ctx, decoder, dict, depth) < 0)
            return -1;
        skip_space(decoder);
    } while (take(decoder, ','));
    if (take(decoder, '}'))
        return 0;
    refuse(ctx, decoder, "Expecting ',' delimiter", decoder->cursor);
    return -1;
}

static HPy read_container(HPyContext *ctx, Decoder *decoder, bool is_list, int depth) {
    if (depth == DEEPEST)
        return HPyErr_SetString(ctx, ctx->h_RecursionError, "the text is nested too deeply");
    HPy container = is_list ? HPyList_New(ctx, 0) : HPyDict_New(ctx);
    if (HPy_IsNull(container))
        return HPy_NULL;
    int failed = is_list ? fill_list(ctx, decoder, container, depth + 1)
                         : fill_dict(ctx, decoder, container, depth + 1);
    if (!failed)
        return container;
    HPy_Close(ctx, container);
    return HPy_NULL;
}

static HPy read_value(HPyContext *ctx, Decoder *decoder, int depth) {
    skip_space(decoder);
    switch (decoder->cursor < decoder->end ? *decoder->cursor : '\0') {
    case '"': decoder->cursor++; return read_string(ctx, decoder);
    case '[': decoder->cursor++; return read_container(ctx, decoder, true, depth);
    case '{': decoder->cursor++; return read_container(ctx, decoder, false, depth);
    case 'n':
        if (take_word(decoder, "null", 4))
            return HPy_Dup(ctx, ctx->h_None);
        break;
    case 't':
        if (take_word(decoder, "true", 4))
            return HPy_Dup(ctx, ctx->h_True);
        break;
    case 'f':
        if (take_word(decoder, "false", 5))
            return HPy_Dup(ctx, ctx->h_False);
        break;
    case 'N':
        if (take_word(decoder, "NaN", 3))
            return HPyFloat_FromDouble(ctx, NAN);
        break;
    case 'I':
        if (take_word(decoder, "Infinity", 8))
            return HPyFloat_FromDouble(ctx, INFINITY);
        break;
    case '-':
        if (take_word(decoder, "-Infinity", 9))
            return HPyFloat_FromDouble(ctx, -INFINITY);
        break;
    default: break;
    }
    return read_number(ctx, decoder);
}

static HPy read_text(HPyContext *ctx, Decoder *decoder) {
    HPy value = read_value(ctx, decoder, 0);
    if (HPy_IsNull(value))
        return HPy_NULL;
    skip_space(decoder);
    if (decoder->cursor == decoder->end)
        return value;
    HPy_Close(ctx, value);
    return refuse(ctx, decoder, "Extra data", decoder->cursor);
}

HPyDef_METH(decode, "decode", HPyFunc_O);
static HPy decode_impl(HPyContext *ctx, HPy self, HPy text) {
    (void)self;
    HPy_ssize_t size;
    if (!HPyUnicode_Check(ctx, text))
        return HPyErr_SetString(ctx, ctx->h_TypeError, "text must be a str");
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, text, &size);
    if (utf8 == NULL)
        return HPy_NULL;
    Decoder decoder = {.start = utf8, .cursor = utf8, .end = utf8 + size};
    HPy value = read_text(ctx, &decoder);
    for (size_t i = 0; i < N_KEYS; i++)
        if (decoder.keys[i].length > 0)
            HPy_Close(ctx, decoder.keys[i].key);
    free(decoder.buffer);
    return value;
}

static HPyDef *module_defines[] = {&decode, NULL};

static HPyModuleDef module_def = {.defines = module_defines};

HPy_MODINIT(jsondecode, module_def)
