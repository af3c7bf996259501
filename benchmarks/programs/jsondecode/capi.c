/* hpy.c written for the C API. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DEEPEST 500
#define N_KEYS 64

// A key that was read before, and where: the same bytes are the same str.
typedef struct {
    const char *start;
    size_t length;
    PyObject *key;
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

static PyObject *read_value(Decoder *decoder, int depth);

// Python counts code points, which have one byte each that is no continuation byte.
static PyObject *refuse(const Decoder *decoder, const char *problem, const char *at) {
    Py_ssize_t line = 1, position = 0, line_start = 0;
    for (const char *p = decoder->start; p < at; p++) {
        position += (*p & 0xC0) != 0x80;
        if (*p == '\n') {
            line++;
            line_start = position;
        }
    }
    return PyErr_Format(PyExc_ValueError, "%s: line %zd column %zd (char %zd)", problem, line,
                        position - line_start + 1, position);
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
static int scan_string(Decoder *decoder, String *string) {
    unsigned char bits = 0;
    const char *start = decoder->cursor;
    const char *p = start;
    string->has_escapes = false;
    for (;; p++) {
        if (p >= decoder->end) {
            refuse(decoder, "Unterminated string starting at", start - 1);
            return -1;
        }
        unsigned char c = (unsigned char)*p;
        if (c == '"')
            break;
        if (c < 0x20) {
            refuse(decoder, "Invalid control character at", p);
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
static int unescape_unit(const Decoder *decoder, const char **cursor, const char *end,
                         uint32_t *c) {
    const char *p = *cursor;
    uint32_t low;
    if (hex_unit(p, end, c) < 0) {
        refuse(decoder, "Invalid \\uXXXX escape", p - 1);
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
static int unescape(const Decoder *decoder, const char **cursor, const char *end, uint32_t *c) {
    switch (*(*cursor)++) {
    case '"': *c = '"'; return 0;
    case '\\': *c = '\\'; return 0;
    case '/': *c = '/'; return 0;
    case 'b': *c = '\b'; return 0;
    case 'f': *c = '\f'; return 0;
    case 'n': *c = '\n'; return 0;
    case 'r': *c = '\r'; return 0;
    case 't': *c = '\t'; return 0;
    case 'u': return unescape_unit(decoder, cursor, end, c);
    default: refuse(decoder, "Invalid \\escape", *cursor - 2); return -1;
    }
}

// One character is one of the str that CPython keeps; the rest is made and filled in place.
static PyObject *decode_ascii(const char *start, size_t length) {
    if (length < 2)
        return PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, start, (Py_ssize_t)length);
    PyObject *text = PyUnicode_New((Py_ssize_t)length, 127);
    if (text != NULL)
        memcpy(PyUnicode_1BYTE_DATA(text), start, length);
    return text;
}

static PyObject *decode_utf8(const char *start, size_t length) {
    return PyUnicode_DecodeUTF8(start, (Py_ssize_t)length, "surrogatepass");
}

static PyObject *make_unescaped(Decoder *decoder, const String *string) {
    if (decoder->buffer == NULL) {
        // No escape is shorter than what it stands for.
        decoder->buffer = malloc((size_t)(decoder->end - decoder->start));
        if (decoder->buffer == NULL)
            return PyErr_NoMemory();
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
        if (unescape(decoder, &p, end, &c) < 0)
            return NULL;
        is_ascii = is_ascii && c < 0x80;
        out = write_utf8(out, c);
    }
    size_t length = (size_t)(out - decoder->buffer);
    if (is_ascii)
        return decode_ascii(decoder->buffer, length);
    return decode_utf8(decoder->buffer, length);
}

static PyObject *make_string(Decoder *decoder, const String *string) {
    if (string->has_escapes)
        return make_unescaped(decoder, string);
    if (string->is_ascii)
        return decode_ascii(string->start, string->length);
    return decode_utf8(string->start, string->length);
}

static PyObject *read_string(Decoder *decoder) {
    String string;
    if (scan_string(decoder, &string) < 0)
        return NULL;
    return make_string(decoder, &string);
}

static PyObject *read_key(Decoder *decoder) {
    String string;
    if (scan_string(decoder, &string) < 0)
        return NULL;
    if (string.has_escapes || string.length == 0)
        return make_string(decoder, &string);
    const unsigned char *bytes = (const unsigned char *)string.start;
    Key *known =
        &decoder->keys[(31 * string.length + 7u * bytes[0] + bytes[string.length - 1]) % N_KEYS];
    if (known->length == string.length && memcmp(known->start, string.start, string.length) == 0) {
        Py_INCREF(known->key);
        return known->key;
    }
    PyObject *key = make_string(decoder, &string);
    if (key == NULL)
        return NULL;
    Py_XDECREF(known->key);
    Py_INCREF(key);
    *known = (Key){string.start, string.length, key};
    return key;
}

static PyObject *make_float(const char *start) {
    // It stops at the first character that is no part of the number.
    char *end;
    const double value = PyOS_string_to_double(start, &end, NULL);
    return value == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(value);
}

// The text goes on behind the int, where PyLong_FromString would take an underscore.
static PyObject *make_large(const char *start, const char *end) {
    PyObject *text = PyUnicode_DecodeASCII(start, end - start, NULL);
    if (text == NULL)
        return NULL;
    PyObject *number = PyLong_FromUnicodeObject(text, 10);
    Py_DECREF(text);
    return number;
}

static PyObject *make_small(const char *p, const char *end) {
    bool negative = *p == '-';
    int64_t value = 0;
    for (p += negative; p < end; p++)
        value = 10 * value + (*p - '0');
    return PyLong_FromLongLong(negative ? -value : value);
}

static PyObject *read_number(Decoder *decoder) {
    const char *start = decoder->cursor;
    take(decoder, '-');
    const char *first = decoder->cursor;
    if (!take_digits(decoder)) {
        decoder->cursor = start;
        return refuse(decoder, "Expecting value", start);
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
    if (is_float)
        return make_float(start);
    return end - first > 18 ? make_large(start, end) : make_small(start, end);
}

// Behind the opening bracket.
static int fill_list(Decoder *decoder, PyObject *list, int depth) {
    skip_space(decoder);
    if (take(decoder, ']'))
        return 0;
    do {
        PyObject *value = read_value(decoder, depth);
        if (value == NULL)
            return -1;
        int failed = PyList_Append(list, value);
        Py_DECREF(value);
        if (failed)
            return -1;
        skip_space(decoder);
    } while (take(decoder, ','));
    if (take(decoder, ']'))
        return 0;
    refuse(decoder, "Expecting ',' delimiter", decoder->cursor);
    return -1;
}

static int read_pair(Decoder *decoder, PyObject *dict, int depth) {
    skip_space(decoder);
    if (!take(decoder, '"')) {
        refuse(decoder, "Expecting property name enclosed in double quotes", decoder->cursor);
        return -1;
    }
    PyObject *key = read_key(decoder);
    if (key == NULL)
        return -1;
    int failed = -1;
    skip_space(decoder);
    if (!take(decoder, ':')) {
        refuse(decoder, "Expecting ':' delimiter", decoder->cursor);
    } else {
        PyObject *value = read_value(decoder, depth);
        if (value != NULL) {
            failed = PyDict_SetItem(dict, key, value);
            Py_DECREF(value);
        }
    }
    Py_DECREF(key);
    return failed;
}

// Behind the opening brace.
static int fill_dict(Decoder *decoder, PyObject *dict, int depth) {
    skip_space(decoder);
    if (take(decoder, '}'))
        return 0;
    do {
        if (read_pair(decoder, dict, depth) < 0)
            return -1;
        skip_space(decoder);
    } while (take(decoder, ','));
    if (take(decoder, '}'))
        return 0;
    refuse(decoder, "Expecting ',' delimiter", decoder->cursor);
    return -1;
}

static PyObject *read_container(Decoder *decoder, bool is_list, int depth) {
    if (depth == DEEPEST)
        return PyErr_Format(PyExc_RecursionError, "the text is nested too deeply");
    PyObject *container = is_list ? PyList_New(0) : PyDict_New();
    if (container == NULL)
        return NULL;
    int failed = is_list ? fill_list(decoder, container, depth + 1)
                         : fill_dict(decoder, container, depth + 1);
    if (!failed)
        return container;
    Py_DECREF(container);
    return NULL;
}

static PyObject *read_value(Decoder *decoder, int depth) {
    skip_space(decoder);
    switch (decoder->cursor < decoder->end ? *decoder->cursor : '\0') {
    case '"': decoder->cursor++; return read_string(decoder);
    case '[': decoder->cursor++; return read_container(decoder, true, depth);
    case '{': decoder->cursor++; return read_container(decoder, false, depth);
    case 'n':
        if (take_word(decoder, "null", 4))
            Py_RETURN_NONE;
        break;
    case 't':
        if (take_word(decoder, "true", 4))
            Py_RETURN_TRUE;
        break;
    case 'f':
        if (take_word(decoder, "false", 5))
            Py_RETURN_FALSE;
        break;
    case 'N':
        if (take_word(decoder, "NaN", 3))
            return PyFloat_FromDouble(NAN);
        break;
    case 'I':
        if (take_word(decoder, "Infinity", 8))
            return PyFloat_FromDouble(INFINITY);
        break;
    case '-':
        if (take_word(decoder, "-Infinity", 9))
            return PyFloat_FromDouble(-INFINITY);
        break;
    default: break;
    }
    return read_number(decoder);
}

static PyObject *read_text(Decoder *decoder) {
    PyObject *value = read_value(decoder, 0);
    if (value == NULL)
        return NULL;
    skip_space(decoder);
    if (decoder->cursor == decoder->end)
        return value;
    Py_DECREF(value);
    return refuse(decoder, "Extra data", decoder->cursor);
}

static PyObject *decode(PyObject *Py_UNUSED(self), PyObject *text) {
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "text must be a str");
        return NULL;
    }
    Py_ssize_t size;
    const char *utf8 = PyUnicode_AsUTF8AndSize(text, &size);
    if (utf8 == NULL)
        return NULL;
    Decoder decoder = {.start = utf8, .cursor = utf8, .end = utf8 + size};
    PyObject *value = read_text(&decoder);
    for (size_t i = 0; i < N_KEYS; i++)
        Py_XDECREF(decoder.keys[i].key);
    free(decoder.buffer);
    return value;
}

static PyMethodDef methods[] = {
    {"decode", decode, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "jsondecode",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_jsondecode(void);
PyMODINIT_FUNC PyInit_jsondecode(void) {
    return PyModuleDef_Init(&module_def);
}
