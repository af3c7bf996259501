/* What every file of the boxed context shares: handles that are values.
 *
 * This context is for interpreters whose objects C cannot see: PyPy's, or any that has cffi. Its
 * other half is written in Python, hpybc/boxed/, and keeps the objects. What C can decide by itself
 * is decided here, and inlined; all else is a call of a Python function through the context's
 * table. See docs/boxed.md. */
#ifndef HPYBC_CONTEXT_BOXED_H
#define HPYBC_CONTEXT_BOXED_H

#include "../inline.h"
#include "hpy.h"

#include <stdatomic.h>
#include <pthread.h>
#include <string.h>

#define CTX _HPy_UNUSED HPyContext *ctx

/* ---- Handles -----------------------------------------------------------------------------------
 *
 * The upper 16 bits of a handle are its tag:
 *
 *   0       HPy_NULL, or the address of an instance's struct: user space ends below 2^47
 *   1       an object: its index in Python's list of objects
 *   3       in an HPyField alone: an index in the list of the fields of its owner
 *   6       an int of 48 bits, with its sign
 *   8 to    a float: its bits, the upper 16 of which are inverted. No float has fewer than 8
 *   65535   there but a NaN with its sign set; such a one is an object. */

#define TAG_BITS 48
#define OBJECT 1
#define FIELD 3
#define INTEGER 6
#define FLOAT 8

#define SIGNED_BITS (64 - TAG_BITS)
#define LOWER (((uint64_t)1 << TAG_BITS) - 1)
#define INVERTED ((uint64_t)0xFFFF << TAG_BITS)

static inline uint64_t bits_of(HPy h) {
    return (uint64_t)(uintptr_t)h._i;
}

static inline HPy handle_of(uint64_t bits) {
    return _hconv((uintptr_t)bits);
}

static inline uint64_t tag_of(HPy h) {
    return bits_of(h) >> TAG_BITS;
}

static inline bool is_int(HPy h) {
    return tag_of(h) == INTEGER;
}

static inline bool is_float(HPy h) {
    return tag_of(h) >= FLOAT;
}

static inline bool is_object(HPy h) {
    return tag_of(h) == OBJECT;
}

static inline bool is_instance(HPy h) {
    return tag_of(h) == 0 && bits_of(h) != 0;
}

/* Neither of the two that are counted. */
static inline bool is_number(HPy h) {
    return tag_of(h) >= INTEGER;
}

static inline int64_t int_of(HPy h) {
    return (int64_t)(bits_of(h) << SIGNED_BITS) >> SIGNED_BITS;
}

static inline bool fits(int64_t value) {
    return (int64_t)((uint64_t)value << SIGNED_BITS) >> SIGNED_BITS == value;
}

static inline HPy from_int(int64_t value) {
    return handle_of((uint64_t)INTEGER << TAG_BITS | ((uint64_t)value & LOWER));
}

