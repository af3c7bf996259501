/* A JSON encoder: what json.dumps(value, separators=(",", ":")) writes, into one growing buffer. */
#include "hpy.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DEEPEST 500

typedef struct {
    char *data;
    size_t length;
    size_t capacity;
} Buffer;

static int write_value(HPyContext *ctx, Buffer *buffer, HPy value, int depth);

// Room for that many bytes more; what is written there counts once the length is raised.
static char *reserve(HPyContext *ctx, Buffer *buffer, size_t more) {
    if (buffer->capacity - buffer->length < more) {
        size_t capacity = 2 * buffer->capacity + more;
        char *data = realloc(buffer->data, capacity);
        if (data == NULL) {
            HPyErr_NoMemory(ctx);
            return NULL;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->length;
}

static int write_bytes(HPyContext *ctx, Buffer *buffer, const char *bytes, size_t length) {
    char *out = reserve(ctx, buffer, length);
    if (out == NULL)
        return -1;
    memcpy(out, bytes, length);
    buffer->length += length;
    return 0;
}

static char *write_unit(char *out, uint32_t unit) {
    static const char digits[] = "0123456789abcdef";
    *out++ = '\\';
    *out++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *out++ = digits[unit >> shift & 0xF];
    return out;
}

static char *write_escape(char *out, uint32_t c) {
    static const char letters[][2] = {{'"', '"'},  {'\\', '\\'}, {'\n', 'n'}, {'\r', 'r'},
                                      {'\t', 't'}, {'\b', 'b'},  {'\f', 'f'}};
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        if ((unsigned char)letters[i][0] == c) {
            *out++ = '\\';
            *out++ = letters[i][1];
            return out;
        }
    }
    if (c < 0x10000)
        return write_unit(out, c);
    out = write_unit(out, 0xD800 + ((c - 0x10000) >> 10));
    return write_unit(out, 0xDC00 + (c & 0x3FF));
}

static char *write_code_point(char *out, uint32_t c) {
    if (c < 0x20 || c > 0x7E || c == '"' || c == '\\')
        return write_escape(out, c);
    *out = (char)c;
    return out + 1;
}

// Strings come from Python, so their UTF-8 is known to be well formed.
static uint32_t next_code_point(const unsigned char **cursor) {
    const unsigned char *p = *cursor;
    int more = p[0] < 0x80 ? 0 : p[0] < 0xE0 ? 1 : p[0] < 0xF0 ? 2 : 3;
    uint32_t value = more == 0 ? p[0] : p[0] & (0x3Fu >> more);
    for (int i = 1; i <= more; i++)
        value = value << 6 | (p[i] & 0x3Fu);
    *cursor = p + more + 1;
    return value;
}

// A str with a lone surrogate has no UTF-8.
static int write_by_index(HPyContext *ctx, Buffer *buffer, HPy text) {
    HPy_ssize_t length = HPy_Length(ctx, text);
    char *out = length < 0 ? NULL : reserve(ctx, buffer, 12 * (size_t)length + 2);
    if (out == NULL)
        return -1;
    *out++ = '"';
    for (HPy_ssize_t i = 0; i < length; i++)
        out = write_code_point(out, HPyUnicode_ReadChar(ctx, text, i));
    *out++ = '"';
    buffer->length = (size_t)(out - buffer->data);
    return 0;
}

static int write_text(HPyContext *ctx, Buffer *buffer, HPy text) {
    HPy_ssize_t size;
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, text, &size);
    if (utf8 == NULL) {
        if (!HPyErr_ExceptionMatches(ctx, ctx->h_UnicodeEncodeError))
            return -1;
        HPyErr_Clear(ctx);
        return write_by_index(ctx, buffer, text);
    }
    // No byte of UTF-8 becomes longer than an escape of six characters.
    char *out = reserve(ctx, buffer, 6 * (size_t)size + 2);
    if (out == NULL)
        return -1;
    const unsigned char *p = (const unsigned char *)utf8;
    const unsigned char *end = p + size;
    *out++ = '"';
    while (p < end)
        out = write_code_point(out, next_code_point(&p));
    *out++ = '"';
    buffer->length = (size_t)(out - buffer->data);
    return 0;
}

