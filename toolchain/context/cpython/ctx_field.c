/* Fields and globals: references owned by an object's struct and by the module. */
#include "deferred.h"

#if !THREADS_TAKE_TURNS
/* Without the GIL the reading of a place and the taking of a reference must be one step. A field is
 * guarded by the lock of the object it is in, as CPython's members are, a global by this one. */
static PyMutex globals;

static struct _HPyObject *exchange(struct _HPyObject **place, HPy h) {
    struct _HPyObject *old = *place;
    *place = h._i;
    return old;
}

void HPyField_Store(CTX, HPy target_object, HPyField *target_field, HPy h) {
    SETTLES_ITSELF;
    struct _HPyObject *old;
    Py_XINCREF(as_py(h));
    Py_BEGIN_CRITICAL_SECTION(as_py(target_object));
    old = exchange(&target_field->_i, h);
    Py_END_CRITICAL_SECTION();
    Py_XDECREF((PyObject *)old);
}

HPy _HPyField_LoadFrom(CTX, HPy source_object, const HPyField *source_field) {
    RUNS_NO_CODE;
    PyObject *result;
    Py_BEGIN_CRITICAL_SECTION(as_py(source_object));
    result = Py_XNewRef((PyObject *)source_field->_i);
    Py_END_CRITICAL_SECTION();
    return as_h(result);
}

void HPyGlobal_Store(CTX, HPyGlobal *global, HPy h) {
    SETTLES_ITSELF;
    Py_XINCREF(as_py(h));
    PyMutex_Lock(&globals);
    struct _HPyObject *old = exchange(&global->_i, h);
    PyMutex_Unlock(&globals);
    Py_XDECREF((PyObject *)old);
}

HPy _HPyGlobal_LoadFrom(CTX, const HPyGlobal *global) {
    RUNS_NO_CODE;
    PyMutex_Lock(&globals);
    PyObject *result = Py_XNewRef((PyObject *)global->_i);
    PyMutex_Unlock(&globals);
    return as_h(result);
}
#else
/* The old reference goes last: dropping it can run code that looks at the place. */
static inline void store(struct _HPyObject **place, HPy h) {
    PyObject *old = (PyObject *)*place;
    keep((PyObject **)place, as_py(h));
    give_back(old);
}

void HPyField_Store(CTX, _HPy_UNUSED HPy target_object, HPyField *target_field, HPy h) {
    SETTLES_ITSELF;
    store(&target_field->_i, h);
}

void HPyGlobal_Store(CTX, HPyGlobal *global, HPy h) {
    SETTLES_ITSELF;
    store(&global->_i, h);
}
#endif

/* Of a copy, which nobody else can store to; extensions call _HPyField_LoadFrom. */

HPy HPyField_Load(CTX, _HPy_UNUSED HPy source_object, HPyField source_field) {
    RUNS_NO_CODE;
    return borrow((PyObject *)source_field._i);
}

HPy HPyGlobal_Load(CTX, HPyGlobal global) {
    RUNS_NO_CODE;
    return borrow((PyObject *)global._i);
}
