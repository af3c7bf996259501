/*
 * csvparse - comma-separated values with their types.
 *
 * Shows a parser over bytes: a cursor in C, records of a length not known in advance, numbers
 * of any size made by Python itself, and errors which name the line.
 *
 *     hpybc compile examples/csvparse.c -o csvparse.bc
 */
#include "hpy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *cursor, *end;
    size_t line;
    char delimiter;
} Reader;

typedef struct {
    const char *start; // without the quotes
    size_t length;
    size_t line;
    bool quoted, has_doubled_quotes;
} Field;

typedef struct {
    HPy *items;
    HPy_ssize_t length;
    HPy_ssize_t capacity;
} Record;

static int raise_at(HPyContext *ctx, size_t line, const char *problem) {
    char message[96];
    snprintf(message, sizeof(message), "line %llu: %s", (unsigned long long)line, problem);
    HPyErr_SetString(ctx, ctx->h_ValueError, message);
    return -1;
}

// The length of the line break at the cursor, 0 if there is none. A lone CR is not one.
static size_t line_break(const Reader *reader) {
    const char *p = reader->cursor;
    if (p < reader->end && *p == '\n')
        return 1;
    return reader->end - p >= 2 && p[0] == '\r' && p[1] == '\n' ? 2 : 0;
}

static bool at_field_end(const Reader *reader) {
    const char *p = reader->cursor;
    return p == reader->end || *p == reader->delimiter || line_break(reader) > 0;
}

static int scan_quoted(HPyContext *ctx, Reader *reader, Field *field) {
    const char *p = ++reader->cursor;
    field->start = p;
    for (; p < reader->end; p++) {
        if (*p == '\n') {
            reader->line++;
        } else if (*p == '"') {
            if (p + 1 == reader->end || p[1] != '"')
                break;
            field->has_doubled_quotes = true;
            p++;
        }
    }
    if (p == reader->end)
        return raise_at(ctx, field->line, "unterminated quote");
    field->length = (size_t)(p - field->start);
    reader->cursor = p + 1;
    if (!at_field_end(reader))
        return raise_at(ctx, reader->line, "text after a closing quote");
    return 0;
}

static int scan_field(HPyContext *ctx, Reader *reader, Field *field) {
    *field = (Field){.start = reader->cursor, .line = reader->line};
    field->quoted = reader->cursor < reader->end && *reader->cursor == '"';
    if (field->quoted)
        return scan_quoted(ctx, reader, field);
    while (!at_field_end(reader))
        reader->cursor++;
    field->length = (size_t)(reader->cursor - field->start);
    return 0;
}

static bool take_digits(const char **p, const char *end) {
    const char *start = *p;
    while (*p < end && **p >= '0' && **p <= '9')
        ++*p;
    return *p > start;
}

static bool take(const char **p, const char *end, char a, char b) {
    bool found = *p < end && (**p == a || **p == b);
    *p += found;
    return found;
}

typedef enum { KIND_TEXT, KIND_INTEGER, KIND_FLOAT } Kind;

// Numbers are those of JSON. This leaves "007" and "+49" alone, which are rather codes or
// telephone numbers, and "nan", which is rather a name.
static Kind classify(const char *p, const char *end) {
    take(&p, end, '-', '-');
    const char *first = p;
    if (!take_digits(&p, end) || (*first == '0' && p - first > 1))
        return KIND_TEXT;
    const char *integer_end = p;
    if (take(&p, end, '.', '.') && !take_digits(&p, end))
        return KIND_TEXT;
    if (take(&p, end, 'e', 'E')) {
        take(&p, end, '+', '-');
        if (!take_digits(&p, end))
            return KIND_TEXT;
    }
    if (p < end)
        return KIND_TEXT;
    return p == integer_end ? KIND_INTEGER : KIND_FLOAT;
}

// Python reads integers of any size, and floats without regard to the locale of strtod.
static HPy make_number(HPyContext *ctx, const Field *field, Kind kind) {
    HPy text = HPyUnicode_DecodeASCII(ctx, field->start, (HPy_ssize_t)field->length, "strict");
    if (HPy_IsNull(text))
        return HPy_NULL;
    HPy number = kind == KIND_INTEGER ? HPy_Long(ctx, text) : HPy_Float(ctx, text);
    HPy_Close(ctx, text);
    return number;
}

static bool is_ascii(const char *p, size_t length) {
    unsigned char bits = 0;
    for (size_t i = 0; i < length; i++)
        bits |= (unsigned char)p[i];
    return bits < 0x80;
}

static HPy make_text(HPyContext *ctx, const char *p, size_t length) {
    if (is_ascii(p, length))
        return HPyUnicode_DecodeASCII(ctx, p, (HPy_ssize_t)length, "strict");
    // HPyUnicode_FromString would stop at a NUL, which is a legal code point of a field.
    HPy bytes = HPyBytes_FromStringAndSize(ctx, p, (HPy_ssize_t)length);
    if (HPy_IsNull(bytes))
        return HPy_NULL;
    HPy text = HPyUnicode_FromEncodedObject(ctx, bytes, "utf-8", "strict");
    HPy_Close(ctx, bytes);
    return text;
}

static HPy make_unescaped(HPyContext *ctx, const Field *field) {
    char *buffer = malloc(field->length);
    if (buffer == NULL)
        return HPyErr_NoMemory(ctx);
    size_t length = 0;
    for (size_t i = 0; i < field->length; i++) {
        buffer[length++] = field->start[i];
        // Quotes within a quoted field come in pairs.
        if (field->start[i] == '"')
            i++;
    }
    HPy text = make_text(ctx, buffer, length);
    free(buffer);
    return text;
}

