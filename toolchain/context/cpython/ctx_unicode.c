/* str. */
#include "deferred.h"

int HPyUnicode_Check(CTX, HPy h) {
    RUNS_NO_CODE;
    return PyUnicode_Check(as_py(h));
}

HPy HPyUnicode_AsASCIIString(CTX, HPy h) {
    MAY_RUN_CODE;
    return as_h(PyUnicode_AsASCIIString(as_py(h)));
}

HPy HPyUnicode_AsLatin1String(CTX, HPy h) {
    MAY_RUN_CODE;
    return as_h(PyUnicode_AsLatin1String(as_py(h)));
}

HPy HPyUnicode_AsUTF8String(CTX, HPy h) {
    MAY_RUN_CODE;
    return as_h(PyUnicode_AsUTF8String(as_py(h)));
}

/* Whether o is a str whose characters lie behind its head, a byte each, and are its UTF-8 too. */
static inline bool is_ascii(PyObject *o) {
    return LIKELY(PyUnicode_Check(o)) && LIKELY(PyUnicode_IS_COMPACT_ASCII(o));
}

const char *HPyUnicode_AsUTF8AndSize(CTX, HPy h, HPy_ssize_t *size) {
    SETTLES_ITSELF;
    PyObject *o = as_py(h);
    if (!is_ascii(o)) {
        return AFTER_SETTLING(PyUnicode_AsUTF8AndSize(o, size));
    }
    if (size != NULL)
        *size = ((PyASCIIObject *)o)->length;
    return ascii_of(o);
}

const char *_HPyUnicode_ReadASCII(CTX, HPy h, HPy_ssize_t *size) {
    RUNS_NO_CODE;
    PyObject *o = as_py(h);
    if (UNLIKELY(!PyUnicode_CheckExact(o)) || UNLIKELY(!PyUnicode_IS_COMPACT_ASCII(o)))
        return NULL;
    *size = ((PyASCIIObject *)o)->length;
    return ascii_of(o);
}

HPy HPyUnicode_FromWideChar(CTX, const wchar_t *w, HPy_ssize_t size) {
    MAY_RUN_CODE;
    return as_h(PyUnicode_FromWideChar(w, size));
}

HPy HPyUnicode_DecodeFSDefault(CTX, const char *v) {
    MAY_RUN_CODE;
    return as_h(PyUnicode_DecodeFSDefault(v));
}

HPy HPyUnicode_DecodeFSDefaultAndSize(CTX, const char *v, HPy_ssize_t size) {
    MAY_RUN_CODE;
    return as_h(PyUnicode_DecodeFSDefaultAndSize(v, size));
}

HPy HPyUnicode_EncodeFSDefault(CTX, HPy h) {
    MAY_RUN_CODE;
    return as_h(PyUnicode_EncodeFSDefault(as_py(h)));
}

HPy_UCS4 HPyUnicode_ReadChar(CTX, HPy h, HPy_ssize_t index) {
    SETTLES_ITSELF;
    PyObject *o = as_py(h);
    if (is_ascii(o) && LIKELY((size_t)index < (size_t)((PyASCIIObject *)o)->length))
        return (unsigned char)ascii_of(o)[index];
    return AFTER_SETTLING(PyUnicode_ReadChar(o, index));
}

/* Copies size >= 8 bytes, the last eight in one go whether they were copied before or not. Returns
 * all of them, or'ed. */
static inline uint64_t copy_words(char *to, const char *from, size_t size) {
    uint64_t word, all = 0;
    for (size_t i = 0;; i = i + 8 < size - 8 ? i + 8 : size - 8) {
        memcpy(&word, from + i, 8);
        memcpy(to + i, &word, 8);
        all |= word;
        if (i == size - 8)
            return all;
    }
}

static inline uint64_t copy_bytes(char *to, const char *from, size_t size) {
    uint64_t all = 0;
    for (size_t i = 0; i < size; i++)
        all |= (unsigned char)(to[i] = from[i]);
    return all;
}

/* A str of size > 1 and ASCII characters, which are to be written. NULL, and perhaps an exception,
 * if there is no memory. */
static inline PyObject *new_ascii(Py_ssize_t size) {
#if OBJECTS_ARE_MADE
    return make_ascii(size);
#else
    return PyUnicode_New(size, 127);
#endif
}

/* Short strs are filled as they are checked; CPython has one object for each of a single character,
 * and for what is long a function that is as fast. NULL, and no exception, if this is for that
 * function. */
static PyObject *short_ascii(const char *ascii, Py_ssize_t size) {
    if (UNLIKELY((size_t)size - 2 > 254))
        return NULL;
    PyObject *o = new_ascii(size);
    if (UNLIKELY(o == NULL)) {
        PyErr_Clear(); /* it fails there again */
        return NULL;
    }
    char *to = ascii_of(o);
    const uint64_t all =
        size < 8 ? copy_bytes(to, ascii, (size_t)size) : copy_words(to, ascii, (size_t)size);
    if (LIKELY((all & UINT64_C(0x8080808080808080)) == 0))
        return o;
    drop_str(o);
    return NULL;
}

HPy HPyUnicode_DecodeASCII(CTX, const char *ascii, HPy_ssize_t size, const char *errors) {
    SETTLES_ITSELF;
    PyObject *o = WITHOUT_SETTLING(short_ascii(ascii, size));
    if (LIKELY(o != NULL))
        return as_h(o);
    return as_h(AFTER_SETTLING(PyUnicode_DecodeASCII(ascii, size, errors)));
}

HPy HPyUnicode_FromString(CTX, const char *utf8) {
    SETTLES_ITSELF;
    PyObject *o = WITHOUT_SETTLING(short_ascii(utf8, (Py_ssize_t)strlen(utf8)));
    if (LIKELY(o != NULL))
        return as_h(o);
    return as_h(AFTER_SETTLING(PyUnicode_FromString(utf8)));
}

HPy HPyUnicode_DecodeLatin1(CTX, const char *latin1, HPy_ssize_t size, const char *errors) {
    MAY_RUN_CODE;
    return as_h(PyUnicode_DecodeLatin1(latin1, size, errors));
}

HPy HPyUnicode_FromEncodedObject(CTX, HPy obj, const char *encoding, const char *errors) {
    MAY_RUN_CODE;
    return as_h(PyUnicode_FromEncodedObject(as_py(obj), encoding, errors));
}

HPy HPyUnicode_Substring(CTX, HPy str, HPy_ssize_t start, HPy_ssize_t end) {
    MAY_RUN_CODE;
    return as_h(PyUnicode_Substring(as_py(str), start, end));
}

/* ---- Names that are literals in the source ----------------------------------------------------
 */

/* Two threads may get here at once where there is no GIL: they get the same str. */
static COLD HPy intern(_HPyName *name, const char *utf8) {
    PyObject *interned = PyUnicode_InternFromString(utf8);
    if (interned == NULL) {
        PyErr_Clear(); /* the caller goes the other way, and fails there again */
        return HPy_NULL;
    }
    struct _HPyObject *before = __atomic_exchange_n(&name->_i, as_h(interned)._i, __ATOMIC_ACQ_REL);
    if (before != NULL)
        drop_str((PyObject *)before);
    return as_h(interned);
}

HPy _HPyName_Get(CTX, _HPyName *name, const char *utf8) {
    RUNS_NO_CODE;
    struct _HPyObject *known = __atomic_load_n(&name->_i, __ATOMIC_ACQUIRE);
    return LIKELY(known != NULL) ? (HPy){known} : intern(name, utf8);
}
