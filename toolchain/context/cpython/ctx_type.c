/* Types made from specifications. */
#include "types.h"

#include <structmember.h>

/* A specification in CPython's terms. CPython copies the slots and the members; it keeps pointers
 * to what info holds. */
typedef struct {
    TypeInfo *info;
    PyGetSetDef *getsets;
    PyMethodDef *methods;
    PyType_Slot *slots;
    PyMemberDef *members;
    size_t n_slots;
    size_t n_members;
    size_t n_getsets;
    size_t basicsize;
    unsigned int flags;
} Draft;

static size_t count(HPyDef **defines, HPyDef_Kind kind) {
    size_t n = 0;
    for (; defines != NULL && *defines != NULL; defines++)
        n += (*defines)->kind == kind;
    return n;
}

size_t method_count(HPyDef **defines) {
    return count(defines, HPyDef_Kind_Meth);
}

int method_table(PyMethodDef *table, HPyDef **defines) {
    for (; defines != NULL && *defines != NULL; defines++) {
        if ((*defines)->kind != HPyDef_Kind_Meth)
            continue;
        const HPyMeth *method = &(*defines)->meth;
        int flags;
        switch (method->signature) {
        case HPyFunc_VARARGS: flags = METH_FASTCALL; break;
        case HPyFunc_KEYWORDS: flags = METH_FASTCALL | METH_KEYWORDS; break;
        case HPyFunc_NOARGS: flags = METH_NOARGS; break;
        case HPyFunc_O: flags = METH_O; break;
        default: PyErr_SetString(PyExc_ValueError, "Unsupported HPyMeth signature"); return -1;
        }
        *table++ = (PyMethodDef){method->name, (PyCFunction)(HPyCFunction)method->cpy_trampoline,
                                 flags, method->doc};
    }
    return 0;
}

