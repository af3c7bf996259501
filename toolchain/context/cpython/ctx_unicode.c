/* str. */
#include "cpython.h"

HPy HPyUnicode_FromString(CTX, const char *utf8) {
    return as_h(PyUnicode_FromString(utf8));
}

int HPyUnicode_Check(CTX, HPy h) {
    return PyUnicode_Check(as_py(h));
}

HPy HPyUnicode_AsASCIIString(CTX, HPy h) {
    return as_h(PyUnicode_AsASCIIString(as_py(h)));
}

HPy HPyUnicode_AsLatin1String(CTX, HPy h) {
    return as_h(PyUnicode_AsLatin1String(as_py(h)));
}

HPy HPyUnicode_AsUTF8String(CTX, HPy h) {
    return as_h(PyUnicode_AsUTF8String(as_py(h)));
}

/* Whether o is a str whose characters lie behind its head, a byte each, and are its UTF-8 too. */
static inline bool is_ascii(PyObject *o) {
    return LIKELY(PyUnicode_Check(o)) && LIKELY(PyUnicode_IS_COMPACT_ASCII(o));
}

const char *HPyUnicode_AsUTF8AndSize(CTX, HPy h, HPy_ssize_t *size) {
    PyObject *o = as_py(h);
    if (!is_ascii(o))
        return PyUnicode_AsUTF8AndSize(o, size);
    if (size != NULL)
        *size = ((PyASCIIObject *)o)->length;
    return (const char *)((PyASCIIObject *)o + 1);
}

HPy HPyUnicode_FromWideChar(CTX, const wchar_t *w, HPy_ssize_t size) {
    return as_h(PyUnicode_FromWideChar(w, size));
}

HPy HPyUnicode_DecodeFSDefault(CTX, const char *v) {
    return as_h(PyUnicode_DecodeFSDefault(v));
}

HPy HPyUnicode_DecodeFSDefaultAndSize(CTX, const char *v, HPy_ssize_t size) {
    return as_h(PyUnicode_DecodeFSDefaultAndSize(v, size));
}

HPy HPyUnicode_EncodeFSDefault(CTX, HPy h) {
    return as_h(PyUnicode_EncodeFSDefault(as_py(h)));
}

HPy_UCS4 HPyUnicode_ReadChar(CTX, HPy h, HPy_ssize_t index) {
    PyObject *o = as_py(h);
    if (is_ascii(o) && LIKELY((size_t)index < (size_t)((PyASCIIObject *)o)->length))
        return ((const unsigned char *)((PyASCIIObject *)o + 1))[index];
    return PyUnicode_ReadChar(o, index);
}

HPy HPyUnicode_DecodeASCII(CTX, const char *ascii, HPy_ssize_t size, const char *errors) {
    return as_h(PyUnicode_DecodeASCII(ascii, size, errors));
}

HPy HPyUnicode_DecodeLatin1(CTX, const char *latin1, HPy_ssize_t size, const char *errors) {
    return as_h(PyUnicode_DecodeLatin1(latin1, size, errors));
}

HPy HPyUnicode_FromEncodedObject(CTX, HPy obj, const char *encoding, const char *errors) {
    return as_h(PyUnicode_FromEncodedObject(as_py(obj), encoding, errors));
}

HPy HPyUnicode_Substring(CTX, HPy str, HPy_ssize_t start, HPy_ssize_t end) {
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
    Py_XDECREF((PyObject *)before);
    return as_h(interned);
}

HPy _HPyName_Get(CTX, _HPyName *name, const char *utf8) {
    struct _HPyObject *known = __atomic_load_n(&name->_i, __ATOMIC_ACQUIRE);
    return LIKELY(known != NULL) ? (HPy){known} : intern(name, utf8);
}