static inline double float_of(HPy h) {
    const uint64_t bits = bits_of(h) ^ INVERTED;
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* HPy_NULL for the NaNs that have no handle of their own. */
static inline HPy from_float(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    bits ^= INVERTED;
    return LIKELY(bits >> TAG_BITS >= FLOAT) ? handle_of(bits) : HPy_NULL;
}

/* ---- What both halves share --------------------------------------------------------------------
 *
 * hpybc/boxed/state.py has the same layout, in words of 8 bytes. */

/* How many closed handles can wait for Python to forget their objects. */
#define N_CLOSED 4096

typedef int64_t (*Word)(void);

typedef struct {
    int32_t *counts;            /* of each object: how many handles are open on it */
    uint64_t *closed;           /* a ring of N_CLOSED handles whose count came to zero */
    _Atomic(uint64_t) n_closed; /* how many were ever put there, which C writes */
    _Atomic(uint64_t) n_freed;  /* and how many of them are done with, which Python writes */
    int64_t raising; /* whether an exception is being raised, as long as there is one thread */
    _Atomic(int64_t) threads; /* whether there has been a second thread */
    int64_t inside;           /* how deep the first thread is in C: more than once by pointers */
    uintptr_t first;          /* the first thread */
    void (*drain)(void);      /* has Python do its part with the ring */
    void (*provide)(int64_t index); /* has it fill one entry of the context's table */
    /* Has it copy a list of at most so many numbers, and fill what follows; 0 if it cannot. */
    int64_t (*snapshot)(uint64_t list, int64_t most);
    const void *items; /* of a list, in C: of their kind, and this many */
    int64_t n_items;
    uint64_t copied;        /* whose items they are, see ctx_item.c, as long as C is not left */
    int64_t n_leaves;       /* how often it was */
    uint64_t (*save)(void); /* takes the exception being raised away, or is 0 */
    void (*restore)(uint64_t handle); /* and raises it again, which closes the handle */
    Word calls[32];                   /* how Python calls into C, see calls.c */
    pthread_mutex_t mutex;            /* of the threads, once there are two */
} Shared;

extern HPyContext *boxed_context;
extern Shared *shared;

/* What `copied` is for no list: this is no handle. */
#define NO_LIST 1

/* The count of what is never forgotten: constants, types, modules, names, what globals hold. */
#define IMMORTAL (1 << 30)

/* Before the struct of an instance. */
typedef struct {
    int64_t type;      /* the index of its type */
    int64_t index;     /* of the Python object, while a handle is open; else 0 */
    int32_t in_python; /* the handles that Python has opened, less those it has closed */
    int32_t in_c;      /* the same of C: the sum says how many are open */
    uint32_t n_queued; /* how often it went to the ring, which C writes */
    uint32_t n_seen;   /* and how often it was seen there, which Python writes */
    int64_t slot;      /* where Python keeps what becomes its object */
    int64_t spare;
} Instance;

/* A type of an extension's has a struct as instances have: the instances that can be made without
 * asking. They have structs, whose bytes are zero, and get an object when Python first sees one. */
typedef struct {
    int64_t n_free;
    uint64_t *free; /* handles */
    int64_t size;   /* of a struct, in bytes */
} Type;

/* The `type` of what is such a type. */
#define IS_TYPE 1

static inline Instance *instance_of(HPy h) {
    return (Instance *)(uintptr_t)bits_of(h) - 1;
}

static inline bool is_type(HPy h) {
    return is_instance(h) && instance_of(h)->type == IS_TYPE;
}

static inline Type *type_of(HPy h) {
    return (Type *)(uintptr_t)bits_of(h);
}

/* ---- Threads -----------------------------------------------------------------------------------
 *
 * cffi lets other threads in while C runs, and the API promises that it does not. As long as one
 * thread has called C, that costs it two stores. See threads.c. */

uintptr_t current_thread(void);
COLD void enter_slowly(void);
COLD bool leave_slowly(void);

#if defined(__x86_64__)
static inline uintptr_t this_thread(void) {
    uintptr_t pointer;
    __asm__("mov %%fs:0, %0" : "=r"(pointer));
    return pointer;
}
#else
static inline uintptr_t this_thread(void) {
    return (uintptr_t)__builtin_thread_pointer();
}
#endif

/* Whether there has been a second thread. */
static inline bool beside_others(void) {
    return atomic_load_explicit(&shared->threads, memory_order_relaxed);
}

/* From Python into C. */
static inline void enter(void) {
    if (LIKELY(shared->first == this_thread())) {
        shared->inside++;
        atomic_signal_fence(memory_order_seq_cst);
        if (LIKELY(!beside_others()))
            return;
        shared->inside--;
    }
    enter_slowly();
}

/* And back. False if this thread was not in C: one that got there by a pointer to a function, and
 * calls the API all the same. It is not to enter when it is back from Python. */
static inline bool leave(void) {
    shared->n_leaves++;
    shared->copied = NO_LIST;
    atomic_signal_fence(memory_order_seq_cst);
    if (UNLIKELY(!shared->inside || shared->first != this_thread()))
        return leave_slowly();
    __atomic_store_n(&shared->inside, shared->inside - 1, __ATOMIC_RELEASE);
    return true;
}

/* ---- The functions -----------------------------------------------------------------------------
 *
 * Each as slow_ and its name: Python does it. Those that C can do in part are defined once more,
 * and end there; see generic.c. */

#define HPY_FUNCTION(index, type, function, member, parameters, arguments)                         \
    type slow_##function parameters;                                                               \
    ALWAYS_INLINE type function parameters;
#define HPY_PROCEDURE(index, function, member, parameters, arguments)                              \
    void slow_##function parameters;                                                               \
    ALWAYS_INLINE void function parameters;
#define HPY_NORETURN(index, function, member, parameters, arguments) /* as it was declared */
#include "hpy/api.def"

#endif
