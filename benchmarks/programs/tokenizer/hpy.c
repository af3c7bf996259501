/* The tokens of a language that looks like Python: a list of (kind, text, line, column). */
#include "hpy.h"

#include <string.h>

#define N_TEXTS 256
#define LONGEST_TEXT 24

typedef enum { NAME, KEYWORD, NUMBER, STRING, OPERATOR, COMMENT, NEWLINE, N_KINDS } Kind;

static HPyGlobal kind_name, kind_keyword, kind_number, kind_string, kind_operator, kind_comment,
    kind_newline;
static HPyGlobal *const kind_globals[N_KINDS] = {&kind_name,   &kind_keyword,  &kind_number,
                                                 &kind_string, &kind_operator, &kind_comment,
                                                 &kind_newline};
static const char *const kind_names[N_KINDS] = {"name",     "keyword", "number", "string",
                                                "operator", "comment", "newline"};

// A text that was read before, and where: the same bytes are the same str.
typedef struct {
    const char *start;
    size_t length;
    HPy text;
} Text;

typedef struct {
    const char *cursor, *end;
    const char *line_start;
    HPy_ssize_t line;
    HPy_ssize_t line_shift; // bytes of the line so far that are no code points
    HPy kinds[N_KINDS];
    Text texts[N_TEXTS];
} Reader;

typedef struct {
    Kind kind;
    const char *start;
    size_t length;
} Token;

static HPy_ssize_t column_of(const Reader *reader, const char *at) {
    return at - reader->line_start - reader->line_shift;
}

