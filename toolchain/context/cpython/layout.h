/* The one door to CPython's internals: what this build of CPython is, which fast paths it allows,
 * and how the objects look that those read and make. No other file asks for a version, for a GIL or
 * for a debug build.
 *
 * A fast path relies on facts that CPython's documentation does not promise. Each such fact has a
 * static assert, which holds our headers against CPython's, and a trial, which holds them against
 * the interpreter that runs: both in probe.c. Where a trial differs, the fast path is not taken; or
 * the module is not made, if it is a path that asks nothing before. */
#ifndef HPYBC_CONTEXT_LAYOUT_H
#define HPYBC_CONTEXT_LAYOUT_H

#include "cpython.h"

/* ---- What this build is ---------------------------------------------------------------------- */

#define SINCE(minor) (PY_VERSION_HEX >= (0x03000000 | (minor) << 16))

/* Whether one thread at a time runs Python and this context. It then has statics to itself. */
#ifdef Py_GIL_DISABLED
#define THREADS_TAKE_TURNS 0
#else
#define THREADS_TAKE_TURNS 1
#endif

/* Whether the interpreter keeps books on objects and memory, to find faults in C code. */
#if defined(Py_DEBUG) || defined(Py_TRACE_REFS)
#define BOOKS_ARE_KEPT 1
#else
#define BOOKS_ARE_KEPT 0
#endif

/* Whether the objects behind CPython's API are CPython's own. */
#if defined(PYPY_VERSION) || defined(GRAALVM_PYTHON)
#define OBJECTS_ARE_CPYTHONS 0
#else
#define OBJECTS_ARE_CPYTHONS 1
#endif

/* ---- Capabilities: what the fast paths may do ------------------------------------------------ */

/* A handle to what somebody else keeps alive touches no count; see deferred.h. */
#define REFERENCES_ARE_DEFERRED THREADS_TAKE_TURNS

/* Items of exact lists are read, replaced and appended in place. Without a GIL another thread may
 * do the same: the C API locks the list. */
#define LISTS_ARE_TOUCHED THREADS_TAKE_TURNS

/* Iterators over exact lists and tuples are read and moved in place. */
#define ITERATORS_ARE_MOVED (THREADS_TAKE_TURNS && OBJECTS_ARE_CPYTHONS)

/* The tables of exact dicts are searched in place. Until 3.10 a table does not say of what kind it
 * is. */
#if THREADS_TAKE_TURNS && OBJECTS_ARE_CPYTHONS && SINCE(11) &&                                     \
    __has_include("internal/pycore_dict.h")
#define DICT_TABLES_ARE_READ 1
#else
#define DICT_TABLES_ARE_READ 0
#endif

/* Memory from the allocator becomes an object, without CPython's function for it. */
#define OBJECTS_ARE_MADE (THREADS_TAKE_TURNS && OBJECTS_ARE_CPYTHONS && !BOOKS_ARE_KEPT)

/* Ints of one digit among those. Since 3.14 CPython reuses the memory of ints that died, and its
 * function is the faster one. */
#define INTS_ARE_MADE (OBJECTS_ARE_MADE && !SINCE(14))

/* A float takes the memory of one that died. Since 3.14 free lists are of another kind. */
#if OBJECTS_ARE_MADE && !SINCE(14) && __has_include("internal/pycore_interp.h")
#define FLOATS_ARE_REUSED 1
#else
#define FLOATS_ARE_REUSED 0
#endif

/* ---- What versions differ in ----------------------------------------------------------------- */

/* Some objects live for ever, and their counts mean nothing (PEP 683). */
#define OBJECTS_MAY_BE_IMMORTAL SINCE(12)

/* A count has flags beside it in the same word. */
#define COUNTS_HAVE_FLAGS (SINCE(14) && THREADS_TAKE_TURNS)

/* An int has a tag in the place of its size. */
#define INTS_HAVE_TAGS SINCE(12)

/* Even 0 has a digit that is written. */
#define ZERO_HAS_A_DIGIT SINCE(11)

/* The characters of every str are in their place. Before, some are yet to be put there. */
#define STRS_ARE_READY SINCE(12)

/* The exception that is set is one object: PyErr_GetRaisedException. */
#define EXCEPTIONS_ARE_OBJECTS SINCE(12)

/* PyType_FromMetaclass. */
#define TYPES_HAVE_METACLASSES SINCE(12)

/* A heap type owns the memory of its name. Before, it owns that of its doc. */
#define TYPES_OWN_NAMES SINCE(11)

