/* What the fast paths take CPython to be: for each fact a static assert, which holds layout.h
 * against CPython's headers, and a trial, which holds it against the interpreter that runs.
 *
 * The trials run when a module is made, before the first call of the extension. */
#define Py_BUILD_CORE
#include "dict_search.h"
#include "modules.h"

#if FLOATS_ARE_REUSED
#include "internal/pycore_interp.h"
#endif
#if ITERATORS_ARE_MOVED && __has_include("internal/pycore_list.h")
#include "internal/pycore_list.h"
#include "internal/pycore_tuple.h"
#endif
#if DICT_TABLES_ARE_READ
#include "internal/pycore_dict.h"
#endif

/* Of a trial. With FAILED an exception is set. */
typedef enum { FAILED = -1, DIFFERS, HOLDS } Outcome;

#if FLOATS_ARE_REUSED || DICT_TABLES_ARE_READ
/* Whether the interpreter is of the version of the headers, to the last digit. CPython may change
 * what only its internal headers say with every release. */
static ONCE bool is_of_this_version(void) {
    const char version[] = PY_VERSION;
    const char *running = Py_GetVersion();
    return strncmp(running, version, sizeof(version) - 1) == 0 &&
           strchr(" +", running[sizeof(version) - 1]) != NULL;
}
#endif

/* ---- Ints ------------------------------------------------------------------------------------ */

_Static_assert(PyLong_SHIFT <= 30, "the product of two digits fits in an int64_t, with its sign");
#if INTS_HAVE_TAGS
_Static_assert(_PyLong_SIGN_MASK < 1 << _PyLong_NON_SIZE_BITS, "the sign has bits of its own");
#endif

/* Whether an int is read in place if it has one digit, and only then. */
static ONCE Outcome read_int(PyObject *o, int64_t value) {
    if (o == NULL)
        return FAILED;
    int64_t found = 0;
    const bool is_small = value >= -(int64_t)PyLong_MASK && value <= (int64_t)PyLong_MASK;
    return small_value(o, &found) == is_small && (!is_small || found == value) ? HOLDS : DIFFERS;
}

/* Whether an int made in place is the one that CPython makes. */
static ONCE Outcome compare_int(PyObject *expected, int64_t value) {
#if INTS_ARE_MADE
    if (read_int(expected, value) != HOLDS || value > PyLong_MASK || value < -(int64_t)PyLong_MASK)
        return HOLDS;
    PyObject *made = make_int(value);
    if (made == NULL)
        return FAILED;
    const size_t from = offsetof(PyObject, ob_type), to = LONG_ITEMS + sizeof(digit);
    const bool same = Py_REFCNT(made) == Py_REFCNT(expected) &&
                      memcmp((char *)made + from, (char *)expected + from, to - from) == 0;
    Py_DECREF(made);
    return same ? HOLDS : DIFFERS;
#else
    (void)expected, (void)value;
    return HOLDS;
#endif
}

static ONCE Outcome try_ints(void) {
    const int64_t values[] = {PyLong_MASK, -(int64_t)PyLong_MASK, PyLong_MASK + INT64_C(1),
                              -(int64_t)PyLong_MASK - 1};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        PyObject *o = PyLong_FromLongLong(values[i]);
        Outcome outcome = read_int(o, values[i]);
        if (outcome == HOLDS)
            outcome = compare_int(o, values[i]);
        Py_XDECREF(o);
        if (outcome != HOLDS)
            return outcome;
    }
    return HOLDS;
}

/* ---- Strs ------------------------------------------------------------------------------------ */

#if OBJECTS_ARE_MADE
_Static_assert(sizeof(((PyASCIIObject *)0)->state) == sizeof(uint32_t),
               "the state of a str is one word");

static ONCE Outcome compare_strs(PyObject *made, PyObject *expected) {
    const PyASCIIObject *a = (PyASCIIObject *)made, *b = (PyASCIIObject *)expected;
    const bool same = Py_IS_TYPE(made, Py_TYPE(expected)) &&
                      Py_REFCNT(made) == Py_REFCNT(expected) && a->length == b->length &&
                      a->hash == b->hash && a->state.interned == b->state.interned &&
                      a->state.kind == b->state.kind && a->state.compact == b->state.compact &&
                      a->state.ascii == b->state.ascii && is_ready(made) && is_ready(expected) &&
                      memcmp(ascii_of(made), ascii_of(expected), (size_t)a->length + 1) == 0;
    return same ? HOLDS : DIFFERS;
}

