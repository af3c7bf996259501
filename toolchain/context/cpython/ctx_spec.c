/* Specifications in CPython's terms: slots, tables, flags, sizes. */
#include "types.h"

static size_t count(HPyDef **defines, HPyDef_Kind kind) {
    size_t n = 0;
    for (; defines != NULL && *defines != NULL; defines++)
        n += (*defines)->kind == kind;
    return n;
}

/* ---- Methods, of types and of modules -------------------------------------------------------- */

size_t method_count(HPyDef **defines, const PyMethodDef *legacy) {
    size_t n = count(defines, HPyDef_Kind_Meth);
    for (; legacy != NULL && legacy->ml_name != NULL; legacy++)
        n++;
    return n;
}

int method_table(PyMethodDef *table, HPyDef **defines, const PyMethodDef *legacy) {
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
    for (; legacy != NULL && legacy->ml_name != NULL; legacy++)
        *table++ = *legacy;
    return 0;
}

/* ---- Legacy slots ---------------------------------------------------------------------------- */

/* The value of a legacy slot, or NULL. */
static void *legacy_slot(const HPyType_Spec *spec, int slot) {
    for (const PyType_Slot *s = spec->legacy_slots; s != NULL && s->slot != 0; s++) {
        if (s->slot == slot)
            return s->pfunc;
    }
    return NULL;
}

static size_t legacy_slot_count(const HPyType_Spec *spec) {
    size_t n = 0;
    for (const PyType_Slot *s = spec->legacy_slots; s != NULL && s->slot != 0; s++)
        n++;
    return n;
}

/* Tables of a specification and of its legacy slots become one; the rest passes as it is. */
static void draft_legacy_slots(Draft *draft, const HPyType_Spec *spec) {
    for (const PyType_Slot *s = spec->legacy_slots; s != NULL && s->slot != 0; s++) {
        if (s->slot == Py_tp_members) {
            for (const PyMemberDef *member = s->pfunc; member->name != NULL; member++)
                draft->members[draft->n_members++] = *member;
        } else if (s->slot == Py_tp_getset) {
            for (const PyGetSetDef *getset = s->pfunc; getset->name != NULL; getset++)
                draft->getsets[draft->n_getsets++] = *getset;
        } else if (s->slot != Py_tp_methods) {
            draft->slots[draft->n_slots++] = *s;
        }
    }
}

/* ---- Members --------------------------------------------------------------------------------- */

static bool is_variable(HPyType_BuiltinShape shape) {
    return shape == HPyType_BuiltinShape_Long || shape == HPyType_BuiltinShape_Tuple;
}

/* In an int or a tuple the struct has no fixed place: a member is found when it is asked for. */
static PyMemberDef located(PyObject *self, const PyMemberDef *member) {
    const HPyType_BuiltinShape shape =
        PyLong_Check(self) ? HPyType_BuiltinShape_Long : HPyType_BuiltinShape_Tuple;
    PyMemberDef result = *member;
    result.offset += (char *)instance_struct(self, shape) - (char *)self;
    return result;
}

static PyObject *get_located(PyObject *self, void *closure) {
    PyMemberDef member = located(self, closure);
    return PyMember_GetOne((const char *)self, &member);
}

static int set_located(PyObject *self, PyObject *value, void *closure) {
    PyMemberDef member = located(self, closure);
    return PyMember_SetOne((char *)self, &member, value);
}

/* HPy has no function that a type could write this with. */
static const PyGetSetDef dict_getset = {"__dict__", PyObject_GenericGetDict,
                                        PyObject_GenericSetDict, NULL, NULL};

/* Members by these names are none: they say where in the struct the interpreter finds the call
 * function, the dict and the weak references of an instance. */
static bool is_special(const HPyMember *member) {
    return strcmp(member->name, "__vectorcalloffset__") == 0 ||
           strcmp(member->name, "__dictoffset__") == 0 ||
           strcmp(member->name, "__weaklistoffset__") == 0;
}

static int check_special(const Draft *draft, const HPyMember *member) {
    if (member->type != HPyMember_HPYSSIZET || !member->readonly) {
        PyErr_Format(PyExc_TypeError, "%s: member %s must be a readonly HPyMember_HPYSSIZET",
                     draft->info->name, member->name);
        return -1;
    }
    if (is_variable(draft->info->shape)) {
        PyErr_Format(PyExc_TypeError,
                     "%s: a type that extends int or tuple cannot have a member %s, because its "
                     "struct has no fixed place",
                     draft->info->name, member->name);
        return -1;
    }
    return 0;
}