/* CPython calls what Python code assigns to the __call__ of a type with vectorcall. Before, it goes
 * on to call the vectorcall function (python/cpython#93274). */
#define ASSIGNED_CALLS_COUNT SINCE(12)

/* PyStructSequence_UnnamedField is there for extensions. */
#define UNNAMED_FIELDS_ARE_KNOWN SINCE(11)

/* ---- Frames and threads ---------------------------------------------------------------------- */

/* The offset of the instruction that a frame is at, in bytes; -1 if it is at none. */
static inline int frame_offset(PyFrameObject *frame) {
#if SINCE(11)
    return PyFrame_GetLasti(frame);
#else
    PyObject *offset = PyObject_GetAttrString((PyObject *)frame, "f_lasti");
    const long value = offset == NULL ? -1 : PyLong_AsLong(offset);
    Py_XDECREF(offset);
    return (int)value;
#endif
}

/* The thread state with which Python code may run; NULL if there is none. Before 3.12 all threads
 * share the answer. */
static inline PyThreadState *attached_thread(void) {
#if SINCE(13)
    return PyThreadState_GetUnchecked();
#else
    return _PyThreadState_UncheckedGet();
#endif
}

static inline bool is_finalizing(void) {
#if SINCE(13)
    return Py_IsFinalizing();
#else
    return _Py_IsFinalizing();
#endif
}

/* ---- Objects --------------------------------------------------------------------------------- */

/* Takes a reference to an object that somebody else holds one to. Knowing that, LLVM drops the pair
 * if the reference is given back before other code runs. */
static inline void take(PyObject *o) {
#if !OBJECTS_MAY_BE_IMMORTAL
    __builtin_assume(o->ob_refcnt > 0);
#endif
    Py_INCREF(o);
}

/* Makes memory from an allocator an object of type, with one reference. Flags beside the count are
 * written as well: whatever stood there before would be taken for them. The type's own reference is
 * the caller's to take. */
static inline ALWAYS_INLINE void begin_object(PyObject *o, PyTypeObject *type) {
    o->ob_type = type;
#if COUNTS_HAVE_FLAGS
    o->ob_refcnt_full = 1;
#elif THREADS_TAKE_TURNS
    o->ob_refcnt = 1;
#endif
}

/* An item of a list or a tuple that is filled. */
static inline ALWAYS_INLINE PyObject *filled(PyObject *item) {
    if (item == NULL)
        __builtin_unreachable();
    return item;
}

/* ---- Ints ------------------------------------------------------------------------------------ */

/* The value of o if it is an int of at most one digit. */
static inline bool small_value(PyObject *o, int64_t *value) {
    if (!LIKELY(PyLong_CheckExact(o)))
        return false;
#if INTS_HAVE_TAGS
    if (!LIKELY(PyUnstable_Long_IsCompact((PyLongObject *)o)))
        return false;
    *value = PyUnstable_Long_CompactValue((PyLongObject *)o);
#else
    const Py_ssize_t size = Py_SIZE(o);
    if (!LIKELY(size >= -1 && size <= 1))
        return false;
#if ZERO_HAS_A_DIGIT
    /* CPython multiplies the same way. */
    *value = size * (int64_t)((PyLongObject *)o)->ob_digit[0];
#else
    *value = size == 0 ? 0 : size * (int64_t)((PyLongObject *)o)->ob_digit[0];
#endif
#endif
    return true;
}

#if INTS_ARE_MADE
/* An int of exactly one digit: its absolute value is at least 1 and at most PyLong_MASK. The small
 * ints, of which CPython keeps one object each, are not for this. */
static inline PyObject *make_int(int64_t value) {
    PyLongObject *o = PyObject_Malloc(sizeof(PyLongObject));
    if (UNLIKELY(o == NULL))
        return PyErr_NoMemory();
    const digit magnitude = (digit)(value < 0 ? -value : value);
    begin_object((PyObject *)o, &PyLong_Type);
#if INTS_HAVE_TAGS
    /* The number of digits, and 1 minus the sign. */
    o->long_value.lv_tag = 1 << _PyLong_NON_SIZE_BITS | (value < 0 ? 1 - -1 : 1 - 1);
    o->long_value.ob_digit[0] = magnitude;
#else
    Py_SET_SIZE(o, value < 0 ? -1 : 1);
    o->ob_digit[0] = magnitude;
#endif
    return (PyObject *)o;
}
#endif

/* The memory that the digits of an int take, 0 having one since it has a tag; and where they begin.
 */