// Python's own form of a number, whatever a subclass makes of it.
static int write_number(HPyContext *ctx, Buffer *buffer, HPy number) {
    HPy text = HPy_IsNull(number) ? HPy_NULL : HPy_Repr(ctx, number);
    if (HPy_IsNull(text))
        return -1;
    HPy_ssize_t size;
    const char *characters = HPyUnicode_AsUTF8AndSize(ctx, text, &size);
    int failed = characters == NULL ? -1 : write_bytes(ctx, buffer, characters, (size_t)size);
    HPy_Close(ctx, text);
    return failed;
}

static int write_small(HPyContext *ctx, Buffer *buffer, int64_t value) {
    char digits[20];
    char *p = digits + sizeof(digits);
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0)
        *--p = '-';
    return write_bytes(ctx, buffer, p, (size_t)(digits + sizeof(digits) - p));
}

static int write_int(HPyContext *ctx, Buffer *buffer, HPy h) {
    int64_t value = HPyLong_AsInt64_t(ctx, h);
    if (value != -1 || !HPyErr_Occurred(ctx))
        return write_small(ctx, buffer, value);
    if (!HPyErr_ExceptionMatches(ctx, ctx->h_OverflowError))
        return -1;
    HPyErr_Clear(ctx);
    HPy number = HPy_Long(ctx, h);
    int failed = write_number(ctx, buffer, number);
    if (!HPy_IsNull(number))
        HPy_Close(ctx, number);
    return failed;
}

static int write_float(HPyContext *ctx, Buffer *buffer, HPy h) {
    double value = HPyFloat_AsDouble(ctx, h);
    if (isnan(value))
        return write_bytes(ctx, buffer, "NaN", 3);
    if (isinf(value))
        return value < 0 ? write_bytes(ctx, buffer, "-Infinity", 9)
                         : write_bytes(ctx, buffer, "Infinity", 8);
    HPy number = HPy_Float(ctx, h);
    int failed = write_number(ctx, buffer, number);
    if (!HPy_IsNull(number))
        HPy_Close(ctx, number);
    return failed;
}

// 1 if it was a number or a constant, 0 if it is something else, -1 on error.
static int write_scalar(HPyContext *ctx, Buffer *buffer, HPy h) {
    int failed;
    if (HPy_Is(ctx, h, ctx->h_None))
        failed = write_bytes(ctx, buffer, "null", 4);
    else if (HPy_Is(ctx, h, ctx->h_True))
        failed = write_bytes(ctx, buffer, "true", 4);
    else if (HPy_Is(ctx, h, ctx->h_False))
        failed = write_bytes(ctx, buffer, "false", 5);
    else if (HPy_TypeCheck(ctx, h, ctx->h_LongType))
        failed = write_int(ctx, buffer, h);
    else if (HPy_TypeCheck(ctx, h, ctx->h_FloatType))
        failed = write_float(ctx, buffer, h);
    else
        return 0;
    return failed < 0 ? -1 : 1;
}

static int refuse(HPyContext *ctx, HPy h, const char *format) {
    HPy type = HPy_Type(ctx, h);
    HPyErr_Format(ctx, ctx->h_TypeError, format, HPyType_GetName(ctx, type));
    HPy_Close(ctx, type);
    return -1;
}

static int write_key(HPyContext *ctx, Buffer *buffer, HPy key) {
    if (HPyUnicode_Check(ctx, key))
        return write_text(ctx, buffer, key);
    if (write_bytes(ctx, buffer, "\"", 1) < 0)
        return -1;
    int written = write_scalar(ctx, buffer, key);
    if (written == 0)
        return refuse(ctx, key, "keys must be str, int, float, bool or None, not %s");
    return written < 0 ? -1 : write_bytes(ctx, buffer, "\"", 1);
}