static int draft_member(Draft *draft, const HPyMember *member, size_t head) {
    PyMemberDef def = {member->name, (int)member->type, (Py_ssize_t)head + member->offset,
                       member->readonly ? READONLY : 0, member->doc};
    if (is_special(member) && check_special(draft, member) < 0)
        return -1;
    if (is_variable(draft->info->shape)) {
        def.offset = member->offset;
        PyMemberDef *closure = &draft->located[draft->n_located++];
        *closure = def;
        draft->getsets[draft->n_getsets++] = (PyGetSetDef){
            member->name, get_located, member->readonly ? NULL : set_located, member->doc, closure};
        return 0;
    }
    draft->members[draft->n_members++] = def;
    draft->has_call |= strcmp(member->name, "__vectorcalloffset__") == 0;
    draft->has_dict |= strcmp(member->name, "__dictoffset__") == 0;
    return 0;
}

/* ---- Definitions ----------------------------------------------------------------------------- */

static int draft_allocate(Draft *draft, const HPyType_Spec *spec) {
    size_t n_getsets = count(spec->defines, HPyDef_Kind_GetSet) + 2; /* __dict__, the end */
    size_t n_members = count(spec->defines, HPyDef_Kind_Member) + 2;
    const size_t n_located = is_variable(spec->builtin_shape) ? n_members : 0;
    n_getsets += n_located;
    for (const PyGetSetDef *g = legacy_slot(spec, Py_tp_getset); g != NULL && g->name != NULL; g++)
        n_getsets++;
    for (const PyMemberDef *m = legacy_slot(spec, Py_tp_members); m != NULL && m->name != NULL; m++)
        n_members++;
    const size_t n_methods = method_count(spec->defines, legacy_slot(spec, Py_tp_methods)) + 1;
    /* The definitions', those of finish_slots and draft_memory_slots, and the end. */
    const size_t n_slots = count(spec->defines, HPyDef_Kind_Slot) + legacy_slot_count(spec) + 9;
    const size_t name_size = strlen(spec->name) + 1;
    const char *doc = spec->doc != NULL ? spec->doc : legacy_slot(spec, Py_tp_doc);
    const size_t doc_size = doc == NULL ? 0 : strlen(doc);
    const size_t info_offset = STRUCT_OFFSET(doc_size + 1);
    draft->block = BLOCK_CALLOC(
        1, info_offset + sizeof(TypeInfo) + n_getsets * sizeof(PyGetSetDef) +
               n_methods * sizeof(PyMethodDef) + n_located * sizeof(PyMemberDef) + name_size);
    draft->slots = PyMem_Calloc(n_slots, sizeof(PyType_Slot));
    draft->members = PyMem_Calloc(n_members, sizeof(PyMemberDef));
    if (draft->block == NULL || draft->slots == NULL || draft->members == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (doc != NULL)
        memcpy(draft->block, doc, doc_size);
    draft->info = (TypeInfo *)(draft->block + info_offset);
    draft->getsets = (PyGetSetDef *)(draft->info + 1);
    draft->methods = (PyMethodDef *)(draft->getsets + n_getsets);
    draft->located = (PyMemberDef *)(draft->methods + n_methods);
    draft->info->name = memcpy(draft->located + n_located, spec->name, name_size);
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
    case HPy_tp_new:
        draft->info->create = (HPyFunc_newfunc)slot->impl;
        draft->info->tp_new = (newfunc)(HPyCFunction)slot->cpy_trampoline;
        add_slot(draft, HPy_tp_new, (void *)slot->cpy_trampoline);
        break;
    default: add_slot(draft, slot->slot, (void *)slot->cpy_trampoline); break;
    }
}

