/* Deferred references: a handle to what somebody else keeps alive touches no reference count if it
 * is closed before other code can run.
 *
 * The object whose reference was taken last, and not yet counted, is remembered in one variable. To
 * close a handle to it is to forget it; what may run other code, or drop references, settles first:
 * it counts the reference after all. Once inlined, the variable is a register and mostly known.
 * (Deutsch and Bobrow, An Efficient, Incremental, Automatic Garbage Collector, CACM 19(9), 1976.)
 *
 * The context ../deferred turns this on, for it settles before each function that does not settle
 * by itself where it must. Without it, and without a GIL, references are counted at once. */
#ifndef HPYBC_CONTEXT_DEFERRED_H
#define HPYBC_CONTEXT_DEFERRED_H

#include "cpython.h"

#ifndef Py_GIL_DISABLED
extern const bool references_are_deferred;
extern PyObject *deferred_reference;

/* What HPy_Contains found last, for the HPy_GetItem that mostly follows. It holds as long as no
 * other code runs; without a key it says nothing. */
typedef struct {
    PyObject *dict, *key, *value;
} FoundItem;
extern FoundItem found_item;

static inline ALWAYS_INLINE void count_deferred(void) {
    PyObject *o = deferred_reference;
    if (UNLIKELY(o != NULL)) {
        deferred_reference = NULL;
        Py_INCREF(o);
    }
}

static inline ALWAYS_INLINE void settle(void) {
    count_deferred();
    if (references_are_deferred)
        found_item.key = NULL;
}

/* The same where an extension's function returns: mostly it is known that nothing is to be done. */
static inline ALWAYS_INLINE void settle_for_good(void) {
    PyObject *o = deferred_reference;
    deferred_reference = NULL;
    Py_XINCREF(o);
    if (references_are_deferred && UNLIKELY(found_item.key != NULL))
        found_item.key = NULL;
}

/* The value of an expression that runs no other code, and of one that does. In both cases LLVM is
 * told what becomes of the variable, and need not read it. */
#define QUIETLY(expression)                                                                        \
    __extension__({                                                                                \
        PyObject *const _before = deferred_reference;                                              \
        __auto_type _value = expression;                                                           \
        deferred_reference = _before;                                                              \
        _value;                                                                                    \
    })
#define LOUDLY(expression)                                                                         \
    __extension__({                                                                                \
        settle();                                                                                  \
        __auto_type _value = expression;                                                           \
        deferred_reference = NULL;                                                                 \
        _value;                                                                                    \
    })

/* A handle to o, or to nothing. Somebody else holds a reference to o until other code runs. */
static inline ALWAYS_INLINE HPy borrow(PyObject *o) {
    if (references_are_deferred) {
        count_deferred();
        deferred_reference = o;
    } else if (o != NULL) {
        take(o);
    }
    return as_h(o);
}

/* Stores what a handle is to, or nothing. The place keeps the reference that the handle had; the
 * handle, if it is not closed at once, gets another. The variable is written last: to LLVM the
 * place might be it. */
static inline ALWAYS_INLINE void keep(PyObject **place, PyObject *o) {
    if (references_are_deferred)
        count_deferred();
    else if (o != NULL)
        take(o);
    *place = o;
    if (references_are_deferred)
        deferred_reference = o;
}

/* Closes a handle to o, or to nothing. */
static inline ALWAYS_INLINE void give_back(PyObject *o) {
    if (!references_are_deferred) {
        Py_XDECREF(o);
    } else if (o == deferred_reference) {
        deferred_reference = NULL;
    } else if (o != NULL) {
        if (Py_REFCNT(o) != 1) {
            PyObject *const before = deferred_reference;
            Py_DECREF(o);
            deferred_reference = before;
        } else { /* its end may run other code */
            settle();
            Py_DECREF(o);
            deferred_reference = NULL;
        }
    }
}
#else
static inline ALWAYS_INLINE void settle(void) {
}

static inline ALWAYS_INLINE void settle_for_good(void) {
}

static inline ALWAYS_INLINE HPy borrow(PyObject *o) {
    Py_XINCREF(o);
    return as_h(o);
}

static inline ALWAYS_INLINE void keep(PyObject **place, PyObject *o) {
    *place = Py_XNewRef(o);
}

static inline ALWAYS_INLINE void give_back(PyObject *o) {
    Py_XDECREF(o);
}

#define QUIETLY(expression) (expression)
#define LOUDLY(expression) (expression)
#endif

#endif