/* Whether a str made in place is the one that CPython makes. */
static ONCE Outcome try_strs(void) {
    const char text[] = "a str";
    PyObject *expected = PyUnicode_FromString(text);
    PyObject *made = expected == NULL ? NULL : make_ascii(sizeof(text) - 1);
    if (made == NULL) {
        Py_XDECREF(expected);
        PyErr_NoMemory();
        return FAILED;
    }
    memcpy(ascii_of(made), text, sizeof(text) - 1);
    const Outcome outcome = compare_strs(made, expected);
    Py_DECREF(made);
    Py_DECREF(expected);
    return outcome;
}
#endif

/* ---- Lists ----------------------------------------------------------------------------------- */

#if LISTS_ARE_TOUCHED
_Static_assert(sizeof(((PyListObject *)0)->ob_item[0]) == sizeof(PyObject *) &&
                   sizeof(((PyListObject *)0)->allocated) == sizeof(Py_ssize_t),
               "a list has an array of objects, and room for so many");

/* Whether what is written into the room behind the last item is an item, once the size says so. */
static ONCE Outcome try_lists(void) {
    PyObject *list = PyList_New(0);
    if (list == NULL || PyList_Append(list, Py_None) < 0) {
        Py_XDECREF(list);
        return FAILED;
    }
    PyListObject *read = (PyListObject *)list;
    bool holds = read->ob_item[0] == Py_None && read->allocated >= Py_SIZE(read);
    if (holds && Py_SIZE(read) < read->allocated) {
        read->ob_item[Py_SIZE(read)] = Py_NewRef(Py_True);
        Py_SET_SIZE(read, Py_SIZE(read) + 1);
        holds = PyList_Size(list) == 2 && PyList_GetItem(list, 1) == Py_True;
    }
    Py_DECREF(list);
    return holds ? HOLDS : DIFFERS;
}
#endif

/* ---- Iterators ------------------------------------------------------------------------------- */

#if ITERATORS_ARE_MOVED
#if SINCE(12) && __has_include("internal/pycore_list.h")
_Static_assert(offsetof(Iterator, index) == offsetof(_PyListIterObject, it_index) &&
                   offsetof(Iterator, sequence) == offsetof(_PyListIterObject, it_seq) &&
                   offsetof(Iterator, index) == offsetof(_PyTupleIterObject, it_index) &&
                   offsetof(Iterator, sequence) == offsetof(_PyTupleIterObject, it_seq),
               "an iterator of another kind");
#else /* no header has these structs */
_Static_assert(offsetof(Iterator, index) == sizeof(PyObject), "an iterator has nothing before it");
#endif

bool iterators_are_known;

static ONCE Outcome try_iterator(PyObject *sequence) {
    Iterator *iterator = (Iterator *)(sequence == NULL ? NULL : PyObject_GetIter(sequence));
    Outcome outcome = FAILED;
    if (iterator != NULL)
        outcome = Py_TYPE(iterator)->tp_basicsize == sizeof(Iterator) && iterator->index == 0 &&
                          iterator->sequence == sequence
                      ? HOLDS
                      : DIFFERS;
    Py_XDECREF(iterator);
    Py_XDECREF(sequence);
    return outcome;
}

static ONCE Outcome try_iterators(void) {
    const Outcome list = try_iterator(PyList_New(0));
    const Outcome tuple = list == HOLDS ? try_iterator(Py_BuildValue("(i)", 1)) : list;
    return tuple;
}
#endif

/* ---- The free list of floats ----------------------------------------------------------------- */

#if FLOATS_ARE_REUSED
#if SINCE(13)
#define FLOATS object_state.freelists.floats
typedef struct _Py_float_freelist CPythonsFreeList;
#define FIRST items
#else
#define FLOATS float_state
typedef struct _Py_float_state CPythonsFreeList;
#define FIRST free_list
#endif

_Static_assert(offsetof(FreeList, length) == offsetof(CPythonsFreeList, numfree) &&
                   offsetof(FreeList, first) == offsetof(CPythonsFreeList, FIRST) &&
                   sizeof(FreeList) == sizeof(CPythonsFreeList),
               "a free list of another kind");