static int draft_definitions(Draft *draft, const HPyType_Spec *spec, size_t head) {
    for (HPyDef **def = spec->defines; def != NULL && *def != NULL; def++) {
        switch ((*def)->kind) {
        case HPyDef_Kind_Meth: break;
        case HPyDef_Kind_Slot: draft_slot(draft, &(*def)->slot); break;
        case HPyDef_Kind_Member:
            if (draft_member(draft, &(*def)->member, head) < 0)
                return -1;
            break;
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
    draft_legacy_slots(draft, spec);
    if (draft->has_dict)
        /* Last, so that a property of the type's own by this name is the one that counts. */
        draft->getsets[draft->n_getsets++] = dict_getset;
    return method_table(draft->methods, spec->defines, legacy_slot(spec, Py_tp_methods));
}

static int legacy_memory_slots(const HPyType_Spec *spec) {
    return (legacy_slot(spec, Py_tp_traverse) != NULL ? LEGACY_TRAVERSE : 0) |
           (legacy_slot(spec, Py_tp_clear) != NULL ? LEGACY_CLEAR : 0) |
           (legacy_slot(spec, Py_tp_dealloc) != NULL ? LEGACY_DEALLOC : 0);
}

/* The slots that release an instance, and let the collector see what it holds. */
static void draft_memory_slots(Draft *draft, const HPyType_Spec *spec, PyObject *bases) {
    TypeInfo *info = draft->info;
    info->legacy = legacy_memory_slots(spec);
    unsigned long inherited = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(bases, i);
        if (holds_python_state(base))
            return; /* CPython gives the type what it gives to a class statement's */
        inherited |= PyType_GetFlags(base);
    }
    if (!(info->legacy & LEGACY_DEALLOC))
        add_slot(draft, Py_tp_dealloc, (void *)instance_dealloc);
    /* CPython lets no type inherit it that has a traverse function of its own. */
    draft->flags |= (unsigned int)(inherited & Py_TPFLAGS_HAVE_GC);
    /* Without the collector a type has fields all the same; subclasses with it visit them. */
    if (!(draft->flags & Py_TPFLAGS_HAVE_GC) && info->traverse == NULL)
        return;
    if (!(info->legacy & LEGACY_TRAVERSE))
        add_slot(draft, Py_tp_traverse, (void *)instance_traverse);
    if (!(info->legacy & LEGACY_CLEAR))
        add_slot(draft, Py_tp_clear, (void *)instance_clear);
}

/* Before 3.12 CPython leaves this flag to a type whose __call__ is assigned, and does not call what
 * was assigned (python/cpython#93274): there only types that cannot be changed have it. The others
 * are called by tp_call, which leads to the same function. */
static void allow_vectorcall(Draft *draft) {
    const unsigned int flag = Py_TPFLAGS_HAVE_VECTORCALL;
    if (ASSIGNED_CALLS_COUNT || (draft->flags & Py_TPFLAGS_IMMUTABLETYPE))
        draft->flags |= flag;
    else
        draft->flags &= ~flag;
}

/* What every HPy type has besides its definitions. */
static void finish_slots(Draft *draft, const HPyType_Spec *spec, bool own_call) {
    if (own_call) {
        /* The instance's call function lies behind its struct; see instance_call. */
        const size_t place = (draft->basicsize + 7) & ~(size_t)7;
        draft->members[draft->n_members++] = (PyMemberDef){
            "__vectorcalloffset__", HPyMember_HPYSSIZET, (Py_ssize_t)place, READONLY, NULL};
        draft->basicsize = place + sizeof(vectorcallfunc);
        add_slot(draft, Py_tp_call, (void *)instance_call);
    } else if (draft->has_call && legacy_slot(spec, Py_tp_call) == NULL) {
        add_slot(draft, Py_tp_call, (void *)PyVectorcall_Call);
    }
    if (own_call || draft->has_call)
        allow_vectorcall(draft);
    add_slot(draft, Py_tp_methods, draft->methods);
    add_slot(draft, Py_tp_members, draft->members);
    add_slot(draft, Py_tp_getset, draft->getsets);
    if (spec->doc != NULL)
        add_slot(draft, Py_tp_doc, (void *)spec->doc);
}

PyTypeObject *builtin_base(HPyType_BuiltinShape shape) {
    switch (shape) {
    case HPyType_BuiltinShape_Legacy:
    case HPyType_BuiltinShape_Object: return &PyBaseObject_Type;
    case HPyType_BuiltinShape_Type: return &PyType_Type;
    case HPyType_BuiltinShape_Long: return &PyLong_Type;
    case HPyType_BuiltinShape_Float: return &PyFloat_Type;
    case HPyType_BuiltinShape_Unicode: return &PyUnicode_Type;
    case HPyType_BuiltinShape_Tuple: return &PyTuple_Type;
    case HPyType_BuiltinShape_List: return &PyList_Type;
    case HPyType_BuiltinShape_Dict: return &PyDict_Type;
    default: return NULL;
    }
}

static COLD int refuse(PyObject *exception, const char *message) {
    PyErr_SetString(exception, message);
    return -1;
}

static int check_legacy(const HPyType_Spec *spec, bool has_traverse, bool has_destroy) {
    if (spec->legacy_slots != NULL && spec->builtin_shape != HPyType_BuiltinShape_Legacy)
        return refuse(PyExc_TypeError, "cannot specify .legacy_slots without setting "
                                       ".builtin_shape=HPyType_BuiltinShape_Legacy");
    if (legacy_slot(spec, Py_tp_dealloc) != NULL && (has_traverse || has_destroy))
        return refuse(PyExc_TypeError, "legacy tp_dealloc is incompatible with HPy_tp_traverse or "
                                       "HPy_tp_destroy.");
    return 0;
}

static int check_call(const HPyType_Spec *spec, bool has_member) {
    if (has_member)
        return refuse(PyExc_TypeError,
                      "an HPy_tp_call slot excludes a member __vectorcalloffset__");
    if (spec->itemsize != 0)
        return refuse(PyExc_TypeError, "Cannot use HPy call protocol with var objects");
    if (spec->builtin_shape == HPyType_BuiltinShape_Legacy && spec->basicsize == 0)
        return refuse(PyExc_TypeError,
                      "Cannot use HPy call protocol with legacy types that inherit the struct. "
                      "Either set the basicsize to a non-zero value or use legacy slot "
                      "'Py_tp_call'.");
    return 0;
}

int check_spec(const HPyType_Spec *spec) {
    bool traverse = false, destroy = false, call = false, call_member = false;
    if (builtin_base(spec->builtin_shape) == NULL) {
        PyErr_Format(PyExc_ValueError, "invalid shape: %d", (int)spec->builtin_shape);
        return -1;
    }
    if (spec->basicsize < 0 || spec->itemsize < 0) {
        PyErr_Format(PyExc_TypeError, "%s: basicsize and itemsize must not be negative",
                     spec->name);
        return -1;
    }
    for (HPyDef **def = spec->defines; def != NULL && *def != NULL; def++) {
        if ((*def)->kind == HPyDef_Kind_Slot) {
            traverse |= (*def)->slot.slot == HPy_tp_traverse;
            destroy |= (*def)->slot.slot == HPy_tp_destroy;
            call |= (*def)->slot.slot == HPy_tp_call;
        } else if ((*def)->kind == HPyDef_Kind_Member) {
            call_member |= strcmp((*def)->member.name, "__vectorcalloffset__") == 0;
            if (spec->basicsize == 0)
                return refuse(PyExc_TypeError,
                              "Type claims to have basicsize==0 but defines members");
        }
    }
    if (check_legacy(spec, traverse, destroy) < 0 || (call && check_call(spec, call_member) < 0))
        return -1;
    traverse |= legacy_slot(spec, Py_tp_traverse) != NULL;
    if ((spec->flags & HPy_TPFLAGS_HAVE_GC) && !traverse)
        return refuse(PyExc_ValueError, "You must provide an HPy_tp_traverse slot if you specify "
                                        "HPy_TPFLAGS_HAVE_GC");
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

/* The shape of the first base that is an HPy type, or the one given. */
static HPyType_BuiltinShape inherited_shape(PyObject *bases, HPyType_BuiltinShape shape) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        const TypeInfo *info = type_info_inherited((PyTypeObject *)PyTuple_GET_ITEM(bases, i));
        if (info != NULL)
            return info->shape;
    }
    return shape;
}

