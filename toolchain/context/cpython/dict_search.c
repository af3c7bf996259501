/* The search in the table of a dict whose keys are all str. CPython's
 * internal headers say how it looks, and probe.c tries whether that is true. */
#define Py_BUILD_CORE
#include "dict_search.h"

#if DICT_TABLES_ARE_READ
#include "internal/pycore_dict.h"

Py_hash_t hash_str(PyObject *str) {
    const Py_hash_t hash = PyObject_Hash(str);
    if (hash == -1)
        __builtin_unreachable();
    return hash;
}

/* Where the entry stands that the slot refers to; below 0 it is free, or was used once. */
static inline Py_ssize_t entry_index(const PyDictKeysObject *table, size_t slot) {
    const void *slots = table->dk_indices;
    switch (table->dk_log2_index_bytes - table->dk_log2_size) {
    case 0: return ((const int8_t *)slots)[slot];
    case 1: return ((const int16_t *)slots)[slot];
    case 2: return ((const int32_t *)slots)[slot];
    default: return ((const int64_t *)slots)[slot];
    }
}

static inline bool is_same_text(PyObject *a, PyObject *b) {
    const Py_ssize_t length = PyUnicode_GET_LENGTH(a);
    const int kind = (int)PyUnicode_KIND(a);
    return length == PyUnicode_GET_LENGTH(b) && kind == (int)PyUnicode_KIND(b) &&
           memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), (size_t)(length * kind)) == 0;
}

PyObject *dict_search(const DictTable *known, PyObject *key, Py_hash_t hash) {
    const PyDictKeysObject *table = (const PyDictKeysObject *)known;
    const PyDictUnicodeEntry *entries =
        (const void *)(table->dk_indices + ((size_t)1 << table->dk_log2_index_bytes));
    const size_t mask = ((size_t)1 << table->dk_log2_size) - 1;
    size_t rest = (size_t)hash;
    for (size_t slot = rest & mask;; slot = (slot * 5 + (rest >>= 5) + 1) & mask) {
        const Py_ssize_t index = entry_index(table, slot);
        if (index == DKIX_EMPTY)
            return NULL;
        if (index < 0)
            continue;
        PyObject *other = entries[index].me_key;
        if (other == key || (((PyASCIIObject *)other)->hash == hash && is_same_text(other, key)))
            return entries[index].me_value;
    }
}
#endif
