/* Items and length of containers. Exact lists and tuples are read in place, exact dicts asked
 * without detour. */
#include "deferred.h"
#include "dict_search.h"

/* Without the GIL another thread may replace or remove an item at any time: the calls of the C API
 * lock the list, and raise IndexError if the index has become too high. */

static inline int list_set_item(PyObject *list, Py_ssize_t index, PyObject *value) {
#if LISTS_ARE_TOUCHED
    PyObject *old = PyList_GET_ITEM(list, index);
    keep(&((PyListObject *)list)->ob_item[index], value);
    give_back(old);
    return 0;
#else
    Py_INCREF(value);
    return PyList_SetItem(list, index, value);
#endif
}

HPy_ssize_t HPy_Length(CTX, HPy h) {
    SETTLES_ITSELF;
    PyObject *o = as_py(h);
    if (PyList_CheckExact(o))
        return PyList_GET_SIZE(o);
    if (PyTuple_CheckExact(o))
        return PyTuple_GET_SIZE(o);
    if (PyDict_CheckExact(o))
        return WITHOUT_SETTLING(PyDict_Size(o));
    if (PyUnicode_CheckExact(o) && is_ready(o))
        return ((PyASCIIObject *)o)->length;
    return AFTER_SETTLING(PyObject_Size(o));
}

#if !REFERENCES_ARE_DEFERRED
static inline void remember(_HPy_UNUSED PyObject *dict, _HPy_UNUSED PyObject *key,
                            _HPy_UNUSED PyObject *value) {
}

static inline PyObject *recall(_HPy_UNUSED PyObject *dict, _HPy_UNUSED PyObject *key) {
    return NULL;
}
#else
static inline void remember(PyObject *dict, PyObject *key, PyObject *value) {
    if (references_are_deferred && value != NULL)
        found_item = (FoundItem){dict, key, value};
}

/* What was found, if it was for these. */
static inline PyObject *recall(PyObject *dict, PyObject *key) {
    return found_item.key == key && found_item.dict == dict ? found_item.value : NULL;
}
#endif

int HPy_Contains(CTX, HPy container, HPy key) {
    SETTLES_ITSELF;
    PyObject *o = as_py(container);
    if (!PyDict_CheckExact(o))
        return AFTER_SETTLING(PySequence_Contains(o, as_py(key)));
    if (is_searchable(o, as_py(key))) {
        PyObject *value = dict_find(o, as_py(key));
        remember(o, as_py(key), value);
        return value != NULL;
    }
    return AFTER_SETTLING(PyDict_Contains(o, as_py(key)));
}

/* A sequence that is no mapping gets the index itself; everything else gets an int as its key. */
static COLD PyObject *get_item_slow(PyObject *o, Py_ssize_t index) {
    if (Py_TYPE(o)->tp_as_mapping == NULL || Py_TYPE(o)->tp_as_mapping->mp_subscript == NULL) {
        if (PySequence_Check(o))
            return PySequence_GetItem(o, index);
    }
    PyObject *key = PyLong_FromSsize_t(index);
    if (key == NULL)
        return NULL;
    PyObject *result = PyObject_GetItem(o, key);
    Py_DECREF(key);
    return result;
}

/* The item of an exact list or tuple; or HPy_NULL, and no exception, if o is neither or has none.
 */
static inline ALWAYS_INLINE HPy get_item_in_place(PyObject *o, Py_ssize_t index) {
    if (LIKELY(PyList_CheckExact(o)) && LIKELY((size_t)index < (size_t)PyList_GET_SIZE(o))) {
#if LISTS_ARE_TOUCHED
        return borrow(filled(PyList_GET_ITEM(o, index)));
#else
        PyObject *item = PyList_GetItemRef(o, index);
        if (UNLIKELY(item == NULL))
            PyErr_Clear(); /* another thread was faster */
        return as_h(item);
#endif
    }
    if (PyTuple_CheckExact(o) && LIKELY((size_t)index < (size_t)PyTuple_GET_SIZE(o)))
        return borrow(filled(PyTuple_GET_ITEM(o, index)));
    return HPy_NULL;
}

HPy HPy_GetItem_i(CTX, HPy obj, HPy_ssize_t idx) {
    SETTLES_ITSELF;
    const HPy item = get_item_in_place(as_py(obj), idx);
    if (LIKELY(!HPy_IsNull(item)))
        return item;
    return as_h(AFTER_SETTLING(get_item_slow(as_py(obj), idx)));
}