static int refuse(HPyContext *ctx, const Reader *reader, const char *problem, const char *at) {
    HPyErr_Format(ctx, ctx->h_ValueError, "line %zd, column %zd: %s", reader->line,
                  column_of(reader, at), problem);
    return -1;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_keyword(const char *start, size_t length) {
    static const char *const keywords[] = {"and",    "def",   "elif", "else",  "for",
                                           "if",     "in",    "not",  "or",    "pass",
                                           "return", "while", "True", "False", "None"};
    if (length < 2 || length > 6)
        return false;
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
        if (keywords[i][0] == *start && strlen(keywords[i]) == length &&
            memcmp(keywords[i], start, length) == 0)
            return true;
    return false;
}

static const char *name_end(const char *p, const char *end) {
    while (p < end && (is_name_start(*p) || is_digit(*p)))
        p++;
    return p;
}

static const char *digits_end(const char *p, const char *end) {
    while (p < end && is_digit(*p))
        p++;
    return p;
}

static const char *number_end(const char *p, const char *end) {
    p = digits_end(p, end);
    if (p < end && *p == '.')
        p = digits_end(p + 1, end);
    if (p < end && (*p == 'e' || *p == 'E')) {
        const char *exponent = p + 1;
        exponent += exponent < end && (*exponent == '+' || *exponent == '-');
        if (exponent < end && is_digit(*exponent))
            p = digits_end(exponent, end);
    }
    return p;
}

// The end of a string on its line, or NULL.
static const char *string_end(const char *p, const char *end) {
    char quote = *p++;
    for (; p < end && *p != '\n'; p++) {
        if (*p == quote)
            return p + 1;
        if (*p == '\\' && p + 1 < end && p[1] != '\n')
            p++;
    }
    return NULL;
}

static size_t operator_length(const char *p, const char *end) {
    char next = p + 1 < end ? p[1] : '\0';
    switch (*p) {
    case '*':
    case '/':
    case '<':
    case '>':
        if (next == *p)
            return p + 2 < end && p[2] == '=' ? 3 : 2;
        return next == '=' ? 2 : 1;
    case '-': return next == '=' || next == '>' ? 2 : 1;
    case '+':
    case '%':
    case '&':
    case '|':
    case '^':
    case '=': return next == '=' ? 2 : 1;
    case '!': return next == '=' ? 2 : 0;
    case '(':
    case ')':
    case '[':
    case ']':
    case '{':
    case '}':
    case ',':
    case ':':
    case '.':
    case ';':
    case '@':
    case '~': return 1;
    default: return 0;
    }
}

static int scan_token(HPyContext *ctx, const Reader *reader, Token *token) {
    const char *p = reader->cursor;
    const char *stop;
    char c = *p;
    if (is_name_start(c)) {
        stop = name_end(p, reader->end);
        token->kind = is_keyword(p, (size_t)(stop - p)) ? KEYWORD : NAME;
    } else if (is_digit(c)) {
        stop = number_end(p, reader->end);
        token->kind = NUMBER;
    } else if (c == '"' || c == '\'') {
        stop = string_end(p, reader->end);
        token->kind = STRING;
        if (stop == NULL)
            return refuse(ctx, reader, "unterminated string", p);
    } else if (c == '#') {
        stop = memchr(p, '\n', (size_t)(reader->end - p));
        stop = stop == NULL ? reader->end : stop;
        token->kind = COMMENT;
    } else if (c == '\n') {
        stop = p + 1;
        token->kind = NEWLINE;
    } else {
        stop = p + operator_length(p, reader->end);
        token->kind = OPERATOR;
        if (stop == p)
            return refuse(ctx, reader, "unexpected character", p);
    }
    token->start = p;
    token->length = (size_t)(stop - p);
    return 0;
}

// Bytes of a token that are no code points of their own.
static HPy_ssize_t count_continuation(const Token *token) {
    HPy_ssize_t count = 0;
    if (token->kind == STRING || token->kind == COMMENT)
        for (size_t i = 0; i < token->length; i++)
            count += (token->start[i] & 0xC0) == 0x80;
    return count;
}

static HPy make_text(HPyContext *ctx, const Token *token, bool is_ascii) {
    if (is_ascii)
        return HPyUnicode_DecodeASCII(ctx, token->start, (HPy_ssize_t)token->length, "strict");
    // HPyUnicode_FromString would stop at a NUL, which is a legal code point of a string.
    HPy bytes = HPyBytes_FromStringAndSize(ctx, token->start, (HPy_ssize_t)token->length);
    if (HPy_IsNull(bytes))
        return HPy_NULL;
    HPy text = HPyUnicode_FromEncodedObject(ctx, bytes, "utf-8", "strict");
    HPy_Close(ctx, bytes);
    return text;
}

static HPy find_text(HPyContext *ctx, Reader *reader, const Token *token, bool is_ascii) {
    if (token->length > LONGEST_TEXT)
        return make_text(ctx, token, is_ascii);
    size_t hash = token->length;
    for (size_t i = 0; i < token->length; i++)
        hash = 31 * hash + (unsigned char)token->start[i];
    Text *known = &reader->texts[hash % N_TEXTS];
    if (known->length == token->length && memcmp(known->start, token->start, token->length) == 0)
        return HPy_Dup(ctx, known->text);
    HPy text = make_text(ctx, token, is_ascii);
    if (HPy_IsNull(text))
        return HPy_NULL;
    if (known->length > 0)
        HPy_Close(ctx, known->text);
    *known = (Text){token->start, token->length, HPy_Dup(ctx, text)};
    return text;
}

static HPy make_tuple(HPyContext *ctx, const Reader *reader, const Token *token, HPy text) {
    HPy tuple = HPy_NULL;
    HPy line = HPyLong_FromSsize_t(ctx, reader->line);
    if (HPy_IsNull(line))
        return HPy_NULL;
    HPy column = HPyLong_FromSsize_t(ctx, column_of(reader, token->start));
    if (!HPy_IsNull(column)) {
        tuple = HPyTuple_Pack(ctx, 4, reader->kinds[token->kind], text, line, column);
        HPy_Close(ctx, column);
    }
    HPy_Close(ctx, line);
    return tuple;
}

static int append_token(HPyContext *ctx, Reader *reader, HPy tokens, const Token *token,
                        bool is_ascii) {
    HPy text = find_text(ctx, reader, token, is_ascii);
    if (HPy_IsNull(text))
        return -1;
    HPy tuple = make_tuple(ctx, reader, token, text);
    HPy_Close(ctx, text);
    if (HPy_IsNull(tuple))
        return -1;
    int failed = HPyList_Append(ctx, tokens, tuple);
    HPy_Close(ctx, tuple);
    return failed;
}

static int read_token(HPyContext *ctx, Reader *reader, HPy tokens) {
    Token token;
    if (scan_token(ctx, reader, &token) < 0)
        return -1;
    HPy_ssize_t continuation = count_continuation(&token);
    if (append_token(ctx, reader, tokens, &token, continuation == 0) < 0)
        return -1;
    reader->cursor += token.length;
    reader->line_shift += continuation;
    if (token.kind == NEWLINE) {
        reader->line++;
        reader->line_start = reader->cursor;
        reader->line_shift = 0;
    }
    return 0;
}

static HPy read_tokens(HPyContext *ctx, Reader *reader) {
    HPy tokens = HPyList_New(ctx, 0);
    if (HPy_IsNull(tokens))
        return HPy_NULL;
    while (reader->cursor < reader->end) {
        if (*reader->cursor == ' ' || *reader->cursor == '\t') {
            reader->cursor++;
        } else if (read_token(ctx, reader, tokens) < 0) {
            HPy_Close(ctx, tokens);
            return HPy_NULL;
        }
    }
    return tokens;
}

HPyDef_METH(tokenize, "tokenize", HPyFunc_O);
static HPy tokenize_impl(HPyContext *ctx, HPy self, HPy source) {
    (void)self;
    HPy_ssize_t size;
    if (!HPyUnicode_Check(ctx, source))
        return HPyErr_SetString(ctx, ctx->h_TypeError, "source must be a str");
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, source, &size);
    if (utf8 == NULL)
        return HPy_NULL;
    Reader reader = {.cursor = utf8, .end = utf8 + size, .line_start = utf8, .line = 1};
    for (int kind = 0; kind < N_KINDS; kind++)
        reader.kinds[kind] = HPyGlobal_Load(ctx, *kind_globals[kind]);
    HPy tokens = read_tokens(ctx, &reader);
    for (int kind = 0; kind < N_KINDS; kind++)
        HPy_Close(ctx, reader.kinds[kind]);
    for (int i = 0; i < N_TEXTS; i++)
        if (reader.texts[i].length > 0)
            HPy_Close(ctx, reader.texts[i].text);
    return tokens;
}

HPyDef_SLOT(module_exec, HPy_mod_exec);
static int module_exec_impl(HPyContext *ctx, HPy module) {
    (void)module;
    for (int kind = 0; kind < N_KINDS; kind++) {
        HPy name = HPyUnicode_FromString(ctx, kind_names[kind]);
        if (HPy_IsNull(name))
            return -1;
        HPyGlobal_Store(ctx, kind_globals[kind], name);
        HPy_Close(ctx, name);
    }
    return 0;
}

static HPyDef *module_defines[] = {&module_exec, &tokenize, NULL};
static HPyGlobal *module_globals[] = {&kind_name,     &kind_keyword, &kind_number,  &kind_string,
                                      &kind_operator, &kind_comment, &kind_newline, NULL};

static HPyModuleDef module_def = {.defines = module_defines, .globals = module_globals};

HPy_MODINIT(tokenizer, module_def)
