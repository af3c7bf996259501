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

const char *HPyUnicode_AsUTF8AndSize(CTX, HPy h, HPy_ssize_t *size) {
    return PyUnicode_AsUTF8AndSize(as_py(h), size);
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
    return PyUnicode_ReadChar(as_py(h), index);
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
