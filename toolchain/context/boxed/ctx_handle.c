/* Handles: how many are open on an object, and what is known of the object without asking. */
#include "boxed.h"

/* How many handles in the ring are not done with. */
static inline uint64_t n_waiting(void) {
    return atomic_load_explicit(&shared->n_closed, memory_order_relaxed) -
           atomic_load_explicit(&shared->n_freed, memory_order_acquire);
}

/* Its object goes when Python has seen the handle in the ring. While Python makes room there, other
 * threads come in, and may take it again. */
static COLD void close_last(HPy h) {
    while (UNLIKELY(n_waiting() == N_CLOSED)) {
        const bool left = leave();
        shared->drain();
        if (left)
            enter();
    }
    const uint64_t n = atomic_load_explicit(&shared->n_closed, memory_order_relaxed);
    shared->closed[n % N_CLOSED] = bits_of(h);
    atomic_store_explicit(&shared->n_closed, n + 1, memory_order_release);
}

static COLD void close_instance(HPy h, Instance *instance) {
    if (instance->index == 0 && instance->slot != 0) { /* Python has never seen it */
        Type *type = type_of(handle_of((uint64_t)instance->type));
        if (beside_others())
            return; /* it goes with its neighbours: see _HPy_New */
        memset((void *)(uintptr_t)bits_of(h), 0, (size_t)type->size);
        type->free[type->n_free++] = bits_of(h);
    } else if (instance->n_queued == instance->n_seen) {
        instance->n_queued++;
        close_last(h);
    }
}

/* Python counts at the same time, and neither sees at once what the other has written. So every
 * handle that is closed here goes to the ring, which is said before it is counted: as long as
 * Python has not seen all that went there, it does not forget the instance. */
static COLD void close_beside_others(HPy h, Instance *instance) {
    if (instance->index == 0 && instance->slot != 0) {
        if (--instance->in_c + instance->in_python == 0)
            close_instance(h, instance);
        return;
    }
    instance->n_queued++;
    __atomic_store_n(&instance->in_c, instance->in_c - 1, __ATOMIC_RELEASE);
    close_last(h);
}

HPy HPy_Dup(CTX, HPy h) {
    if (is_object(h)) {
        int32_t *count = &shared->counts[bits_of(h) & LOWER];
        if (*count < IMMORTAL)
            ++*count;
    } else if (is_instance(h))
        instance_of(h)->in_c++;
    return h;
}

void HPy_Close(CTX, HPy h) {
    if (is_number(h)) /* first, because it is often known */
        return;
    if (is_object(h)) {
        int32_t *count = &shared->counts[bits_of(h) & LOWER];
        if (*count < IMMORTAL && --*count == 0)
            close_last(h);
    } else if (is_instance(h)) {
        Instance *instance = instance_of(h);
        if (UNLIKELY(beside_others()))
            close_beside_others(h, instance);
        else if (--instance->in_c + instance->in_python == 0)
            close_instance(h, instance);
    }
}

static inline int same_object(HPyContext *ctx, HPy obj, HPy other) {
    const bool may_be =
        !is_number(obj) && !is_number(other) && !HPy_IsNull(obj) && !HPy_IsNull(other);
    return may_be ? slow_HPy_Is(ctx, obj, other) : 0;
}

/* An object may have several handles: more than one index, or for an instance or a type an index
 * and its address. What is in a handle itself has one, and so has an address. */
int HPy_Is(HPyContext *ctx, HPy obj, HPy other) {
    if (bits_of(obj) == bits_of(other))
        return 1;
    return is_object(obj) || is_object(other) ? same_object(ctx, obj, other) : 0;
}

int HPy_TypeCheck(HPyContext *ctx, HPy obj, HPy type) {
    const uint64_t bits = bits_of(type);
    if (is_instance(obj) && (uint64_t)instance_of(obj)->type == bits)
        return 1;
    if (is_float(obj) && bits == bits_of(boxed_context->h_FloatType))
        return 1;
    if (is_int(obj) && bits == bits_of(boxed_context->h_LongType))
        return 1;
    return slow_HPy_TypeCheck(ctx, obj, type);
}

/* What is in a handle itself is none of these, nor an instance of a type of the extension's own. */
#define CHECK(function)                                                                            \
    int function(HPyContext *ctx, HPy h) {                                                         \
        return is_number(h) ? 0 : slow_##function(ctx, h);                                         \
    }
CHECK(HPyUnicode_Check)
CHECK(HPyBytes_Check)
CHECK(HPyList_Check)
CHECK(HPyDict_Check)
CHECK(HPyTuple_Check)
CHECK(HPyCallable_Check)

/* ---- Instances ------------------------------------------------------------------------------- */

/* The handle is the struct's address, whatever the shape. */
#define AS_STRUCT(function)                                                                        \
    void *function(HPyContext *ctx, HPy h) {                                                       \
        return LIKELY(is_instance(h)) ? (void *)(uintptr_t)bits_of(h) : slow_##function(ctx, h);   \
    }
AS_STRUCT(_HPy_AsStruct_Object)
AS_STRUCT(_HPy_AsStruct_Type)
AS_STRUCT(_HPy_AsStruct_Long)
AS_STRUCT(_HPy_AsStruct_Float)
AS_STRUCT(_HPy_AsStruct_Unicode)
AS_STRUCT(_HPy_AsStruct_Tuple)
AS_STRUCT(_HPy_AsStruct_List)
AS_STRUCT(_HPy_AsStruct_Dict)

/* Python fills the reserve while C is not entered, which says enough as long as there is one
 * thread. */
HPy _HPy_New(HPyContext *ctx, HPy h_type, void **data) {
    if (LIKELY(is_type(h_type) && type_of(h_type)->n_free > 0 && !beside_others())) {
        HPy h = handle_of(type_of(h_type)->free[--type_of(h_type)->n_free]);
        instance_of(h)->in_c = 1;
        *data = (void *)(uintptr_t)bits_of(h);
        return h;
    }
    return slow__HPy_New(ctx, h_type, data);
}

HPy _HPyType_GenericNew(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    void *data;
    return is_type(type) ? _HPy_New(ctx, type, &data)
                         : slow__HPyType_GenericNew(ctx, type, args, nargs, kw);
}

/* ---- Exceptions ------------------------------------------------------------------------------ */

/* The flag is of one thread: once there are more, Python knows. */
int HPyErr_Occurred(HPyContext *ctx) {
    return atomic_load_explicit(&shared->threads, memory_order_relaxed) ? slow_HPyErr_Occurred(ctx)
                                                                        : (int)shared->raising;
}

void HPyErr_Clear(HPyContext *ctx) {
    if (HPyErr_Occurred(ctx))
        slow_HPyErr_Clear(ctx);
}