#if INTS_HAVE_TAGS
#define LONG_ITEMS offsetof(PyLongObject, long_value.ob_digit)
static inline size_t digit_count(PyObject *o) {
    const size_t n = ((PyLongObject *)o)->long_value.lv_tag >> _PyLong_NON_SIZE_BITS;
    return n == 0 ? 1 : n;
}
#else
#define LONG_ITEMS offsetof(PyLongObject, ob_digit)
static inline size_t digit_count(PyObject *o) {
    return (size_t)Py_ABS(Py_SIZE(o));
}
#endif

/* ---- Floats ---------------------------------------------------------------------------------- */

#if FLOATS_ARE_REUSED
/* The free list of floats: where CPython keeps the memory of those that died. */
typedef struct {
    int length;
    PyFloatObject *first; /* the next one stands where an object has its type */
} FreeList;

/* That of this interpreter; one that stays empty if the trial differs. */
extern FreeList *float_free_list;
#endif

/* ---- Strs ------------------------------------------------------------------------------------ */

static inline bool is_ready(_HPy_UNUSED PyObject *str) {
#if STRS_ARE_READY
    return true;
#else
    return LIKELY(PyUnicode_IS_READY(str));
#endif
}

/* The characters of a compact ASCII str lie behind its head, a byte each. */
static inline char *ascii_of(PyObject *str) {
    return (char *)((PyASCIIObject *)str + 1);
}

#if OBJECTS_ARE_MADE
/* What PyUnicode_New makes of a size above 1 and ASCII characters. The characters are the caller's
 * to write. NULL, and no exception, if there is no memory. */
static inline PyObject *make_ascii(Py_ssize_t size) {
    PyASCIIObject *o = PyObject_Malloc(sizeof(PyASCIIObject) + (size_t)size + 1);
    if (UNLIKELY(o == NULL))
        return NULL;
    memset(o, 0, sizeof(PyASCIIObject));
    begin_object((PyObject *)o, &PyUnicode_Type);
    o->length = size;
    o->hash = -1;
    o->state.kind = PyUnicode_1BYTE_KIND;
    o->state.compact = o->state.ascii = 1;
#if !STRS_ARE_READY
    o->state.ready = 1;
#endif
    ascii_of((PyObject *)o)[size] = '\0';
    return (PyObject *)o;
}
#endif

/* ---- Iterators over lists and tuples --------------------------------------------------------- */

#if ITERATORS_ARE_MOVED
typedef struct {
    PyObject_HEAD Py_ssize_t index;
    PyObject *sequence; /* NULL at the end */
} Iterator;

/* Whether the running interpreter's iterators are those. */
extern bool iterators_are_known;
#endif

/* ---- Tables of dicts ------------------------------------------------------------------------- */

#if DICT_TABLES_ARE_READ
/* What a table begins with. */
typedef struct {
    Py_ssize_t refcount;
    uint8_t log2_size;
    uint8_t log2_index_bytes;
    uint8_t kind;
} DictTable;

/* The kind of a table whose keys are all str. */
#define KEYS_ARE_STRS 1

/* Whether the running interpreter's tables are those. */
extern bool dict_tables_are_known;
#endif

/* ---- Types ----------------------------------------------------------------------------------- */

/* A block of memory that a heap type frees when it dies, and its place in the type. */
#if TYPES_OWN_NAMES
#define BLOCK_CALLOC PyMem_Calloc
#define BLOCK_FREE PyMem_Free
static inline void **type_block(PyTypeObject *type) {
    return (void **)&((PyHeapTypeObject *)type)->_ht_tpname;
}
#else
#define BLOCK_CALLOC PyObject_Calloc
#define BLOCK_FREE PyObject_Free
static inline void **type_block(PyTypeObject *type) {
    return (void **)&type->tp_doc;
}
#endif

/* ---- Threads --------------------------------------------------------------------------------- */

#if THREADS_TAKE_TURNS
/* Whether this thread holds the GIL, which it need not for this question. */
static inline bool holds_gil(void) {
#if SINCE(13)
    return PyThreadState_GetUnchecked() != NULL;
#elif SINCE(12)
    return _PyThreadState_UncheckedGet() != NULL;
#else
    /* The state of whichever thread has the GIL. That of a thread which is just ending may be freed
     * by now, but its memory is still there to be read. */
    PyThreadState *current = _PyThreadState_UncheckedGet();
    return current != NULL && (current == PyGILState_GetThisThreadState() ||
                               current->thread_id == PyThread_get_thread_ident());
#endif
}
#endif

#endif
