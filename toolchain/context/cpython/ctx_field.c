/* Fields and globals: references owned by an object's struct and by the module. */
#include "cpython.h"

/* The old reference goes last: dropping it can run code that looks at the place. */
static inline void store(struct _HPyObject **place, HPy h) {
    PyObject *old = (PyObject *)*place;
    Py_XINCREF(as_py(h));
    *place = h._i;
    Py_XDECREF(old);
}

static inline HPy load(struct _HPyObject *place) {
    Py_XINCREF((PyObject *)place);
    return as_h((PyObject *)place);
}

void HPyField_Store(CTX, _HPy_UNUSED HPy target_object, HPyField *target_field, HPy h) {
    store(&target_field->_i, h);
}

HPy HPyField_Load(CTX, _HPy_UNUSED HPy source_object, HPyField source_field) {
    return load(source_field._i);
}

void HPyGlobal_Store(CTX, HPyGlobal *global, HPy h) {
    store(&global->_i, h);
}

HPy HPyGlobal_Load(CTX, HPyGlobal global) {
    return load(global._i);
}
