/* Struct sequences: CPython's own. */
#include "deferred.h"

#include <structmember.h>

/* The pointer is the mark, not the text. */
const char *const HPyStructSequence_UnnamedField = "unnamed field";

static COLD HPy raise(PyObject *exception, const char *message) {
    PyErr_SetString(exception, message);
    return HPy_NULL;
}

/* The number of fields without a name; to each goes the name the interpreter wants. */
static size_t mark_unnamed(PyStructSequence_Field *fields) {
    size_t n = 0;
    for (; fields->name != NULL; fields++) {
        if (fields->name == HPyStructSequence_UnnamedField) {
            n++;
#if UNNAMED_FIELDS_ARE_KNOWN
            fields->name = PyStructSequence_UnnamedField;
#endif
        }
    }
    return n;
}

#if UNNAMED_FIELDS_ARE_KNOWN

static int remove_unnamed(_HPy_UNUSED PyTypeObject *type, _HPy_UNUSED size_t n_unnamed) {
    return 0;
}

#else

static int set_attribute(PyTypeObject *type, const char *name, PyObject *value) {
    const int result = value == NULL ? -1 : PyDict_SetItemString(type->tp_dict, name, value);
    Py_XDECREF(value);
    return result;
}

/* Before 3.11 an extension does not get at the name that says a field has none. Makes of the type
 * what CPython would have: without their members, which leave no gap, and with the numbers right.
 */
static COLD int remove_unnamed(PyTypeObject *type, size_t n_unnamed) {
    if (n_unnamed == 0)
        return 0;
    if (PyDict_DelItemString(type->tp_dict, HPyStructSequence_UnnamedField) < 0)
        return -1;
    PyObject *names = PyList_New(0);
    if (names == NULL)
        return -1;
    PyMemberDef *to = type->tp_members;
    for (const PyMemberDef *from = to; from->name != NULL; from++) {
        if (from->name == HPyStructSequence_UnnamedField)
            continue;
        *to = *from;
        PyObject *name = PyUnicode_FromString(to->name);
        if (name == NULL || PyList_Append(names, name) < 0 ||
            set_attribute(type, to->name, PyDescr_NewMember(type, to)) < 0) {
            Py_XDECREF(name);
            Py_DECREF(names);
            return -1;
        }
        Py_DECREF(name);
        to++;
    }
    to->name = NULL;
    PyObject *match_args = PyList_AsTuple(names);
    Py_DECREF(names);
    const int result = set_attribute(type, "__match_args__", match_args);
    PyType_Modified(type);
    return result < 0 ? -1 : set_attribute(type, "n_unnamed_fields", PyLong_FromSize_t(n_unnamed));
}

#endif

HPy HPyStructSequence_NewType(CTX, HPyStructSequence_Desc *desc) {
    MAY_RUN_CODE;
    if (desc->name == NULL || desc->fields == NULL)
        return raise(PyExc_SystemError, "a struct sequence needs a name and an array of fields");
    size_t n = 0;
    while (desc->fields[n].name != NULL)
        n++;
    PyStructSequence_Field *fields = PyMem_Calloc(n + 1, sizeof(PyStructSequence_Field));
    if (fields == NULL) {
        PyErr_NoMemory();
        return HPy_NULL;
    }
    for (size_t i = 0; i < n; i++)
        fields[i] = (PyStructSequence_Field){desc->fields[i].name, desc->fields[i].doc};
    const size_t n_unnamed = mark_unnamed(fields);
    PyStructSequence_Desc own = {desc->name, desc->doc, fields, (int)n};
    PyTypeObject *type = PyStructSequence_NewType(&own);
    PyMem_Free(fields);
    if (type != NULL && remove_unnamed(type, n_unnamed) < 0)
        Py_CLEAR(type);
    return as_h((PyObject *)type);
}

/* The number of fields, or -1 if type is no struct sequence's. */
static Py_ssize_t field_count(PyObject *type) {
    if (!PyType_Check(type) || !PyType_IsSubtype((PyTypeObject *)type, &PyTuple_Type))
        return -1;
    /* Interned: the cache that the interpreter keeps of type attributes holds on to the name. */
    PyObject *name = PyUnicode_InternFromString("n_fields");
    PyObject *count = name == NULL ? NULL : PyObject_GetAttr(type, name);
    const Py_ssize_t n = count == NULL ? -1 : PyLong_AsSsize_t(count);
    Py_XDECREF(name);
    Py_XDECREF(count);
    return n;
}

/* Through the type's constructor, which any type that claims to be one survives;
 * PyStructSequence_New takes n_fields at its word. */
HPy HPyStructSequence_New(CTX, HPy type, HPy_ssize_t nargs, HPy *args) {
    MAY_RUN_CODE;
    const Py_ssize_t n = field_count(as_py(type));
    if (n < 0) {
        PyErr_Format(PyExc_TypeError, "%R is not a struct sequence type", as_py(type));
        return HPy_NULL;
    }
    if (n != nargs) {
        PyErr_Format(PyExc_TypeError, "%s has %zd fields, %zd values were given",
                     ((PyTypeObject *)as_py(type))->tp_name, n, nargs);
        return HPy_NULL;
    }
    PyObject *values = as_py(HPyTuple_FromArray(ctx, args, nargs));
    settle();
    if (values == NULL)
        return HPy_NULL;
    PyObject *result = PyObject_CallOneArg(as_py(type), values);
    Py_DECREF(values);
    return as_h(result);
}
