/* The search in the table of a dict whose keys are all str. How the table looks is CPython's own
 * affair, so this is compiled against the internal headers of one version, and tried at load. */
#define Py_BUILD_CORE
#include "dict_search.h"
#include "modules.h"

#ifdef DICT_TABLES_ARE_READ
#include "internal/pycore_dict.h"

_Static_assert(offsetof(DictTable, log2_size) == offsetof(PyDictKeysObject, dk_log2_size) &&
                   offsetof(DictTable, log2_index_bytes) ==
                       offsetof(PyDictKeysObject, dk_log2_index_bytes) &&
                   offsetof(DictTable, kind) == offsetof(PyDictKeysObject, dk_kind) &&
                   DICT_KEYS_UNICODE == 1,
               "a table of another kind");

bool dict_tables_are_known;

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

/* In a dict with some keys, several of which share a slot, and without one that was deleted. */
static ONCE int search_many(PyObject *dict) {
    for (int i = 0; i < 40; i++) {
        PyObject *key = PyUnicode_FromFormat("%d", i);
        int failed = key == NULL ? -1 : 0;
        if (!failed && i < 20)
            failed = PyDict_SetItem(dict, key, key);
        if (!failed && i == 10)
            failed = PyDict_DelItem(dict, key);
        bool found = false;
        const bool expected = i < 20 && i != 10;
        if (!failed)
            found = is_searchable(dict, key) && (dict_find(dict, key) == key) == expected;
        Py_XDECREF(key);
        if (failed || !found)
            return failed ? -1 : 1;
    }
    return 0;
}

int context_look_at_dicts(void) {
    if (!context_is_of_this_version())
        return 0;
    PyObject *dict = PyDict_New();
    if (dict == NULL)
        return -1;
    dict_tables_are_known = true;
    const int differs = search_many(dict);
    dict_tables_are_known = differs == 0;
    Py_DECREF(dict);
    return differs < 0 ? -1 : 0;
}
#else
int context_look_at_dicts(void) {
    return 0;
}
#endif
