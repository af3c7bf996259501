/* Iteration. Iterators over lists and tuples are read in place. */
#include "deferred.h"
#include "modules.h"

HPy HPy_GetIter(CTX, HPy obj) {
    MAY_RUN_CODE;
    return as_h(PyObject_GetIter(as_py(obj)));
}

#ifndef Py_GIL_DISABLED
/* What CPython's headers do not say: how both iterators look. */
typedef struct {
    PyObject_HEAD Py_ssize_t index;
    PyObject *sequence; /* NULL at the end */
} Iterator;

static bool layout_is_known;

static ONCE int looks_known(PyObject *sequence) {
    Iterator *iterator = (Iterator *)(sequence == NULL ? NULL : PyObject_GetIter(sequence));
    int known = -1;
    if (iterator != NULL)
        known = Py_TYPE(iterator)->tp_basicsize == sizeof(Iterator) && iterator->index == 0 &&
                iterator->sequence == sequence;
    Py_XDECREF(iterator);
    Py_XDECREF(sequence);
    return known;
}

int context_look_at_iterators(void) {
    const int list = looks_known(PyList_New(0)), tuple = looks_known(Py_BuildValue("(i)", 1));
    layout_is_known = list > 0 && tuple > 0;
    return list < 0 || tuple < 0 ? -1 : 0;
}

/* The next item, if the iterator is one of those and has one; else HPy_NULL, and no exception. */
static inline ALWAYS_INLINE HPy next_in_place(PyObject *o) {
    Iterator *iterator = (Iterator *)o;
    if (Py_IS_TYPE(o, &PyListIter_Type) && LIKELY(layout_is_known)) {
        PyObject *list = iterator->sequence;
        if (LIKELY(list != NULL) && LIKELY((size_t)iterator->index < (size_t)PyList_GET_SIZE(list)))
            return borrow(filled(PyList_GET_ITEM(list, iterator->index++)));
    } else if (Py_IS_TYPE(o, &PyTupleIter_Type) && LIKELY(layout_is_known)) {
        PyObject *tuple = iterator->sequence;
        if (LIKELY(tuple != NULL) &&
            LIKELY((size_t)iterator->index < (size_t)PyTuple_GET_SIZE(tuple)))
            return borrow(filled(PyTuple_GET_ITEM(tuple, iterator->index++)));
    }
    return HPy_NULL;
}
#else
int context_look_at_iterators(void) {
    return 0;
}

/* Another thread may be at the same iterator. */
static inline HPy next_in_place(_HPy_UNUSED PyObject *o) {
    return HPy_NULL;
}
#endif

/* An iterator may end with StopIteration or without: HPy knows only the latter. */
static COLD void end_iteration(void) {
    if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_StopIteration))
        PyErr_Clear();
}

HPy HPyIter_Next(CTX, HPy obj) {
    SETTLES_ITSELF;
    const HPy item = next_in_place(as_py(obj));
    if (LIKELY(!HPy_IsNull(item)))
        return item;
    PyObject *next = AFTER_SETTLING(Py_TYPE(as_py(obj))->tp_iternext(as_py(obj)));
    if (UNLIKELY(next == NULL))
        end_iteration();
    return as_h(next);
}

int HPyIter_Check(CTX, HPy obj) {
    MAY_RUN_CODE;
    return PyIter_Check(as_py(obj));
}
