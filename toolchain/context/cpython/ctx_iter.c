/* Iteration. Iterators over lists and tuples are read in place. */
#include "deferred.h"

HPy HPy_GetIter(CTX, HPy obj) {
    MAY_RUN_CODE;
    return as_h(PyObject_GetIter(as_py(obj)));
}

#if ITERATORS_ARE_MOVED
/* The next item, if the iterator is one of those and has one; else HPy_NULL, and no exception. */
static inline ALWAYS_INLINE HPy next_in_place(PyObject *o) {
    Iterator *iterator = (Iterator *)o;
    if (Py_IS_TYPE(o, &PyListIter_Type) && LIKELY(iterators_are_known)) {
        PyObject *list = iterator->sequence;
        if (LIKELY(list != NULL) && LIKELY((size_t)iterator->index < (size_t)PyList_GET_SIZE(list)))
            return borrow(filled(PyList_GET_ITEM(list, iterator->index++)));
    } else if (Py_IS_TYPE(o, &PyTupleIter_Type) && LIKELY(iterators_are_known)) {
        PyObject *tuple = iterator->sequence;
        if (LIKELY(tuple != NULL) &&
            LIKELY((size_t)iterator->index < (size_t)PyTuple_GET_SIZE(tuple)))
            return borrow(filled(PyTuple_GET_ITEM(tuple, iterator->index++)));
    }
    return HPy_NULL;
}
#else
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
