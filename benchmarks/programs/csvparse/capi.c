/* examples/csvparse.c written for the C API. */
#include "../keywords.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static Parameters parse_parameters = {"parse", 1, 1, {NULL, NULL}};

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
    PyObject **items;
    Py_ssize_t length;
    Py_ssize_t capacity;
} Record;

static int raise_at(size_t line, const char *problem) {
    PyErr_Format(PyExc_ValueError, "line %zu: %s", line, problem);
    return -1;
}

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

static int scan_quoted(Reader *reader, Field *field) {
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
        return raise_at(field->line, "unterminated quote");
    field->length = (size_t)(p - field->start);
    reader->cursor = p + 1;
    if (!at_field_end(reader))
        return raise_at(reader->line, "text after a closing quote");
    return 0;
}

static int scan_field(Reader *reader, Field *field) {
    *field = (Field){.start = reader->cursor, .line = reader->line};
    field->quoted = reader->cursor < reader->end && *reader->cursor == '"';
    if (field->quoted)
        return scan_quoted(reader, field);
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

static PyObject *make_number(const Field *field, Kind kind) {
    char digits[64];
    if (field->length < sizeof(digits)) {
        // The functions for C strings need a NUL behind the number.
        memcpy(digits, field->start, field->length);
        digits[field->length] = '\0';
        if (kind == KIND_INTEGER)
            return PyLong_FromString(digits, NULL, 10);
        double value = PyOS_string_to_double(digits, NULL, NULL);
        return value == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(value);
    }
    PyObject *text = PyUnicode_DecodeASCII(field->start, (Py_ssize_t)field->length, NULL);
    if (text == NULL)
        return NULL;
    PyObject *number =
        kind == KIND_INTEGER ? PyLong_FromUnicodeObject(text, 10) : PyFloat_FromString(text);
    Py_DECREF(text);
    return number;
}

static bool is_ascii(const char *p, size_t length) {
    unsigned char bits = 0;
    for (size_t i = 0; i < length; i++)
        bits |= (unsigned char)p[i];
    return bits < 0x80;
}

static PyObject *make_text(const char *p, size_t length) {
    if (length < 2 || !is_ascii(p, length))
        return PyUnicode_DecodeUTF8(p, (Py_ssize_t)length, NULL);
    PyObject *text = PyUnicode_New((Py_ssize_t)length, 127);
    if (text != NULL)
        memcpy(PyUnicode_1BYTE_DATA(text), p, length);
    return text;
}

static PyObject *make_unescaped(const Field *field) {
    char *buffer = malloc(field->length);
    if (buffer == NULL)
        return PyErr_NoMemory();
    size_t length = 0;
    for (size_t i = 0; i < field->length; i++) {
        buffer[length++] = field->start[i];
        if (field->start[i] == '"')
            i++;
    }
    PyObject *text = make_text(buffer, length);
    free(buffer);
    return text;
}

static PyObject *make_value(const Field *field) {
    Kind kind = field->quoted ? KIND_TEXT : classify(field->start, field->start + field->length);
    PyObject *value = kind != KIND_TEXT           ? make_number(field, kind)
                      : field->has_doubled_quotes ? make_unescaped(field)
                                                  : make_text(field->start, field->length);
    if (value == NULL && PyErr_ExceptionMatches(PyExc_ValueError)) {
        PyErr_Clear();
        raise_at(field->line, kind == KIND_TEXT ? "invalid UTF-8" : "too many digits");
    }
    return value;
}

static int reserve(Record *record) {
    if (record->length < record->capacity)
        return 0;
    record->capacity = record->capacity * 2 + 16;
    PyObject **items = realloc(record->items, (size_t)record->capacity * sizeof(PyObject *));
    if (items == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    record->items = items;
    return 0;
}

static int read_record(Reader *reader, Record *record) {
    bool more = line_break(reader) == 0;
    while (more) {
        Field field;
        if (reserve(record) < 0 || scan_field(reader, &field) < 0)
            return -1;
        PyObject *value = make_value(&field);
        if (value == NULL)
            return -1;
        record->items[record->length++] = value;
        more = reader->cursor < reader->end && *reader->cursor == reader->delimiter;
        reader->cursor += more;
    }
    reader->line += reader->cursor < reader->end;
    reader->cursor += line_break(reader);
    return 0;
}

// The row takes over the references of the record.
static int append_row(PyObject *rows, Record *record) {
    PyObject *row = PyTuple_New(record->length);
    if (row == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < record->length; i++)
        PyTuple_SET_ITEM(row, i, record->items[i]);
    record->length = 0;
    int failed = PyList_Append(rows, row);
    Py_DECREF(row);
    return failed;
}

static PyObject *parse_rows(Reader *reader) {
    PyObject *rows = PyList_New(0);
    if (rows == NULL)
        return NULL;
    Record record = {0};
    bool failed = false;
    while (!failed && reader->cursor < reader->end)
        failed = read_record(reader, &record) < 0 || append_row(rows, &record) < 0;
    while (record.length > 0)
        Py_DECREF(record.items[--record.length]);
    free(record.items);
    if (!failed)
        return rows;
    Py_DECREF(rows);
    return NULL;
}

// The delimiter, or NUL on error.
static char read_delimiter(PyObject *o) {
    if (o == NULL)
        return ',';
    Py_ssize_t size;
    const char *utf8 = PyUnicode_Check(o) ? PyUnicode_AsUTF8AndSize(o, &size) : NULL;
    if (utf8 != NULL && size == 1 && strchr("\"\r\n", *utf8) == NULL)
        return *utf8;
    if (!PyErr_Occurred())
        PyErr_SetString(utf8 == NULL ? PyExc_TypeError : PyExc_ValueError,
                        "delimiter must be an ASCII character, but no NUL, quote or line break");
    return '\0';
}

static PyObject *parse(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs,
                       PyObject *kwnames) {
    PyObject *values[2];
    if (read_parameters(&parse_parameters, args, nargs, kwnames, values) < 0)
        return NULL;
    PyObject *data = values[0];
    if (!PyBytes_Check(data)) {
        PyErr_SetString(PyExc_TypeError, "data must be bytes");
        return NULL;
    }
    Reader reader = {.line = 1, .delimiter = read_delimiter(values[1])};
    if (reader.delimiter == '\0')
        return NULL;
    reader.cursor = PyBytes_AS_STRING(data);
    reader.end = reader.cursor + PyBytes_GET_SIZE(data);
    return parse_rows(&reader);
}

static PyMethodDef methods[] = {
    {"parse", (PyCFunction)(void (*)(void))parse, METH_FASTCALL | METH_KEYWORDS, NULL},
    {NULL, NULL, 0, NULL},
};

static int module_exec(PyObject *Py_UNUSED(module)) {
    return intern_parameters(&parse_parameters, "data", "delimiter");
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)module_exec}, {0, NULL}};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "csvparse",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_csvparse(void);
PyMODINIT_FUNC PyInit_csvparse(void) {
    return PyModuleDef_Init(&module_def);
}
