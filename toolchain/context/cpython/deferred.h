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

static inline ALWAYS_INLINE void settle(void) {
    PyObject *o = deferred_reference;
    if (UNLIKELY(o != NULL)) {
        deferred_reference = NULL;
        Py_INCREF(o);
    }
}

/* A handle to o, or to nothing. Somebody else holds a reference to o until other code runs.
 *
 * A container that takes a reference to what it is given borrows as well: it keeps the reference
 * that the giver's handle had, and that handle, if it is not closed at once, gets another. */
static inline ALWAYS_INLINE HPy borrow(PyObject *o) {
    if (references_are_deferred) {
        settle();
        deferred_reference = o;
    } else if (o != NULL) {
        take(o);
    }
    return as_h(o);
}

/* Closes a handle to o, or to nothing. */
static inline ALWAYS_INLINE void give_back(PyObject *o) {
    if (!references_are_deferred) {
        Py_XDECREF(o);
    } else if (o == deferred_reference) {
        deferred_reference = NULL;
    } else if (o != NULL) {
        if (Py_REFCNT(o) != 1) {
            Py_DECREF(o);
        } else { /* its end may run other code */
            settle();
            Py_DECREF(o);
            deferred_reference = NULL;
        }
    }
}

/* The value of a call that runs no other code, and of one that does. In both cases LLVM is told
 * what becomes of the variable, and need not read it. */
#define QUIETLY(call)                                                                              \
    __extension__({                                                                                \
        PyObject *const _before = deferred_reference;                                              \
        __auto_type _value = call;                                                                 \
        deferred_reference = _before;                                                              \
        _value;                                                                                    \
    })
#define LOUDLY(call)                                                                               \
    __extension__({                                                                                \
        settle();                                                                                  \
        __auto_type _value = call;                                                                 \
        deferred_reference = NULL;                                                                 \
        _value;                                                                                    \
    })
#else
static inline ALWAYS_INLINE void settle(void) {
}

static inline ALWAYS_INLINE HPy borrow(PyObject *o) {
    Py_XINCREF(o);
    return as_h(o);
}

static inline ALWAYS_INLINE void give_back(PyObject *o) {
    Py_XDECREF(o);
}

#define QUIETLY(call) (call)
#define LOUDLY(call) (call)
#endif

#endif
