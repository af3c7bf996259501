/* Instances of HPy types: allocation, their struct, garbage collection, the call protocol. */
#include "deferred.h"
#include "types.h"

static COLD HPy raise_not_a_type(const char *function) {
    PyErr_Format(PyExc_TypeError, "%s arg 1 must be a type", function);
    return HPy_NULL;
}

/* Memory full of zeros is an instance, except of types that hold more than their base: those get
 * what their built-in type makes of no arguments. */
static COLD PyObject *new_builtin(PyTypeObject *type) {
    PyTypeObject *builtin = type;
    while (PyType_HasFeature(builtin, Py_TPFLAGS_HEAPTYPE))
        builtin = builtin->tp_base;
    PyObject *args = PyTuple_New(0);
    if (args == NULL)
        return NULL;
    PyObject *self = builtin->tp_new(type, args, NULL);
    Py_DECREF(args);
    return self;
}

/* tp_alloc zeroes the struct, and tells the collector of the object if its type asks for it. */
static inline PyObject *allocate(PyTypeObject *type) {
    const unsigned long holds_more = Py_TPFLAGS_LONG_SUBCLASS | Py_TPFLAGS_UNICODE_SUBCLASS |
                                     Py_TPFLAGS_TYPE_SUBCLASS | Py_TPFLAGS_DICT_SUBCLASS;
    return UNLIKELY(type->tp_flags & holds_more) ? new_builtin(type) : type->tp_alloc(type, 0);
}

HPy _HPy_New(CTX, HPy h_type, void **data) {
    MAY_RUN_CODE;
    if (!PyType_Check(as_py(h_type)))
        return raise_not_a_type("HPy_New");
    PyTypeObject *type = (PyTypeObject *)as_py(h_type);
    PyObject *self = allocate(type);
    if (self == NULL)
        return HPy_NULL;
    const TypeInfo *info = type_info_inherited(type);
    *data = instance_struct(self, info == NULL ? HPyType_BuiltinShape_Legacy : info->shape);
    return as_h(self);
}

/* Whether an instance is nothing but a struct behind its head, in memory that the interpreter's own
 * functions allocate and free. Python code can change nothing of that. */
bool may_be_plain(PyTypeObject *type, const TypeInfo *info) {
    return info->shape == HPyType_BuiltinShape_Object && type->tp_base == &PyBaseObject_Type &&
           !PyType_IS_GC(type) && type->tp_dictoffset == 0 && type->tp_weaklistoffset == 0 &&
           type->tp_itemsize == 0 && type->tp_alloc == PyType_GenericAlloc &&
           type->tp_free == PyObject_Free && info->traverse == NULL && info->legacy == 0;
}

#if OBJECTS_ARE_MADE
/* The memory of plain instances that died, by size, as CPython keeps that of floats. */
typedef struct {
    void **first; /* each points to the next one */
    int length;
} DeadInstances;

#define DEAD_INSTANCES 64 /* of each size at most */
static DeadInstances dead_instances[16];

/* A size has a list to itself: an allocator need not round up. */
static inline DeadInstances *dead_of_size(size_t size) {
    const size_t index = size / sizeof(void *);
    const bool has_list =
        size % sizeof(void *) == 0 && index < sizeof(dead_instances) / sizeof(dead_instances[0]);
    return has_list ? &dead_instances[index] : NULL;
}

static inline ALWAYS_INLINE void *plain_memory(size_t size) {
    DeadInstances *dead = dead_of_size(size);
    void **memory = dead == NULL ? NULL : dead->first;
    if (UNLIKELY(memory == NULL))
        return WITHOUT_SETTLING(PyObject_Malloc(size));
    dead->first = *memory;
    dead->length--;
    return memory;
}

static inline void plain_free(PyObject *self, size_t size) {
    DeadInstances *dead = dead_of_size(size);
    if (UNLIKELY(dead == NULL || dead->length == DEAD_INSTANCES)) {
        PyObject_Free(self);
        return;
    }
    *(void **)self = dead->first;
    dead->first = (void **)self;
    dead->length++;
}

/* What tp_alloc does for plain types. */
static inline ALWAYS_INLINE PyObject *allocate_plain(PyTypeObject *type, size_t size) {
    PyObject *self = plain_memory(size);
    if (UNLIKELY(self == NULL))
        return PyErr_NoMemory();
    take((PyObject *)type);
    begin_object(self, type);
    memset(self + 1, 0, size - sizeof(PyObject));
    return self;
}

PyObject *new_plain(PyTypeObject *type) {
    return allocate_plain(type, (size_t)type->tp_basicsize);
}

static COLD HPy new_of_any_size(HPyContext *ctx, HPy type, void **data) {
    return _HPy_New(ctx, type, data);
}

/* Plain types with the size known: that of the extension's struct, if it is also that of the
 * instance. */
