/* What the files about types share. */
#ifndef HPYBC_CONTEXT_TYPES_H
#define HPYBC_CONTEXT_TYPES_H

#include "cpython.h"

#include <structmember.h>

/* What a type remembers of its specification; in one block with the tables that CPython keeps
 * pointers into. */
typedef struct {
    HPyFunc_traverseproc traverse;
    HPyFunc_destroyfunc destroy;
    cpy_vectorcallfunc call;
    HPyContext *ctx;        /* the one that the extension's functions get */
    HPyFunc_newfunc create; /* HPy_tp_new, and what CPython calls for it */
    newfunc tp_new;
    HPyType_BuiltinShape shape;
    int legacy; /* the slots of LegacySlot that the extension fills itself */
    char *name;
} TypeInfo;

/* Slots of every HPy type that a legacy type may fill with functions of its own. */
typedef enum { LEGACY_TRAVERSE = 1, LEGACY_CLEAR = 2, LEGACY_DEALLOC = 4 } LegacySlot;

/* The info of type itself, or NULL if it was not made from an HPy specification. Two pointers in
 * every heap type, relics of Python 2 that CPython neither reads nor inherits, hold the info and
 * this mark. The mark is the same in all images, so that types of one can be bases in another; it
 * changes when TypeInfo does. */
#define TYPE_INFO_MARK ((void *)0x4850794263303034)

static inline TypeInfo *type_info(PyTypeObject *type) {
    if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE))
        return NULL;
    const PySequenceMethods *relics = &((PyHeapTypeObject *)type)->as_sequence;
    return LIKELY(relics->was_sq_ass_slice == TYPE_INFO_MARK) ? relics->was_sq_slice : NULL;
}

/* The info of a type that is known to have one. */
static inline TypeInfo *own_type_info(PyTypeObject *type) {
    return ((PyHeapTypeObject *)type)->as_sequence.was_sq_slice;
}

/* The info of the nearest HPy type among type and its bases, or NULL. */
static inline TypeInfo *type_info_inherited(PyTypeObject *type) {
    for (; type != NULL; type = type->tp_base) {
        TypeInfo *info = type_info(type);
        if (info != NULL)
            return info;
    }
    return NULL;
}

/* A struct begins at a multiple of this, as memory from malloc would. */
#define STRUCT_ALIGNMENT 16
#define STRUCT_OFFSET(head) (((head) + STRUCT_ALIGNMENT - 1) & ~(size_t)(STRUCT_ALIGNMENT - 1))

/* Where the items of a tuple begin. The struct of an int or a tuple follows the items. */
#define TUPLE_ITEMS offsetof(PyTupleObject, ob_item)

/* The struct of self in the part that a type of this shape adds. */
static inline void *instance_struct(PyObject *self, HPyType_BuiltinShape shape) {
    size_t offset;
    switch (shape) {
    case HPyType_BuiltinShape_Legacy: offset = 0; break;
    case HPyType_BuiltinShape_Type: offset = STRUCT_OFFSET(sizeof(PyHeapTypeObject)); break;
    case HPyType_BuiltinShape_Float: offset = STRUCT_OFFSET(sizeof(PyFloatObject)); break;
    case HPyType_BuiltinShape_Unicode: offset = STRUCT_OFFSET(sizeof(PyUnicodeObject)); break;
    case HPyType_BuiltinShape_List: offset = STRUCT_OFFSET(sizeof(PyListObject)); break;
    case HPyType_BuiltinShape_Dict: offset = STRUCT_OFFSET(sizeof(PyDictObject)); break;
    case HPyType_BuiltinShape_Tuple:
        offset = STRUCT_OFFSET(TUPLE_ITEMS + (size_t)Py_SIZE(self) * sizeof(PyObject *));
        break;
    case HPyType_BuiltinShape_Long:
        offset = STRUCT_OFFSET(LONG_ITEMS + digit_count(self) * sizeof(digit));
        break;
    default: offset = STRUCT_OFFSET(sizeof(PyObject)); break;
    }
    return (char *)self + offset;
}

/* The built-in type a shape extends, or NULL. */
PyTypeObject *builtin_base(HPyType_BuiltinShape shape);

/* The deallocator of every class that Python code makes; known once this image has made a type. */
extern destructor python_class_dealloc;

static inline bool is_python_class(PyTypeObject *type) {
    return PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) && type_info(type) == NULL &&
           type->tp_dealloc == python_class_dealloc;
}

/* Whether an instance of type holds what a class statement added to it: a dict, slots, weak
 * references. Then only CPython knows how to visit and release all of it. */
bool holds_python_state(PyTypeObject *type);

/* The slots of every HPy type, in ctx_instance.c. */
int instance_traverse(PyObject *self, visitproc visit, void *arg);
int instance_clear(PyObject *self);
void instance_dealloc(PyObject *self);
PyObject *instance_call(PyObject *self, PyObject *args, PyObject *kwargs);

/* Plain types have a deallocator of their own, and are told by it. */
bool may_be_plain(PyTypeObject *type, const TypeInfo *info);
void plain_dealloc(PyObject *self);

static inline bool is_plain(PyTypeObject *type) {
    return type->tp_dealloc == plain_dealloc;
}

/* An instance of a plain type, of zeros. */
PyObject *new_plain(PyTypeObject *type);

/* The tp_vectorcall of types with HPy_tp_new. */
PyObject *type_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames);

/* The number of methods among defines and in a legacy table, and the one table of both, which is
 * one longer. */
size_t method_count(HPyDef **defines, const PyMethodDef *legacy);
ONCE int method_table(PyMethodDef *table, HPyDef **defines, const PyMethodDef *legacy);

/* A specification in CPython's terms. CPython copies the slots and the members; it keeps pointers
 * to what info holds. */
typedef struct {
    char *block; /* the doc, the info, the tables up to located, the name */
    TypeInfo *info;
    PyGetSetDef *getsets;
    PyMethodDef *methods;
    PyMemberDef *located; /* members without a fixed place */
    PyType_Slot *slots;
    PyMemberDef *members;
    size_t n_slots;
    size_t n_members;
    size_t n_getsets;
    size_t n_located;
    size_t basicsize;
    unsigned int flags;
    bool has_dict; /* a member __dictoffset__ */
    bool has_call; /* a member __vectorcalloffset__ */
} Draft;

/* Whether a specification is one, looked at by itself. */
ONCE int check_spec(const HPyType_Spec *spec);

/* Fills a draft, which is all zeros. On failure, too, it holds what is to be freed. */
ONCE int draft_spec(Draft *draft, const HPyType_Spec *spec, PyObject *bases);

/* A type whose metaclass is the most derived among metaclass, which may be NULL, and those of the
 * bases. As in CPython, a metaclass that overrides __new__ is refused. */
ONCE PyObject *type_from_metaclass(PyTypeObject *metaclass, PyType_Spec *spec, PyObject *bases);

#endif