static int draft_allocate(Draft *draft, const HPyType_Spec *spec) {
    const size_t n_getsets = count(spec->defines, HPyDef_Kind_GetSet) + 1;
    const size_t n_methods = method_count(spec->defines) + 1;
    /* The definitions', those of finish_slots, and the end. */
    const size_t n_slots = count(spec->defines, HPyDef_Kind_Slot) + 8;
    const size_t n_members = count(spec->defines, HPyDef_Kind_Member) + 2;
    const size_t name_size = strlen(spec->name) + 1;
    draft->info = PyMem_Calloc(1, sizeof(TypeInfo) + n_getsets * sizeof(PyGetSetDef) +
                                      n_methods * sizeof(PyMethodDef) + name_size);
    draft->slots = PyMem_Calloc(n_slots, sizeof(PyType_Slot));
    draft->members = PyMem_Calloc(n_members, sizeof(PyMemberDef));
    if (draft->info == NULL || draft->slots == NULL || draft->members == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    draft->getsets = (PyGetSetDef *)(draft->info + 1);
    draft->methods = (PyMethodDef *)(draft->getsets + n_getsets);
    draft->info->name = memcpy(draft->methods + n_methods, spec->name, name_size);
    draft->info->shape = spec->builtin_shape;
    return 0;
}

static void add_slot(Draft *draft, int slot, void *value) {
    draft->slots[draft->n_slots++] = (PyType_Slot){slot, value};
}

static void draft_slot(Draft *draft, const HPySlot *slot) {
    switch (slot->slot) {
    case HPy_tp_traverse: draft->info->traverse = (HPyFunc_traverseproc)slot->impl; break;
    case HPy_tp_destroy: draft->info->destroy = (HPyFunc_destroyfunc)slot->impl; break;
    case HPy_tp_call:
        draft->info->call = (cpy_vectorcallfunc)(HPyCFunction)slot->cpy_trampoline;
        break;
    default: add_slot(draft, slot->slot, (void *)slot->cpy_trampoline); break;
    }
}

static void draft_member(Draft *draft, const HPyMember *member, size_t head) {
    draft->members[draft->n_members++] =
        (PyMemberDef){member->name, (int)member->type, (Py_ssize_t)head + member->offset,
                      member->readonly ? READONLY : 0, member->doc};
    if (strcmp(member->name, "__vectorcalloffset__") == 0)
        draft->flags |= Py_TPFLAGS_HAVE_VECTORCALL;
}

static int draft_definitions(Draft *draft, const HPyType_Spec *spec, size_t head) {
    for (HPyDef **def = spec->defines; def != NULL && *def != NULL; def++) {
        switch ((*def)->kind) {
        case HPyDef_Kind_Meth: break;
        case HPyDef_Kind_Slot: draft_slot(draft, &(*def)->slot); break;
        case HPyDef_Kind_Member: draft_member(draft, &(*def)->member, head); break;
        case HPyDef_Kind_GetSet: {
            const HPyGetSet *getset = &(*def)->getset;
            draft->getsets[draft->n_getsets++] =
                (PyGetSetDef){getset->name, (getter)getset->getter_cpy_trampoline,
                              (setter)getset->setter_cpy_trampoline, getset->doc, getset->closure};
            break;
        }
        default:
            PyErr_Format(PyExc_SystemError, "%s: unknown kind of HPyDef: %d", spec->name,
                         (int)(*def)->kind);
            return -1;
        }
    }
    return method_table(draft->methods, spec->defines);
}

/* What every HPy type has besides its definitions. */
static void finish_slots(Draft *draft, const HPyType_Spec *spec, bool own_call) {
    if (own_call) {
        /* The instance's call function lies behind its struct; see instance_call. */
        const size_t place = (draft->basicsize + 7) & ~(size_t)7;
        draft->members[draft->n_members++] = (PyMemberDef){
            "__vectorcalloffset__", HPyMember_HPYSSIZET, (Py_ssize_t)place, READONLY, NULL};
        draft->basicsize = place + sizeof(vectorcallfunc);
        draft->flags |= Py_TPFLAGS_HAVE_VECTORCALL;
        add_slot(draft, Py_tp_call, (void *)instance_call);
    }
    add_slot(draft, Py_tp_dealloc, (void *)instance_dealloc);
    if (draft->flags & Py_TPFLAGS_HAVE_GC) {
        add_slot(draft, Py_tp_traverse, (void *)instance_traverse);
        add_slot(draft, Py_tp_clear, (void *)instance_clear);
    }
    add_slot(draft, Py_tp_methods, draft->methods);
    add_slot(draft, Py_tp_members, draft->members);
    add_slot(draft, Py_tp_getset, draft->getsets);
    if (spec->doc != NULL)
        add_slot(draft, Py_tp_doc, (void *)spec->doc);
}

PyTypeObject *builtin_base(HPyType_BuiltinShape shape) {
    switch (shape) {
    case HPyType_BuiltinShape_Object: return &PyBaseObject_Type;
    case HPyType_BuiltinShape_Type: return &PyType_Type;
    case HPyType_BuiltinShape_Long: return &PyLong_Type;
    case HPyType_BuiltinShape_Float: return &PyFloat_Type;
    case HPyType_BuiltinShape_Unicode: return &PyUnicode_Type;
    case HPyType_BuiltinShape_Tuple: return &PyTuple_Type;
    case HPyType_BuiltinShape_List: return &PyList_Type;
    default: return NULL;
    }
}

/* Ints and tuples have no fixed place for the struct. */
static bool is_variable(HPyType_BuiltinShape shape) {
    return shape == HPyType_BuiltinShape_Long || shape == HPyType_BuiltinShape_Tuple;
}

static int check_spec(const HPyType_Spec *spec) {
    if (spec->legacy_slots != NULL || spec->builtin_shape == HPyType_BuiltinShape_Legacy) {
        PyErr_Format(PyExc_TypeError, "%s: legacy types are not supported by this context",
                     spec->name);
        return -1;
    }
    if (builtin_base(spec->builtin_shape) == NULL) {
        PyErr_Format(PyExc_ValueError, "invalid shape: %d", (int)spec->builtin_shape);
        return -1;
    }
    if (spec->basicsize < 0 || spec->itemsize != 0) {
        PyErr_Format(PyExc_TypeError, "%s: basicsize must not be negative, itemsize must be 0",
                     spec->name);
        return -1;
    }
    bool has_traverse = false, has_call = false, has_call_member = false;
    for (HPyDef **def = spec->defines; def != NULL && *def != NULL; def++) {
        has_traverse |= (*def)->kind == HPyDef_Kind_Slot && (*def)->slot.slot == HPy_tp_traverse;
        has_call |= (*def)->kind == HPyDef_Kind_Slot && (*def)->slot.slot == HPy_tp_call;
        if ((*def)->kind != HPyDef_Kind_Member)
            continue;
        has_call_member |= strcmp((*def)->member.name, "__vectorcalloffset__") == 0;
        if (spec->basicsize == 0) {
            PyErr_SetString(PyExc_TypeError,
                            "Type claims to have basicsize==0 but defines members");
            return -1;
        }
        if (is_variable(spec->builtin_shape)) {
            PyErr_Format(PyExc_TypeError,
                         "%s: a type that extends int or tuple cannot have members", spec->name);
            return -1;
        }
    }
    if (has_call && has_call_member) {
        PyErr_Format(PyExc_TypeError,
                     "%s: an HPy_tp_call slot excludes a member __vectorcalloffset__", spec->name);
        return -1;
    }
    if ((spec->flags & HPy_TPFLAGS_HAVE_GC) && !has_traverse) {
        PyErr_SetString(PyExc_ValueError, "You must provide an HPy_tp_traverse slot if you specify "
                                          "HPy_TPFLAGS_HAVE_GC");
        return -1;
    }
    return 0;
}

/* The first base whose instances have a call function, or NULL. */
static cpy_vectorcallfunc inherited_call(PyObject *bases) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        const TypeInfo *info = type_info_inherited((PyTypeObject *)PyTuple_GET_ITEM(bases, i));
        if (info != NULL && info->call != NULL)
            return info->call;
    }
    return NULL;
}