HPy _HPy_NewSized(CTX, HPy h_type, void **data, size_t size) {
    SETTLES_ITSELF;
    const size_t head = STRUCT_OFFSET(sizeof(PyObject));
    PyTypeObject *type = (PyTypeObject *)as_py(h_type);
    if (UNLIKELY(!PyType_CheckExact(as_py(h_type)) || !is_plain(type) ||
                 (size_t)type->tp_basicsize != head + size)) {
        void *found = NULL; /* data must not escape */
        HPy h = AFTER_SETTLING(new_of_any_size(ctx, h_type, &found));
        *data = found;
        return h;
    }
    PyObject *self = allocate_plain(type, head + size);
    *data = (char *)self + head;
    return as_h(self);
}
#else
static inline void plain_free(PyObject *self, _HPy_UNUSED size_t size) {
    PyObject_Free(self);
}

PyObject *new_plain(PyTypeObject *type) {
    return type->tp_alloc(type, 0);
}
#endif

HPy _HPyType_GenericNew(CTX, HPy type, _HPy_UNUSED const HPy *args, _HPy_UNUSED HPy_ssize_t nargs,
                        _HPy_UNUSED HPy kw) {
    MAY_RUN_CODE;
    if (!PyType_Check(as_py(type)))
        return raise_not_a_type("HPyType_GenericNew");
    return as_h(allocate((PyTypeObject *)as_py(type)));
}

#define AS_STRUCT(shape)                                                                           \
    void *_HPy_AsStruct_##shape(CTX, HPy h) {                                                      \
        RUNS_NO_CODE;                                                                              \
        return instance_struct(as_py(h), HPyType_BuiltinShape_##shape);                            \
    }
AS_STRUCT(Object)
AS_STRUCT(Legacy)
AS_STRUCT(Type)
AS_STRUCT(Long)
AS_STRUCT(Float)
AS_STRUCT(Unicode)
AS_STRUCT(Tuple)
AS_STRUCT(List)
AS_STRUCT(Dict)

/* A traverse function visits fields; CPython's visitors want the objects in them. */
typedef struct {
    visitproc visit;
    void *arg;
} Visitor;

static int visit_field(HPyField *field, void *arg) {
    const Visitor *visitor = arg;
    return visitor->visit((PyObject *)field->_i, visitor->arg);
}

static int clear_field(HPyField *field, _HPy_UNUSED void *arg) {
    PyObject *old = (PyObject *)field->_i;
    field->_i = NULL;
    Py_XDECREF(old);
    return 0;
}

/* Whether the functions here serve type's slot. A class among the bases that Python code made adds
 * nothing to an instance, see holds_python_state; and what it inherited from type would call back
 * here. */
static bool is_ours(PyTypeObject *type, LegacySlot slot) {
    const TypeInfo *info = type_info(type);
    return info != NULL ? !(info->legacy & slot) : is_python_class(type);
}

/* Applies visit to the fields of every HPy type in the row that starts with *type, and moves *type
 * behind the row: to a built-in type, to one made by other means, or to a legacy type with a slot
 * of its own. */
static int traverse_fields(PyObject *self, PyTypeObject **type, LegacySlot slot,
                           HPyFunc_visitproc visit, void *arg) {
    for (; is_ours(*type, slot); *type = (*type)->tp_base) {
        const TypeInfo *info = type_info(*type);
        if (info == NULL || info->traverse == NULL)
            continue;
        const int result = info->traverse(instance_struct(self, info->shape), visit, arg);
        if (result != 0)
            return result;
    }
    return 0;
}

/* Where an instance keeps its dict or its weak references, if it was an HPy type in the row that
 * starts with type which gave it the place; or NULL. What gets it from another kind of type, that
 * type takes care of. offset: of the field of PyTypeObject that says where. */
static PyObject **own_place(PyObject *self, PyTypeObject *type, LegacySlot slot, size_t offset) {
#define PLACE(type) (*(Py_ssize_t *)((char *)(type) + offset))
    const Py_ssize_t place = PLACE(type);
    if (LIKELY(place <= 0))
        return NULL;
    while (is_ours(type->tp_base, slot) && PLACE(type->tp_base) == place)
        type = type->tp_base;
    const bool is_own = type_info(type) != NULL && PLACE(type->tp_base) != place;
    return is_own ? (PyObject **)((char *)self + place) : NULL;
#undef PLACE
}
#define OWN_DICT(self, type, slot)                                                                 \
    own_place(self, type, slot, offsetof(PyTypeObject, tp_dictoffset))
#define OWN_WEAK_REFERENCES(self, type)                                                            \
    own_place(self, type, LEGACY_DEALLOC, offsetof(PyTypeObject, tp_weaklistoffset))

/* CPython or the function of a subclass calls these three for the first type that has them. */

