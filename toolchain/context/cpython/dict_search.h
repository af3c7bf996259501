/* Searches in dicts whose keys are all str, in CPython's tables. */
#ifndef HPYBC_CONTEXT_DICT_SEARCH_H
#define HPYBC_CONTEXT_DICT_SEARCH_H

#include "deferred.h"

#if DICT_TABLES_ARE_READ
/* The value of an exact str in a table whose keys are all str, or NULL. It runs no other code and
 * changes nothing. */
__attribute__((pure)) PyObject *dict_search(const DictTable *table, PyObject *key, Py_hash_t hash);

/* The hash of a str that has none yet; it cannot fail. */
COLD Py_hash_t hash_str(PyObject *str);

/* Whether dict_find serves: the key is a str and so are all keys of the exact dict, whose table is
 * its own. Else, a comparison with another key may run any code. */
static inline ALWAYS_INLINE bool is_searchable(PyObject *dict, PyObject *key) {
    const DictTable *table = (const DictTable *)((PyDictObject *)dict)->ma_keys;
    return LIKELY(PyUnicode_CheckExact(key)) && LIKELY(dict_tables_are_known) &&
           LIKELY(table->kind == KEYS_ARE_STRS);
}

static inline ALWAYS_INLINE PyObject *dict_find(PyObject *dict, PyObject *key) {
    Py_hash_t hash = ((PyASCIIObject *)key)->hash;
    if (UNLIKELY(hash == -1))
        hash = WITHOUT_SETTLING(hash_str(key));
    return dict_search((const DictTable *)((PyDictObject *)dict)->ma_keys, key, hash);
}
#else
static inline bool is_searchable(_HPy_UNUSED PyObject *dict, _HPy_UNUSED PyObject *key) {
    return false;
}

static inline PyObject *dict_find(_HPy_UNUSED PyObject *dict, _HPy_UNUSED PyObject *key) {
    return NULL;
}
#endif

#endif