static int draft_spec(Draft *draft, const HPyType_Spec *spec, PyObject *bases) {
    if (draft_allocate(draft, spec) < 0)
        return -1;
    size_t head = STRUCT_OFFSET((size_t)builtin_base(spec->builtin_shape)->tp_basicsize);
    if (is_variable(spec->builtin_shape))
        /* The items come first; wherever they end, the struct still finds an aligned place. */
        head += STRUCT_ALIGNMENT;
    /* 0 asks for the layout of the base. */
    draft->basicsize = spec->basicsize == 0 ? 0 : head + (size_t)spec->basicsize;
    draft->flags = (unsigned int)spec->flags | Py_TPFLAGS_DEFAULT;
    if (draft_definitions(draft, spec, head) < 0)
        return -1;
    size_t largest = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        const PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(bases, i);
        if ((size_t)base->tp_basicsize > largest)
            largest = (size_t)base->tp_basicsize;
    }
    bool own_call = draft->info->call != NULL;
    if (!own_call && !(draft->flags & Py_TPFLAGS_HAVE_VECTORCALL)) {
        /* A struct of the type's own covers the place of the base's call function. */
        draft->info->call = inherited_call(bases);
        own_call = draft->info->call != NULL && draft->basicsize != 0;
    }
    if (own_call && draft->basicsize == 0)
        draft->basicsize = head > largest ? head : largest;
    finish_slots(draft, spec, own_call);
    if (draft->basicsize != 0 && draft->basicsize < largest) {
        PyErr_Format(PyExc_TypeError, "%s: the struct is smaller than that of a base", spec->name);
        return -1;
    }
    return 0;
}

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

/* Whether the struct of the new type would lie on top of something else. */
static int check_base(const HPyType_Spec *spec, PyObject *base) {
    PyTypeObject *builtin = builtin_base(spec->builtin_shape);
    if (!PyType_Check(base)) {
        PyErr_Format(PyExc_TypeError, "%s: a base must be a type, not %R", spec->name, base);
        return -1;
    }
    PyTypeObject *type = (PyTypeObject *)base;
    while (is_python_class(type) && adds_nothing(type))
        type = type->tp_base;
    const TypeInfo *info = type_info(type);
    if (info != NULL ? info->shape != spec->builtin_shape
                     : is_python_class(type) || type->tp_basicsize > builtin->tp_basicsize) {
        PyErr_Format(PyExc_TypeError,
                     "%s: the struct of a type of this shape follows that of '%s', and base '%s' "
                     "has another layout",
                     spec->name, builtin->tp_name, ((PyTypeObject *)base)->tp_name);
        return -1;
    }
    return 0;
}