static int write_pair(HPyContext *ctx, Buffer *buffer, HPy dict, HPy key, int depth) {
    if (write_key(ctx, buffer, key) < 0 || write_bytes(ctx, buffer, ":", 1) < 0)
        return -1;
    HPy value = HPy_GetItem(ctx, dict, key);
    if (HPy_IsNull(value))
        return -1;
    int failed = write_value(ctx, buffer, value, depth);
    HPy_Close(ctx, value);
    return failed;
}

static int write_pairs(HPyContext *ctx, Buffer *buffer, HPy dict, HPy keys, int depth) {
    HPy_ssize_t length = HPy_Length(ctx, keys);
    for (HPy_ssize_t i = 0; i < length; i++) {
        if (i > 0 && write_bytes(ctx, buffer, ",", 1) < 0)
            return -1;
        HPy key = HPy_GetItem_i(ctx, keys, i);
        if (HPy_IsNull(key))
            return -1;
        int failed = write_pair(ctx, buffer, dict, key, depth);
        HPy_Close(ctx, key);
        if (failed)
            return -1;
    }
    return length < 0 ? -1 : 0;
}

static int write_dict(HPyContext *ctx, Buffer *buffer, HPy dict, int depth) {
    if (write_bytes(ctx, buffer, "{", 1) < 0)
        return -1;
    HPy keys = HPyDict_Keys(ctx, dict);
    if (HPy_IsNull(keys))
        return -1;
    int failed = write_pairs(ctx, buffer, dict, keys, depth);
    HPy_Close(ctx, keys);
    return failed ? -1 : write_bytes(ctx, buffer, "}", 1);
}

static int write_sequence(HPyContext *ctx, Buffer *buffer, HPy sequence, int depth) {
    HPy_ssize_t length = HPy_Length(ctx, sequence);
    if (length < 0 || write_bytes(ctx, buffer, "[", 1) < 0)
        return -1;
    for (HPy_ssize_t i = 0; i < length; i++) {
        if (i > 0 && write_bytes(ctx, buffer, ",", 1) < 0)
            return -1;
        HPy item = HPy_GetItem_i(ctx, sequence, i);
        if (HPy_IsNull(item))
            return -1;
        int failed = write_value(ctx, buffer, item, depth);
        HPy_Close(ctx, item);
        if (failed)
            return -1;
    }
    return write_bytes(ctx, buffer, "]", 1);
}

static int write_value(HPyContext *ctx, Buffer *buffer, HPy value, int depth) {
    if (HPyUnicode_Check(ctx, value))
        return write_text(ctx, buffer, value);
    int written = write_scalar(ctx, buffer, value);
    if (written != 0)
        return written < 0 ? -1 : 0;
    if (depth == DEEPEST) {
        HPyErr_SetString(ctx, ctx->h_RecursionError, "the value is nested too deeply");
        return -1;
    }
    if (HPyList_Check(ctx, value) || HPyTuple_Check(ctx, value))
        return write_sequence(ctx, buffer, value, depth + 1);
    if (HPyDict_Check(ctx, value))
        return write_dict(ctx, buffer, value, depth + 1);
    return refuse(ctx, value, "Object of type %s is not JSON serializable");
}

HPyDef_METH(encode, "encode", HPyFunc_O);
static HPy encode_impl(HPyContext *ctx, HPy self, HPy value) {
    (void)self;
    Buffer buffer = {0};
    HPy text = HPy_NULL;
    if (write_value(ctx, &buffer, value, 0) == 0)
        text = HPyUnicode_DecodeASCII(ctx, buffer.data, (HPy_ssize_t)buffer.length, "strict");
    free(buffer.data);
    return text;
}

static HPyDef *module_defines[] = {&encode, NULL};

static HPyModuleDef module_def = {.defines = module_defines};

HPy_MODINIT(jsonencode, module_def)
