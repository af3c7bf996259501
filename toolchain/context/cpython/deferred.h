/* Deferred references: a handle to an object that somebody else keeps alive touches no reference
 * count, if it is closed before other code can run.
 *
 * One variable remembers the object whose reference was taken last and is not counted yet. Closing
 * a handle to that object empties the variable. Whatever may run other code, or drop a reference,
 * settles first: it counts the reference after all. Once the API is inlined, the variable is a
 * register, and its value is mostly known.
 * (Deutsch and Bobrow, An Efficient, Incremental, Automatic Garbage Collector, CACM 19(9), 1976.)
 *
 * The context ../deferred turns this on. Without that context, and without a GIL, every reference
 * is counted at once.
 *
 * The contract
 *
 * Each function that an extension can call states in its first line what it does to the deferred
 * reference. A wrong statement is a use after free; a missing one fails the build of the contexts
 * (toolchain/contexts.py).
 *
 *   MAY_RUN_CODE         It may run other code or drop a reference. The statement settles. This is
 *                        right for every function: take it if in doubt.
 *   SETTLES_ITSELF       It has a path that does neither, and settles on all others: with
 *                        AFTER_SETTLING, give_back or settle.
 *   RUNS_NO_CODE         It does neither on any path.
 *   NOTHING_IS_DEFERRED  Its caller has settled, or is no extension but CPython or a context that
 *                        defers nothing.
 *
 * Other code is Python code and whatever can lead to it: a method of a class, the end of an object,
 * a callback of a weak reference, the garbage collector. Until 3.11 the collector runs whenever an
 * object that it knows is made: a list, a tuple, a dict, an exception. Memory that runs out raises
 * MemoryError, for which CPython keeps instances in store. */
#ifndef HPYBC_CONTEXT_DEFERRED_H
#define HPYBC_CONTEXT_DEFERRED_H

#include "cpython.h"

#if REFERENCES_ARE_DEFERRED
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
    if (references_are_deferred) {
        count_deferred();
        found_item.key = NULL;
    }
}

/* The same where an extension's function returns. Mostly LLVM knows there that nothing is to be
 * done. */
static inline ALWAYS_INLINE void settle_for_good(void) {
    if (references_are_deferred) {
        PyObject *o = deferred_reference;
        deferred_reference = NULL;
        Py_XINCREF(o);
        if (UNLIKELY(found_item.key != NULL))
            found_item.key = NULL;
    }
}

/* Tells LLVM that everything is settled. */
static inline ALWAYS_INLINE void assume_settled(void) {
    __builtin_assume(deferred_reference == NULL);
    __builtin_assume(found_item.key == NULL);
}

/* The value of an expression that runs no other code and drops no reference. LLVM is told that the
 * variable keeps its value. */
#define WITHOUT_SETTLING(expression)                                                               \
    __extension__({                                                                                \
        PyObject *const _before = deferred_reference;                                              \
        __auto_type _value = expression;                                                           \
        deferred_reference = _before;                                                              \
        _value;                                                                                    \
    })

/* Settles, and then gives the value of an expression that may do both. LLVM is told that nothing is
 * deferred when it is over: whoever defers a reference settles it before returning to us. */
#define AFTER_SETTLING(expression)                                                                 \
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

static inline ALWAYS_INLINE void assume_settled(void) {
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

#define WITHOUT_SETTLING(expression) (expression)
#define AFTER_SETTLING(expression) (expression)
#endif

/* Drops a reference to an exact str, whose end runs no other code. */
static inline ALWAYS_INLINE void drop_str(PyObject *str) {
    Py_DECREF(str);
}

/* The statements of the contract. Each calls a function of its own, which the build looks for
 * before LLVM inlines it. */
static inline ALWAYS_INLINE void may_run_code(void) {
    settle();
}
static inline ALWAYS_INLINE void settles_itself(void) {
}
static inline ALWAYS_INLINE void runs_no_code(void) {
}
static inline ALWAYS_INLINE void nothing_is_deferred(void) {
}
#define MAY_RUN_CODE may_run_code()
#define SETTLES_ITSELF settles_itself()
#define RUNS_NO_CODE runs_no_code()
#define NOTHING_IS_DEFERRED nothing_is_deferred()

#endif