static int check_bases(const HPyType_Spec *spec, PyObject *bases) {
    PyTypeObject *builtin = builtin_base(spec->builtin_shape);
    bool extends_builtin = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        if (check_base(spec, PyTuple_GET_ITEM(bases, i)) < 0)
            return -1;
        extends_builtin |= PyType_IsSubtype((PyTypeObject *)PyTuple_GET_ITEM(bases, i), builtin);
    }
    if (!extends_builtin) {
        PyErr_Format(PyExc_TypeError, "%s: a type of this shape needs '%s' among its bases",
                     spec->name, builtin->tp_name);
        return -1;
    }
    return 0;
}

static PyObject *make_type(PyType_Spec *spec, PyObject *bases, PyTypeObject *metaclass) {
#if PY_VERSION_HEX >= 0x030C0000
    return PyType_FromMetaclass(metaclass, NULL, spec, bases);
#else
    if (metaclass != NULL && metaclass != &PyType_Type) {
        PyErr_Format(PyExc_TypeError, "%s: a metaclass needs Python 3.12 or later", spec->name);
        return NULL;
    }
    return PyType_FromSpecWithBases(spec, bases);
#endif
}

static void attach_info(PyTypeObject *type, TypeInfo *info) {
    PyHeapTypeObject *heap_type = (PyHeapTypeObject *)type;
    heap_type->as_sequence.was_sq_slice = info;
    heap_type->as_sequence.was_sq_ass_slice = TYPE_INFO_MARK;
#if PY_VERSION_HEX >= 0x030B0000
    /* The type frees this block when it dies. Before 3.11 no block of a type does, and the info
     * stays, as CPython itself lets the name of a specification outlive its type. */
    PyMem_Free(heap_type->_ht_tpname);
    heap_type->_ht_tpname = (char *)info;
    type->tp_name = info->name;
#endif
}

static COLD PyObject *from_spec(const HPyType_Spec *hpyspec, const HPyType_SpecParam *params) {
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
    PyType_Spec spec = {draft.info->name, (int)draft.basicsize, 0, draft.flags, draft.slots};
    type = make_type(&spec, bases, metaclass);
    if (type != NULL)
        attach_info((PyTypeObject *)type, draft.info);
done:
    if (type == NULL)
        PyMem_Free(draft.info);
    PyMem_Free(draft.slots);
    PyMem_Free(draft.members);
    Py_DECREF(bases);
    return type;
}

HPy HPyType_FromSpec(CTX, HPyType_Spec *hpyspec, HPyType_SpecParam *params) {
    return as_h(from_spec(hpyspec, params));
}

HPyType_BuiltinShape _HPyType_GetBuiltinShape(CTX, HPy h_type) {
    if (!PyType_Check(as_py(h_type))) {
        PyErr_SetString(PyExc_TypeError, "arg must be a type");
        return (HPyType_BuiltinShape)-2;
    }
    const TypeInfo *info = type_info_inherited((PyTypeObject *)as_py(h_type));
    return info == NULL ? HPyType_BuiltinShape_Legacy : info->shape;
}

/* A class statement puts no module before the name, and may put dots into it. */
const char *HPyType_GetName(CTX, HPy type) {
    PyTypeObject *py_type = (PyTypeObject *)as_py(type);
    if (PyType_HasFeature(py_type, Py_TPFLAGS_HEAPTYPE))
        return PyUnicode_AsUTF8(((PyHeapTypeObject *)py_type)->ht_name);
    const char *dot = strrchr(py_type->tp_name, '.');
    return dot == NULL ? py_type->tp_name : dot + 1;
}

int HPyType_IsSubtype(CTX, HPy sub, HPy type) {
    return PyType_IsSubtype((PyTypeObject *)as_py(sub), (PyTypeObject *)as_py(type));
}
