/* Finds the free list of floats. It is CPython's own affair, so this is compiled against the
 * internal headers of one version, and asks the running one whether it is true of it. */
#define Py_BUILD_CORE
#include "free_list.h"
#include "modules.h"

static FreeList always_empty;
FreeList *float_free_list = &always_empty;

/* Since 3.14 all free lists are of another kind. */
#if PY_VERSION_HEX < 0x030E0000 && !defined(Py_GIL_DISABLED) && !defined(Py_DEBUG) &&              \
    !defined(Py_TRACE_REFS) && __has_include("internal/pycore_interp.h")
#include "internal/pycore_interp.h"

#if PY_VERSION_HEX >= 0x030D0000
#define FLOATS object_state.freelists.floats
#else
#define FLOATS float_state
#endif

int context_find_free_lists(void) {
    if (!context_is_of_this_version())
        return 0;
    FreeList *list = (FreeList *)&PyInterpreterState_Get()->FLOATS;
    PyObject *o = PyFloat_FromDouble(0.5);
    if (o == NULL)
        return -1;
    /* An object that dies becomes the first of the list. */
    const FreeList before = *list;
    Py_DECREF(o);
    if (list->length == before.length + 1 && list->first == (PyFloatObject *)o &&
        list->first->ob_base.ob_type == (PyTypeObject *)before.first)
        float_free_list = list;
    return 0;
}
#else
int context_find_free_lists(void) {
    return 0;
}
#endif
