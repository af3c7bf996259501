/* Types made from specifications, and questions about types. */
#include "recursion.h"
#include "types.h"

/* The bases that params name as a tuple, object by default; the metaclass goes to *metaclass. */
static PyObject *read_params(const HPyType_SpecParam *params, const char *name,
                             PyTypeObject **metaclass) {
    PyObject *tuple = NULL, *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    for (; params != NULL && params->kind != 0; params++) {
        PyObject *object = as_py(params->object);
        switch (params->kind) {
        case HPyType_SpecParam_Base:
            if (PyList_Append(list, object) < 0)
                goto error;
            break;
        case HPyType_SpecParam_BasesTuple:
            if (tuple != NULL) {
                PyErr_SetString(PyExc_TypeError,
                                "multiple specifications of HPyType_SpecParam_BasesTuple");
                goto error;
            }
            if (!PyTuple_Check(object)) {
                PyErr_Format(PyExc_TypeError, "%s: the bases must be a tuple, not %R", name,
                             object);
                goto error;
            }
            tuple = object;
            break;
        case HPyType_SpecParam_Metaclass:
            if (*metaclass != NULL) {
                PyErr_SetString(PyExc_ValueError, "metaclass was specified multiple times");
                goto error;
            }
            if (!PyType_Check(object) || !PyType_IsSubtype((PyTypeObject *)object, &PyType_Type)) {
                PyErr_Format(PyExc_TypeError, "Metaclass '%R' is not a subclass of 'type'.",
                             object);
                goto error;
            }
            *metaclass = (PyTypeObject *)object;
            break;
        default:
            PyErr_Format(PyExc_TypeError, "unknown HPyType_SpecParam specification for '%s'", name);
            goto error;
        }
    }
    if (tuple == NULL) {
        if (PyList_GET_SIZE(list) == 0 && PyList_Append(list, (PyObject *)&PyBaseObject_Type) < 0)
            goto error;
        tuple = PyList_AsTuple(list);
    } else if (PyList_GET_SIZE(list) != 0) {
        PyErr_SetString(PyExc_TypeError, "cannot specify both HPyType_SpecParam_Base and "
                                         "HPytype_SpecParam_BasesTuple");
        goto error;
    } else {
        Py_INCREF(tuple);
    }
    Py_DECREF(list);
    return tuple;
error:
    Py_DECREF(list);
    return NULL;
}

destructor python_class_dealloc;

static int find_python_class_dealloc(void) {
    if (python_class_dealloc != NULL)
        return 0;
    PyType_Slot slots[] = {{0, NULL}};
    PyType_Spec spec = {"hpybc.Probe", 0, 0, Py_TPFLAGS_DEFAULT, slots};
    PyObject *probe = PyType_FromSpec(&spec);
    if (probe == NULL)
        return -1;
    python_class_dealloc = ((PyTypeObject *)probe)->tp_dealloc;
    Py_DECREF(probe);
    return 0;
}

/* Whether instances of a class made by Python code hold no more than those of its base. */
static bool adds_nothing(PyTypeObject *type) {
    const PyTypeObject *base = type->tp_base;
    return type->tp_basicsize == base->tp_basicsize && type->tp_itemsize == base->tp_itemsize &&
           type->tp_dictoffset == base->tp_dictoffset &&
           type->tp_weaklistoffset == base->tp_weaklistoffset;
}

bool holds_python_state(PyTypeObject *type) {
    for (; type_info(type) != NULL || is_python_class(type); type = type->tp_base) {
        if (is_python_class(type) && !adds_nothing(type))
            return true;
    }
    return false;
}

static int check_legacy_base(PyTypeObject *base) {
    const TypeInfo *info = type_info_inherited(base);
    if (info == NULL || info->shape == HPyType_BuiltinShape_Legacy)
        return 0;
    PyErr_SetString(PyExc_TypeError,
                    "A legacy type should not inherit its memory layout from a pure type");
    return -1;
}

/* With functions of its own for the collector, a type would stand in the way of those of a class
 * that Python code made. */
static int check_python_state(const HPyType_Spec *spec, PyTypeObject *base) {
    bool has_own = false;
    for (HPyDef **def = spec->defines; def != NULL && *def != NULL; def++)
        has_own |= (*def)->kind == HPyDef_Kind_Slot &&
                   ((*def)->slot.slot == HPy_tp_traverse || (*def)->slot.slot == HPy_tp_destroy);
    if (!has_own || !holds_python_state(base))
        return 0;
    PyErr_Format(PyExc_TypeError,
                 "%s: a type that has HPy_tp_traverse or HPy_tp_destroy cannot inherit the dict, "
                 "weak references or slots of '%s'",
                 spec->name, base->tp_name);
    return -1;
}

