/* Heap types of any metaclass: PyType_FromMetaclass for the versions that do not have it. */
#include "types.h"

#if TYPES_HAVE_METACLASSES

PyObject *type_from_metaclass(PyTypeObject *metaclass, PyType_Spec *spec, PyObject *bases) {
    return PyType_FromMetaclass(metaclass, NULL, spec, bases);
}

#else

/* The most derived among metaclass and the metaclasses of the bases; borrowed. */
static PyTypeObject *calculate_metaclass(PyTypeObject *metaclass, PyObject *bases) {
    PyTypeObject *winner =
        _PyType_CalculateMetaclass(metaclass == NULL ? &PyType_Type : metaclass, bases);
    if (winner != NULL && winner->tp_new != PyType_Type.tp_new) {
        PyErr_SetString(PyExc_TypeError, "Metaclasses with custom tp_new are not supported.");
        return NULL;
    }
    return winner;
}

/* The copies of its members lie behind a type; Py_SIZE counts them. */
static PyMemberDef *members(PyHeapTypeObject *type) {
    return (PyMemberDef *)((char *)type + Py_TYPE(type)->tp_basicsize);
}

/* Moves what a type made from a specification consists of to a new, empty one of another metaclass:
 * all but what PyType_Ready makes. Nothing in here allocates, so that the collector does not meet
 * an unfinished type. */
static void move(PyHeapTypeObject *to, PyHeapTypeObject *from) {
    const size_t head = sizeof(PyVarObject);
    memcpy((char *)to + head, (char *)from + head, sizeof(PyHeapTypeObject) - head);
    PyTypeObject *type = &to->ht_type;
    type->tp_flags &= ~(Py_TPFLAGS_READY | Py_TPFLAGS_VALID_VERSION_TAG);
    type->tp_version_tag = 0;
    type->tp_as_async = &to->as_async;
    type->tp_as_number = &to->as_number;
    type->tp_as_sequence = &to->as_sequence;
    type->tp_as_mapping = &to->as_mapping;
    type->tp_as_buffer = &to->as_buffer;
    type->tp_members = members(to);
    memcpy(type->tp_members, members(from), (size_t)Py_SIZE(from) * sizeof(PyMemberDef));
    /* What PyType_Ready makes. */
    type->tp_dict = type->tp_mro = type->tp_cache = type->tp_subclasses = type->tp_weaklist = NULL;
    /* What both own, */
    Py_INCREF(type->tp_base);
    Py_INCREF(type->tp_bases);
    Py_INCREF(to->ht_name);
    Py_INCREF(to->ht_qualname);
    Py_XINCREF(to->ht_slots);
    Py_XINCREF(to->ht_module);
    /* and what changes hands. */
    from->ht_type.tp_doc = NULL;
    from->ht_cached_keys = NULL;
#if TYPES_OWN_NAMES
    from->_ht_tpname = NULL;
#endif
}

/* PyType_Ready takes slots that model has inherited for the type's own, and gives the type methods
 * for them, which would hide those of the bases. The model's dict has the right names. */
static int correct_dict(PyTypeObject *type, PyTypeObject *model) {
    PyObject *names = PyDict_Keys(type->tp_dict);
    if (names == NULL)
        return -1;
    int result = 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        const int keep = PyDict_Contains(model->tp_dict, name);
        result = keep < 0 ? -1 : keep ? 0 : PyDict_DelItem(type->tp_dict, name);
    }
    Py_DECREF(names);
    if (result == 0)
        result = PyDict_Merge(type->tp_dict, model->tp_dict, 0); /* __module__ */
    PyType_Modified(type);
    return result;
}

PyObject *type_from_metaclass(PyTypeObject *metaclass, PyType_Spec *spec, PyObject *bases) {
    metaclass = calculate_metaclass(metaclass, bases);
    if (metaclass == NULL)
        return NULL;
    PyObject *model = PyType_FromSpecWithBases(spec, bases);
    if (model == NULL || metaclass == &PyType_Type)
        return model;
    PyObject *type = metaclass->tp_alloc(metaclass, Py_SIZE(model));
    if (type != NULL) {
        move((PyHeapTypeObject *)type, (PyHeapTypeObject *)model);
        if (PyType_Ready((PyTypeObject *)type) < 0 ||
            correct_dict((PyTypeObject *)type, (PyTypeObject *)model) < 0)
            Py_CLEAR(type);
    }
    /* It holds itself. Gone at once, it does not show among the subclasses of its bases. */
    PyObject *error, *value, *traceback;
    PyErr_Fetch(&error, &value, &traceback);
    PyType_Type.tp_clear(model);
    Py_DECREF(model);
    PyErr_Restore(error, value, traceback);
    return type;
}

#endif