int instance_traverse(PyObject *self, visitproc visit, void *arg) {
    PyTypeObject *first = Py_TYPE(self);
    while (first->tp_traverse != instance_traverse)
        first = first->tp_base;
    PyTypeObject *type = first;
    Visitor visitor = {visit, arg};
    const int result = traverse_fields(self, &type, LEGACY_TRAVERSE, visit_field, &visitor);
    if (result != 0)
        return result;
    PyObject **dict = OWN_DICT(self, first, LEGACY_TRAVERSE);
    if (dict != NULL)
        Py_VISIT(*dict);
    /* Since 3.9 an instance visits its heap type, once: a heap type among the bases does it. */
    if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE))
        Py_VISIT(Py_TYPE(self));
    return type->tp_traverse == NULL ? 0 : type->tp_traverse(self, visit, arg);
}

int instance_clear(PyObject *self) {
    PyTypeObject *first = Py_TYPE(self);
    while (first->tp_clear != instance_clear)
        first = first->tp_base;
    PyTypeObject *type = first;
    traverse_fields(self, &type, LEGACY_CLEAR, clear_field, NULL);
    PyObject **dict = OWN_DICT(self, first, LEGACY_CLEAR);
    if (dict != NULL)
        Py_CLEAR(*dict);
    return type->tp_clear == NULL ? 0 : type->tp_clear(self);
}

static bool has_our_dealloc(PyTypeObject *type) {
    return type->tp_dealloc == instance_dealloc || is_plain(type);
}

/* Releases what an instance holds, and its memory. */
static void destroy(PyObject *self) {
    PyTypeObject *own_type = Py_TYPE(self), *first = own_type;
    while (!has_our_dealloc(first))
        first = first->tp_base;
    PyTypeObject *rest = first;
    if (OWN_WEAK_REFERENCES(self, first) != NULL)
        PyObject_ClearWeakRefs(self);
    PyObject **dict = OWN_DICT(self, first, LEGACY_DEALLOC);
    if (dict != NULL)
        Py_CLEAR(*dict);
    traverse_fields(self, &rest, LEGACY_DEALLOC, clear_field, NULL);
    for (PyTypeObject *type = first; type != rest; type = type->tp_base) {
        const TypeInfo *info = type_info(type);
        if (info != NULL && info->destroy != NULL)
            info->destroy(instance_struct(self, info->shape));
    }
    /* Frees the memory. The deallocator of a heap type drops the object's reference to its type,
     * that of a built-in type does not. */
    const bool drops_type = PyType_HasFeature(rest, Py_TPFLAGS_HEAPTYPE);
    if (PyType_IS_GC(rest))
        PyObject_GC_Track(self); /* it expects what an instance of its own would be */
    rest->tp_dealloc(self);
    if (!drops_type)
        Py_DECREF(own_type);
}

void instance_dealloc(PyObject *self) {
    PyTypeObject *own_type = Py_TYPE(self);
    /* A subclass written in Python comes here from its own deallocator, which has finalized. */
    if (has_our_dealloc(own_type) && own_type->tp_finalize != NULL &&
        PyObject_CallFinalizerFromDealloc(self) < 0)
        return;
    if (!PyType_IS_GC(own_type)) {
        destroy(self);
        return;
    }
    /* The trashcan keeps long chains of fields from exhausting the stack. */
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, instance_dealloc) destroy(self);
    Py_TRASHCAN_END
}

/* Python code may give the type a finalizer, or a subclass. */
void plain_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    if (UNLIKELY(!is_plain(type) || type->tp_finalize != NULL)) {
        instance_dealloc(self);
        return;
    }
    const HPyFunc_destroyfunc destroy_struct = own_type_info(type)->destroy;
    if (destroy_struct != NULL)
        destroy_struct(instance_struct(self, HPyType_BuiltinShape_Object));
    plain_free(self, (size_t)type->tp_basicsize);
    Py_DECREF(type);
}

/* tp_call. An instance holds its call function where vectorcall looks for it; an instance that
 * HPy_SetCallFunction gave none gets that of its type at its first call. */
static vectorcallfunc *call_function(PyObject *self) {
    return (vectorcallfunc *)((char *)self + Py_TYPE(self)->tp_vectorcall_offset);
}

PyObject *instance_call(PyObject *self, PyObject *args, PyObject *kwargs) {
    vectorcallfunc *place = call_function(self);
    if (*place == NULL)
        __atomic_store_n(place, (vectorcallfunc)type_info_inherited(Py_TYPE(self))->call,
                         __ATOMIC_RELAXED);
    if (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0)
        return (*place)(self, &PyTuple_GET_ITEM(args, 0), (size_t)PyTuple_GET_SIZE(args), NULL);
    return PyVectorcall_Call(self, args, kwargs);
}

int HPy_SetCallFunction(CTX, HPy h, HPyCallFunction *func) {
    MAY_RUN_CODE;
    PyTypeObject *type = Py_TYPE(as_py(h));
    if (type_info_inherited(type) == NULL || type->tp_vectorcall_offset <= 0) {
        PyErr_Format(PyExc_TypeError, "type '%.50s' does not implement the HPy call protocol",
                     type->tp_name);
        return -1;
    }
    __atomic_store_n(call_function(as_py(h)), (vectorcallfunc)func->cpy_trampoline,
                     __ATOMIC_RELAXED);
    return 0;
}