static HPy make_value(HPyContext *ctx, const Field *field) {
    Kind kind = field->quoted ? KIND_TEXT : classify(field->start, field->start + field->length);
    HPy value = kind != KIND_TEXT           ? make_number(ctx, field, kind)
                : field->has_doubled_quotes ? make_unescaped(ctx, field)
                                            : make_text(ctx, field->start, field->length);
    // UnicodeDecodeError is a ValueError, and so is the error for more digits than Python's limit.
    if (HPy_IsNull(value) && HPyErr_ExceptionMatches(ctx, ctx->h_ValueError)) {
        HPyErr_Clear(ctx);
        raise_at(ctx, field->line, kind == KIND_TEXT ? "invalid UTF-8" : "too many digits");
    }
    return value;
}

static int reserve(HPyContext *ctx, Record *record) {
    if (record->length < record->capacity)
        return 0;
    record->capacity = record->capacity * 2 + 16;
    HPy *items = realloc(record->items, (size_t)record->capacity * sizeof(*items));
    if (items == NULL) {
        HPyErr_NoMemory(ctx);
        return -1;
    }
    record->items = items;
    return 0;
}

// Reads up to and including the line break. What was read stays in the record on error, too.
static int read_record(HPyContext *ctx, Reader *reader, Record *record) {
    // An empty line is a record without fields, as it is for Python's csv module.
    bool more = line_break(reader) == 0;
    while (more) {
        Field field;
        if (reserve(ctx, record) < 0 || scan_field(ctx, reader, &field) < 0)
            return -1;
        HPy value = make_value(ctx, &field);
        if (HPy_IsNull(value))
            return -1;
        record->items[record->length++] = value;
        more = reader->cursor < reader->end && *reader->cursor == reader->delimiter;
        reader->cursor += more;
    }
    reader->line += reader->cursor < reader->end;
    reader->cursor += line_break(reader);
    return 0;
}

static int append_row(HPyContext *ctx, HPy rows, Record *record) {
    HPy row = HPyTuple_FromArray(ctx, record->items, record->length);
    if (HPy_IsNull(row))
        return -1;
    int failed = HPyList_Append(ctx, rows, row);
    HPy_Close(ctx, row);
    return failed;
}

static HPy parse_rows(HPyContext *ctx, Reader *reader) {
    HPy rows = HPyList_New(ctx, 0);
    if (HPy_IsNull(rows))
        return HPy_NULL;
    Record record = {0};
    bool failed = false;
    while (!failed && reader->cursor < reader->end) {
        failed = read_record(ctx, reader, &record) < 0 || append_row(ctx, rows, &record) < 0;
        // The row has references of its own; the array serves for the next record, too.
        while (record.length > 0)
            HPy_Close(ctx, record.items[--record.length]);
    }
    free(record.items);
    if (!failed)
        return rows;
    HPy_Close(ctx, rows);
    return HPy_NULL;
}

// The delimiter, or NUL on error.
static char read_delimiter(HPyContext *ctx, HPy h) {
    if (HPy_IsNull(h))
        return ',';
    HPy_ssize_t size;
    const char *utf8 = HPyUnicode_Check(ctx, h) ? HPyUnicode_AsUTF8AndSize(ctx, h, &size) : NULL;
    // strchr finds the NUL at the end of its first argument, too.
    if (utf8 != NULL && size == 1 && strchr("\"\r\n", *utf8) == NULL)
        return *utf8;
    if (!HPyErr_Occurred(ctx))
        HPyErr_SetString(ctx, utf8 == NULL ? ctx->h_TypeError : ctx->h_ValueError,
                         "delimiter must be an ASCII character, but no NUL, quote or line break");
    return '\0';
}

static HPy parse_data(HPyContext *ctx, HPy data, HPy delimiter) {
    if (!HPyBytes_Check(ctx, data))
        return HPyErr_SetString(ctx, ctx->h_TypeError, "data must be bytes");
    Reader reader = {.line = 1, .delimiter = read_delimiter(ctx, delimiter)};
    if (reader.delimiter == '\0')
        return HPy_NULL;
    HPy_ssize_t size = HPyBytes_Size(ctx, data);
    reader.cursor = HPyBytes_AsString(ctx, data);
    if (size < 0 || reader.cursor == NULL)
        return HPy_NULL;
    reader.end = reader.cursor + size;
    return parse_rows(ctx, &reader);
}

HPyDef_METH(parse, "parse", HPyFunc_KEYWORDS,
            .doc = "parse(data, *, delimiter=',')\n--\n\n"
                   "List of the records of UTF-8 encoded comma-separated values (RFC 4180), each\n"
                   "a tuple. Records end with LF or CRLF. An unquoted field which is a number in\n"
                   "the grammar of JSON becomes an int, or a float if it has a fraction or an\n"
                   "exponent; all others are str. ValueError names the line of a wrong field.");
static HPy parse_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    (void)self;
    static const char *keywords[] = {"data", "delimiter", NULL};
    HPyTracker tracker;
    HPy data;
    HPy delimiter = HPy_NULL;
    if (!HPyArg_ParseKeywords(ctx, &tracker, args, nargs, kwnames, "O|$O:parse", keywords, &data,
                              &delimiter))
        return HPy_NULL;
    HPy result = parse_data(ctx, data, delimiter);
    HPyTracker_Close(ctx, tracker);
    return result;
}

static HPyDef *module_defines[] = {&parse, NULL};

static HPyModuleDef module_def = {
    .doc = "Comma-separated values with their types.",
    .defines = module_defines,
};

HPy_MODINIT(csvparse, module_def)