int draft_spec(Draft *draft, const HPyType_Spec *spec, PyObject *bases) {
    if (draft_allocate(draft, spec) < 0)
        return -1;
    size_t head = STRUCT_OFFSET((size_t)builtin_base(spec->builtin_shape)->tp_basicsize);
    if (spec->builtin_shape == HPyType_BuiltinShape_Legacy)
        head = 0; /* the struct has it */
    if (is_variable(spec->builtin_shape))
        /* The items come first; wherever they end, the struct still finds an aligned place. */
        head += STRUCT_ALIGNMENT;
    /* 0 asks for the layout of the base. */
    draft->basicsize = spec->basicsize == 0 ? 0 : head + (size_t)spec->basicsize;
    draft->flags = (unsigned int)spec->flags | Py_TPFLAGS_DEFAULT;
    if (spec->basicsize == 0)
        draft->info->shape = inherited_shape(bases, spec->builtin_shape);
    if (draft_definitions(draft, spec, head) < 0)
        return -1;
    size_t largest = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        const PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(bases, i);
        if ((size_t)base->tp_basicsize > largest)
            largest = (size_t)base->tp_basicsize;
    }
    bool own_call = draft->info->call != NULL;
    if (!own_call && !draft->has_call && !(draft->flags & Py_TPFLAGS_HAVE_VECTORCALL)) {
        /* A struct of the type's own covers the place of the base's call function. */
        draft->info->call = inherited_call(bases);
        own_call = draft->info->call != NULL && draft->basicsize != 0;
    }
    if (own_call && draft->basicsize == 0)
        draft->basicsize = head > largest ? head : largest;
    finish_slots(draft, spec, own_call);
    draft_memory_slots(draft, spec, bases);
    if (draft->basicsize != 0 && draft->basicsize < largest) {
        PyErr_Format(PyExc_TypeError, "%s: the struct is smaller than that of a base", spec->name);
        return -1;
    }
    return 0;
}
