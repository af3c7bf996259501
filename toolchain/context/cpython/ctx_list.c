/* list and its builder. */
#include "deferred.h"

int HPyList_Check(CTX, HPy h) {
    RUNS_NO_CODE;
    return PyList_Check(as_py(h));
}

static inline PyObject *new_list(Py_ssize_t size) {
#if !THREADS_TAKE_TURNS
    /* There PyList_New of 3.13 frees memory it has not got. */
    if (size > PY_SSIZE_T_MAX / (Py_ssize_t)sizeof(PyObject *) - 1)
        return PyErr_NoMemory();
#endif
    return PyList_New(size);
}

HPy HPyList_New(CTX, HPy_ssize_t len) {
    MAY_RUN_CODE;
    PyObject *list = new_list(len);
    /* Python code may see the list before the extension has filled it. */
    if (list != NULL) {
        for (Py_ssize_t i = 0; i < len; i++) {
            Py_INCREF(Py_None);
            PyList_SET_ITEM(list, i, Py_None);
        }
    }
    return as_h(list);
}

int HPyList_Append(CTX, HPy h_list, HPy h_item) {
    SETTLES_ITSELF;
#if LISTS_ARE_TOUCHED
    PyListObject *list = (PyListObject *)as_py(h_list);
    const Py_ssize_t size = PyList_CheckExact(list) ? Py_SIZE(list) : PY_SSIZE_T_MAX;
    if (LIKELY(size < list->allocated)) {
        Py_SET_SIZE(list, size + 1);
        keep(&list->ob_item[size], as_py(h_item));
        return 0;
    }
#endif
    return AFTER_SETTLING(PyList_Append(as_py(h_list), as_py(h_item)));
}

int HPyList_Insert(CTX, HPy h_list, HPy_ssize_t index, HPy h_item) {
    MAY_RUN_CODE;
    return PyList_Insert(as_py(h_list), index, as_py(h_item));
}

/* A builder is the unfinished list, or NULL with the exception set: Set and Cancel then do
 * nothing and Build reports the failure. */

HPyListBuilder HPyListBuilder_New(CTX, HPy_ssize_t size) {
    MAY_RUN_CODE;
    return (HPyListBuilder){as_h(new_list(size))._i};
}

void HPyListBuilder_Set(CTX, HPyListBuilder builder, HPy_ssize_t index, HPy h_item) {
    SETTLES_ITSELF;
    PyObject *list = (PyObject *)builder._lst;
    if (LIKELY(list != NULL)) {
        PyObject *old = PyList_GET_ITEM(list, index);
        keep(&((PyListObject *)list)->ob_item[index], as_py(h_item));
        if (UNLIKELY(old != NULL))
            give_back(old);
    }
}

HPy HPyListBuilder_Build(CTX, HPyListBuilder builder) {
    RUNS_NO_CODE;
    return as_h((PyObject *)builder._lst);
}

void HPyListBuilder_Cancel(CTX, HPyListBuilder builder) {
    MAY_RUN_CODE;
    Py_XDECREF((PyObject *)builder._lst);
}