/* As CPython raises it: the key is the one argument, even if it is a tuple. */
static COLD HPy raise_key_error(PyObject *key) {
    PyObject *args = PyTuple_Pack(1, key);
    if (args != NULL) {
        PyErr_SetObject(PyExc_KeyError, args);
        Py_DECREF(args);
    }
    return HPy_NULL;
}

static inline ALWAYS_INLINE HPy get_dict_item(PyObject *dict, PyObject *key) {
    PyObject *found = recall(dict, key);
    if (found != NULL)
        return borrow(found);
    if (is_searchable(dict, key)) {
        found = dict_find(dict, key);
        return LIKELY(found != NULL) ? borrow(found) : AFTER_SETTLING(raise_key_error(key));
    }
    settle(); /* comparing keys may run other code */
#if THREADS_TAKE_TURNS
    PyObject *item = PyDict_GetItemWithError(dict, key);
    if (UNLIKELY(item == NULL))
        return PyErr_Occurred() ? HPy_NULL : raise_key_error(key);
    return borrow(item);
#else
    PyObject *item;
    if (UNLIKELY(PyDict_GetItemRef(dict, key, &item) <= 0))
        return PyErr_Occurred() ? HPy_NULL : raise_key_error(key);
    return as_h(item);
#endif
}

static inline ALWAYS_INLINE HPy get_item(PyObject *o, PyObject *key) {
    int64_t index;
    if (PyDict_CheckExact(o))
        return get_dict_item(o, key);
    const HPy item = small_value(key, &index) ? get_item_in_place(o, (Py_ssize_t)index) : HPy_NULL;
    if (!HPy_IsNull(item))
        return item;
    return as_h(AFTER_SETTLING(PyObject_GetItem(o, key)));
}

HPy HPy_GetItem(CTX, HPy obj, HPy key) {
    SETTLES_ITSELF;
    return get_item(as_py(obj), as_py(key));
}

HPy HPy_GetItem_s(CTX, HPy obj, const char *utf8_key) {
    MAY_RUN_CODE;
    PyObject *key = PyUnicode_FromString(utf8_key);
    if (key == NULL)
        return HPy_NULL;
    const HPy result = get_item(as_py(obj), key);
    drop_str(key);
    return result;
}

/* value NULL deletes. */
static int set_item(PyObject *o, PyObject *key, PyObject *value) {
    if (key == NULL)
        return -1;
    const int result = value == NULL ? PyObject_DelItem(o, key) : PyObject_SetItem(o, key, value);
    Py_DECREF(key);
    return result;
}

static COLD int set_item_slow(PyObject *o, Py_ssize_t index, PyObject *value) {
    PyMappingMethods *mapping = Py_TYPE(o)->tp_as_mapping;
    if ((mapping == NULL || mapping->mp_ass_subscript == NULL) && PySequence_Check(o))
        return value == NULL ? PySequence_DelItem(o, index) : PySequence_SetItem(o, index, value);
    return set_item(o, PyLong_FromSsize_t(index), value);
}

int HPy_SetItem(CTX, HPy obj, HPy key, HPy value) {
    MAY_RUN_CODE;
    if (PyDict_CheckExact(as_py(obj)))
        return PyDict_SetItem(as_py(obj), as_py(key), as_py(value));
    return PyObject_SetItem(as_py(obj), as_py(key), as_py(value));
}

int HPy_SetItem_i(CTX, HPy obj, HPy_ssize_t idx, HPy value) {
    SETTLES_ITSELF;
    PyObject *o = as_py(obj);
    if (LIKELY(PyList_CheckExact(o)) && LIKELY((size_t)idx < (size_t)PyList_GET_SIZE(o)))
        return list_set_item(o, idx, as_py(value));
    return AFTER_SETTLING(set_item_slow(o, idx, as_py(value)));
}

int HPy_SetItem_s(CTX, HPy obj, const char *utf8_key, HPy value) {
    MAY_RUN_CODE;
    return set_item(as_py(obj), PyUnicode_FromString(utf8_key), as_py(value));
}

int HPy_DelItem(CTX, HPy obj, HPy key) {
    MAY_RUN_CODE;
    return PyObject_DelItem(as_py(obj), as_py(key));
}

int HPy_DelItem_i(CTX, HPy obj, HPy_ssize_t idx) {
    MAY_RUN_CODE;
    return set_item_slow(as_py(obj), idx, NULL);
}

int HPy_DelItem_s(CTX, HPy obj, const char *utf8_key) {
    MAY_RUN_CODE;
    return set_item(as_py(obj), PyUnicode_FromString(utf8_key), NULL);
}