static FreeList always_empty;
FreeList *float_free_list = &always_empty;

static bool floats_are_known;

static FreeList *cpythons_free_list(void) {
    return (FreeList *)&PyInterpreterState_Get()->FLOATS;
}

/* Whether a float that dies becomes the first of the list, and the one before stands in it. */
static ONCE Outcome try_floats(void) {
    if (!is_of_this_version())
        return DIFFERS;
    PyObject *o = PyFloat_FromDouble(0.5);
    if (o == NULL)
        return FAILED;
    const FreeList *list = cpythons_free_list(), before = *list;
    Py_DECREF(o);
    const bool holds = list->length == before.length + 1 && list->first == (PyFloatObject *)o &&
                       list->first->ob_base.ob_type == (PyTypeObject *)before.first;
    return holds ? HOLDS : DIFFERS;
}
#endif

/* ---- Tables of dicts ------------------------------------------------------------------------- */

#if DICT_TABLES_ARE_READ
_Static_assert(offsetof(DictTable, log2_size) == offsetof(PyDictKeysObject, dk_log2_size) &&
                   offsetof(DictTable, log2_index_bytes) ==
                       offsetof(PyDictKeysObject, dk_log2_index_bytes) &&
                   offsetof(DictTable, kind) == offsetof(PyDictKeysObject, dk_kind) &&
                   KEYS_ARE_STRS == DICT_KEYS_UNICODE,
               "a table of another kind");

bool dict_tables_are_known;

/* Searches a dict with some keys, several of which share a slot, and without one that was deleted.
 */
static ONCE Outcome search_many(PyObject *dict) {
    for (int i = 0; i < 40; i++) {
        PyObject *key = PyUnicode_FromOrdinal('0' + i);
        bool failed = key == NULL || (i < 20 && PyDict_SetItem(dict, key, key) < 0);
        failed = failed || (i == 10 && PyDict_DelItem(dict, key) < 0);
        const bool is_there = i < 20 && i != 10;
        const bool holds =
            !failed && is_searchable(dict, key) && (dict_find(dict, key) == key) == is_there;
        Py_XDECREF(key);
        if (!holds)
            return failed ? FAILED : DIFFERS;
    }
    return HOLDS;
}

static ONCE Outcome try_dict_tables(void) {
    if (!is_of_this_version())
        return DIFFERS;
    PyObject *dict = PyDict_New();
    if (dict == NULL)
        return FAILED;
    dict_tables_are_known = true; /* or nothing is searched */
    const Outcome outcome = search_many(dict);
    Py_DECREF(dict);
    return outcome;
}
#endif

/* ---- All of them ----------------------------------------------------------------------------- */

typedef struct {
    const char *what;
    Outcome (*attempt)(void);
    bool *known; /* what the fast path asks; NULL if it asks nothing */
} Trial;

static const Trial trials[] = {
    {"ints", try_ints, NULL},
#if OBJECTS_ARE_MADE
    {"strs", try_strs, NULL},
#endif
#if LISTS_ARE_TOUCHED
    {"lists", try_lists, NULL},
#endif
#if ITERATORS_ARE_MOVED
    {"iterators", try_iterators, &iterators_are_known},
#endif
#if FLOATS_ARE_REUSED
    {"floats", try_floats, &floats_are_known},
#endif
#if DICT_TABLES_ARE_READ
    {"dicts", try_dict_tables, &dict_tables_are_known},
#endif
};

int context_probe(void) {
    for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
        const Outcome outcome = trials[i].attempt();
        if (trials[i].known != NULL)
            *trials[i].known = outcome == HOLDS;
        if (outcome == HOLDS || (outcome == DIFFERS && trials[i].known != NULL))
            continue;
        if (outcome == DIFFERS)
            PyErr_Format(PyExc_ImportError,
                         "the %s of this Python are not those of Python " PY_VERSION
                         ", for which hpybc was installed: install it again",
                         trials[i].what);
        return -1;
    }
#if FLOATS_ARE_REUSED
    float_free_list = floats_are_known ? cpythons_free_list() : &always_empty;
#endif
    return 0;
}
