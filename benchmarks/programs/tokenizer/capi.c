/* hpy.c written for the C API. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <string.h>

#define N_TEXTS 256
#define LONGEST_TEXT 24

typedef enum { NAME, KEYWORD, NUMBER, STRING, OPERATOR, COMMENT, NEWLINE, N_KINDS } Kind;

static PyObject *kinds[N_KINDS];
static const char *const kind_names[N_KINDS] = {"name",     "keyword", "number", "string",
                                                "operator", "comment", "newline"};

// A text that was read before, and where: the same bytes are the same str.
typedef struct {
    const char *start;
    size_t length;
    PyObject *text;
} Text;

typedef struct {
    const char *cursor, *end;
    const char *line_start;
    Py_ssize_t line;
    Py_ssize_t line_shift; // bytes of the line so far that are no code points
    Text texts[N_TEXTS];
} Reader;

typedef struct {
    Kind kind;
    const char *start;
    size_t length;
} Token;

static Py_ssize_t column_of(const Reader *reader, const char *at) {
    return at - reader->line_start - reader->line_shift;
}

static int refuse(const Reader *reader, const char *problem, const char *at) {
    PyErr_Format(PyExc_ValueError, "line %zd, column %zd: %s", reader->line, column_of(reader, at),
                 problem);
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

static int scan_token(const Reader *reader, Token *token) {
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
            return refuse(reader, "unterminated string", p);
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
            return refuse(reader, "unexpected character", p);
    }
    token->start = p;
    token->length = (size_t)(stop - p);
    return 0;
}

// Bytes of a token that are no code points of their own.
static Py_ssize_t count_continuation(const Token *token) {
    Py_ssize_t count = 0;
    if (token->kind == STRING || token->kind == COMMENT)
        for (size_t i = 0; i < token->length; i++)
            count += (token->start[i] & 0xC0) == 0x80;
    return count;
}

// One character is one of the str that CPython keeps; the rest is made and filled in place.
static PyObject *make_text(const Token *token, bool is_ascii) {
    if (token->length < 2 || !is_ascii)
        return PyUnicode_DecodeUTF8(token->start, (Py_ssize_t)token->length, NULL);
    PyObject *text = PyUnicode_New((Py_ssize_t)token->length, 127);
    if (text != NULL)
        memcpy(PyUnicode_1BYTE_DATA(text), token->start, token->length);
    return text;
}

static PyObject *find_text(Reader *reader, const Token *token, bool is_ascii) {
    if (token->length > LONGEST_TEXT)
        return make_text(token, is_ascii);
    size_t hash = token->length;
    for (size_t i = 0; i < token->length; i++)
        hash = 31 * hash + (unsigned char)token->start[i];
    Text *known = &reader->texts[hash % N_TEXTS];
    if (known->length == token->length && memcmp(known->start, token->start, token->length) == 0) {
        Py_INCREF(known->text);
        return known->text;
    }
    PyObject *text = make_text(token, is_ascii);
    if (text == NULL)
        return NULL;
    Py_XDECREF(known->text);
    Py_INCREF(text);
    *known = (Text){token->start, token->length, text};
    return text;
}

// Takes over the reference to the text.
static PyObject *make_tuple(const Reader *reader, const Token *token, PyObject *text) {
    PyObject *line = PyLong_FromSsize_t(reader->line);
    PyObject *column = PyLong_FromSsize_t(column_of(reader, token->start));
    PyObject *tuple = line == NULL || column == NULL ? NULL : PyTuple_New(4);
    if (tuple == NULL) {
        Py_DECREF(text);
        Py_XDECREF(line);
        Py_XDECREF(column);
        return NULL;
    }
    Py_INCREF(kinds[token->kind]);
    PyTuple_SET_ITEM(tuple, 0, kinds[token->kind]);
    PyTuple_SET_ITEM(tuple, 1, text);
    PyTuple_SET_ITEM(tuple, 2, line);
    PyTuple_SET_ITEM(tuple, 3, column);
    return tuple;
}

static int append_token(Reader *reader, PyObject *tokens, const Token *token, bool is_ascii) {
    PyObject *text = find_text(reader, token, is_ascii);
    if (text == NULL)
        return -1;
    PyObject *tuple = make_tuple(reader, token, text);
    if (tuple == NULL)
        return -1;
    int failed = PyList_Append(tokens, tuple);
    Py_DECREF(tuple);
    return failed;
}

static int read_token(Reader *reader, PyObject *tokens) {
    Token token;
    if (scan_token(reader, &token) < 0)
        return -1;
    Py_ssize_t continuation = count_continuation(&token);
    if (append_token(reader, tokens, &token, continuation == 0) < 0)
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

static PyObject *read_tokens(Reader *reader) {
    PyObject *tokens = PyList_New(0);
    if (tokens == NULL)
        return NULL;
    while (reader->cursor < reader->end) {
        if (*reader->cursor == ' ' || *reader->cursor == '\t') {
            reader->cursor++;
        } else if (read_token(reader, tokens) < 0) {
            Py_DECREF(tokens);
            return NULL;
        }
    }
    return tokens;
}

static PyObject *tokenize(PyObject *Py_UNUSED(self), PyObject *source) {
    if (!PyUnicode_Check(source)) {
        PyErr_SetString(PyExc_TypeError, "source must be a str");
        return NULL;
    }
    Py_ssize_t size;
    const char *utf8 = PyUnicode_AsUTF8AndSize(source, &size);
    if (utf8 == NULL)
        return NULL;
    Reader reader = {.cursor = utf8, .end = utf8 + size, .line_start = utf8, .line = 1};
    PyObject *tokens = read_tokens(&reader);
    for (int i = 0; i < N_TEXTS; i++)
        Py_XDECREF(reader.texts[i].text);
    return tokens;
}

static PyMethodDef methods[] = {
    {"tokenize", tokenize, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static int module_exec(PyObject *Py_UNUSED(module)) {
    for (int kind = 0; kind < N_KINDS; kind++)
        if ((kinds[kind] = PyUnicode_InternFromString(kind_names[kind])) == NULL)
            return -1;
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)module_exec}, {0, NULL}};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "tokenizer",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_tokenizer(void);
PyMODINIT_FUNC PyInit_tokenizer(void) {
    return PyModuleDef_Init(&module_def);
}