/* Whether the struct of the new type would lie on top of something else. */
static int check_base(const HPyType_Spec *spec, PyTypeObject *base) {
    if (check_python_state(spec, base) < 0)
        return -1;
    if (spec->builtin_shape == HPyType_BuiltinShape_Legacy)
        return check_legacy_base(base);
    if (spec->basicsize == 0)
        return 0; /* a type without a struct has the layout of its base, whatever that is */
    PyTypeObject *builtin = builtin_base(spec->builtin_shape);
    PyTypeObject *type = base;
    while ((is_python_class(type) || type_info(type) != NULL) && adds_nothing(type))
        type = type->tp_base;
    const TypeInfo *info = type_info(type);
    if (info != NULL ? info->shape != spec->builtin_shape
                     : is_python_class(type) || type->tp_basicsize > builtin->tp_basicsize) {
        PyErr_Format(PyExc_TypeError,
                     "%s: the struct of a type of this shape follows that of '%s', and base '%s' "
                     "has another layout",
                     spec->name, builtin->tp_name, base->tp_name);
        return -1;
    }
    return 0;
}

static int check_bases(const HPyType_Spec *spec, PyObject *bases) {
    PyTypeObject *builtin = builtin_base(spec->builtin_shape);
    bool extends_builtin = false, is_plain = PyTuple_GET_SIZE(bases) != 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        if (!PyType_Check(base)) {
            PyErr_Format(PyExc_TypeError, "%s: a base must be a type, not %R", spec->name, base);
            return -1;
        }
        if (check_base(spec, (PyTypeObject *)base) < 0)
            return -1;
        extends_builtin |= PyType_IsSubtype((PyTypeObject *)base, builtin);
        is_plain &= base == (PyObject *)&PyBaseObject_Type;
    }
    /* On `object` alone there is room for the struct, and a fixed place but in an int or a tuple,
     * where it depends on the number of items. */
    const bool has_items = spec->builtin_shape == HPyType_BuiltinShape_Long ||
                           spec->builtin_shape == HPyType_BuiltinShape_Tuple;
    if (!extends_builtin && (has_items || !is_plain)) {
        PyErr_Format(PyExc_TypeError, "%s: a type of this shape needs '%s' among its bases",
                     spec->name, builtin->tp_name);
        return -1;
    }
    return 0;
}

/* As if the type had no vectorcall. */
static COLD PyObject *call_type(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                PyObject *kwnames) {
    const Py_ssize_t n_kw = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    PyObject *result = NULL, *kw = NULL;
    PyObject *tuple = as_py(HPyTuple_FromArray(_HPyContext_Get(), as_h_array(args), nargs));
    settle(); /* of the arguments, the last */
    if (tuple == NULL || (n_kw > 0 && (kw = PyDict_New()) == NULL))
        goto done;
    for (Py_ssize_t i = 0; i < n_kw; i++) {
        if (PyDict_SetItem(kw, PyTuple_GET_ITEM(kwnames, i), args[nargs + i]) < 0)
            goto done;
    }
    result = PyType_Type.tp_call(self, tuple, kw);
done:
    Py_XDECREF(tuple);
    Py_XDECREF(kw);
    return result;
}

/* What a call of type does after tp_new, which has given self. An instance of a subclass has a
 * tp_init of its own, and what is no instance is not initialised. */
static COLD PyObject *initialise(PyTypeObject *type, PyObject *self, PyObject *const *args,
                                 Py_ssize_t nargs) {
    if (!PyObject_TypeCheck(self, type) || PyErr_Occurred())
        return self; /* with an exception it is for the caller to refuse */
    PyObject *tuple = as_py(HPyTuple_FromArray(_HPyContext_Get(), as_h_array(args), nargs));
    settle(); /* of the arguments, the last */
    if (tuple == NULL || Py_TYPE(self)->tp_init(self, tuple, NULL) < 0)
        Py_CLEAR(self);
    Py_XDECREF(tuple);
    return self;
}

/* Calling a type makes an instance and initialises it. The extension's function gets the arguments
 * as they are, unless Python code has replaced it. object's tp_init has nothing to do. */
static inline ALWAYS_INLINE PyObject *make(PyTypeObject *type, PyObject *const *args,
                                           Py_ssize_t nargs, PyObject *kwnames) {
    const TypeInfo *info = own_type_info(type); /* nobody inherits type_vectorcall */
    if (UNLIKELY(kwnames != NULL || type->tp_new != info->tp_new))
        return call_type((PyObject *)type, args, nargs, kwnames);
    const HPy made =
        info->create(info->ctx, as_h((PyObject *)type), as_h_array(args), nargs, HPy_NULL);
    settle_for_good();
    PyObject *self = as_py(made);
    if (UNLIKELY(self == NULL))
        return NULL;
    if (LIKELY(Py_IS_TYPE(self, type) && type->tp_init == PyBaseObject_Type.tp_init))
        return self;
    return initialise(type, self, args, nargs);
}

static COLD PyObject *make_nested(PyTypeObject *type, PyObject *const *args, Py_ssize_t nargs,
                                  PyObject *kwnames) {
    const CallDepth depth = count_call((PyObject *)type);
    if (depth == CALL_TOO_DEEP)
        return NULL;
    PyObject *self = make(type, args, nargs, kwnames);
    leave_call(depth);
    return self;
}

PyObject *type_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames) {
    PyTypeObject *type = (PyTypeObject *)self;
    const Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (UNLIKELY(!is_outermost()))
        return make_nested(type, args, nargs, kwnames);
    call_runs = true;
    PyObject *made = make(type, args, nargs, kwnames);
    call_runs = false;
    return made;
}

/* A type without such a function, if it and its instances are plain: what object's tp_new and
 * tp_init do without arguments. */
static PyObject *plain_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf,
                                  PyObject *kwnames) {
    PyTypeObject *type = (PyTypeObject *)self;
    const Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (LIKELY(nargs == 0 && kwnames == NULL && type->tp_new == PyBaseObject_Type.tp_new &&
               type->tp_init == PyBaseObject_Type.tp_init &&
               !PyType_HasFeature(type, Py_TPFLAGS_IS_ABSTRACT)))
        return new_plain(type);
    return call_type(self, args, nargs, kwnames);
}

/* Not of HPy; see ../below.h. */
void _HPyType_CallTrampolines(HPyContext *ctx, HPy type);

void _HPyType_CallTrampolines(CTX, HPy type) {
    NOTHING_IS_DEFERRED;
    ((PyTypeObject *)as_py(type))->tp_vectorcall = NULL;
}

/* Gives the type its info. The block takes the place of another that the type frees when it dies.
 */
static void attach_info(PyTypeObject *type, const Draft *draft, HPyContext *ctx) {
    PyHeapTypeObject *heap_type = (PyHeapTypeObject *)type;
    heap_type->as_sequence.was_sq_slice = draft->info;
    heap_type->as_sequence.was_sq_ass_slice = TYPE_INFO_MARK;
    draft->info->ctx = ctx;
    if (may_be_plain(type, draft->info))
        type->tp_dealloc = plain_dealloc;
    /* Another metaclass may have a __call__ of its own. */
    if (Py_IS_TYPE(type, &PyType_Type)) {
        if (draft->info->create != NULL)
            type->tp_vectorcall = type_vectorcall;
        else if (is_plain(type))
            type->tp_vectorcall = plain_vectorcall;
    }
    BLOCK_FREE(*type_block(type));
    *type_block(type) = draft->block;
    type->tp_name = draft->info->name;
}

static ONCE PyObject *from_spec(HPyContext *ctx, const HPyType_Spec *hpyspec,
                                const HPyType_SpecParam *params) {
    Draft draft = {0};
    PyTypeObject *metaclass = NULL;
    PyObject *type = NULL;
    if (check_spec(hpyspec) < 0 || find_python_class_dealloc() < 0)
        return NULL;
    PyObject *bases = read_params(params, hpyspec->name, &metaclass);
    if (bases == NULL)
        return NULL;
    if (check_bases(hpyspec, bases) < 0 || draft_spec(&draft, hpyspec, bases) < 0)
        goto done;
    /* Items exist in built-in types and in legacy types alone. */
    const bool is_legacy = hpyspec->builtin_shape == HPyType_BuiltinShape_Legacy;
    PyType_Spec spec = {draft.info->name, (int)draft.basicsize, is_legacy ? hpyspec->itemsize : 0,
                        draft.flags, draft.slots};
    type = type_from_metaclass(metaclass, &spec, bases);
    if (type != NULL)
        attach_info((PyTypeObject *)type, &draft, ctx);
done:
    if (type == NULL)
        BLOCK_FREE(draft.block);
    PyMem_Free(draft.slots);
    PyMem_Free(draft.members);
    Py_DECREF(bases);
    return type;
}

HPy HPyType_FromSpec(CTX, HPyType_Spec *hpyspec, HPyType_SpecParam *params) {
    MAY_RUN_CODE;
    return as_h(from_spec(ctx, hpyspec, params));
}

HPyType_BuiltinShape _HPyType_GetBuiltinShape(CTX, HPy h_type) {
    MAY_RUN_CODE;
    if (!PyType_Check(as_py(h_type))) {
        PyErr_SetString(PyExc_TypeError, "arg must be a type");
        return (HPyType_BuiltinShape)-2;
    }
    const TypeInfo *info = type_info_inherited((PyTypeObject *)as_py(h_type));
    return info == NULL ? HPyType_BuiltinShape_Legacy : info->shape;
}

/* A class statement puts no module before the name, and may put dots into it. */
const char *HPyType_GetName(CTX, HPy type) {
    MAY_RUN_CODE;
    PyTypeObject *py_type = (PyTypeObject *)as_py(type);
    if (PyType_HasFeature(py_type, Py_TPFLAGS_HEAPTYPE))
        return PyUnicode_AsUTF8(((PyHeapTypeObject *)py_type)->ht_name);
    const char *dot = strrchr(py_type->tp_name, '.');
    return dot == NULL ? py_type->tp_name : dot + 1;
}

int HPyType_IsSubtype(CTX, HPy sub, HPy type) {
    MAY_RUN_CODE;
    return PyType_IsSubtype((PyTypeObject *)as_py(sub), (PyTypeObject *)as_py(type));
}
