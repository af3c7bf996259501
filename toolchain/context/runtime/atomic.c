// Atomic objects of sizes for which a compiler emits calls (libatomic). One of 16 bytes, in its
// place, is changed by cmpxchg16b, as code that LLVM compiles for the processor itself changes it.
// Anything else is guarded by a lock, which all code of one image shares.
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// A compiler knows these names, with other parameters.
#define NAMED(name) __asm__(#name)

typedef unsigned __int128 Wide;

bool is_lock_free(size_t size, void *object) NAMED(__atomic_is_lock_free);
void load(size_t size, void *object, void *result, int order) NAMED(__atomic_load);
void store(size_t size, void *object, void *value, int order) NAMED(__atomic_store);
void exchange(size_t size, void *object, void *value, void *result, int order)
    NAMED(__atomic_exchange);
bool compare_exchange(size_t size, void *object, void *expected, void *value, int success,
                      int failure) NAMED(__atomic_compare_exchange);

bool is_lock_free(size_t size, void *object) {
    return size != 0 && size <= 16 && (size & (size - 1)) == 0 && (uintptr_t)object % size == 0;
}

// Puts `value` into the object if it is `*expected`, and what the object was into `*expected`.
static bool replace(Wide *object, Wide *expected, Wide value) {
#ifdef __x86_64__
    uint64_t low = (uint64_t)*expected, high = (uint64_t)(*expected >> 64);
    bool replaced;
    __asm__ volatile("lock cmpxchg16b %[object]"
                     : [object] "+m"(*object), "+a"(low), "+d"(high), "=@ccz"(replaced)
                     : "b"((uint64_t)value), "c"((uint64_t)(value >> 64))
                     : "memory");
    *expected = (Wide)high << 64 | low;
    return replaced;
#else
    return __atomic_compare_exchange_n(object, expected, value, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
#endif
}

static Wide read_wide(Wide *object) {
    Wide value = 0;
    replace(object, &value, 0); // zero is replaced by zero
    return value;
}

static Wide write_wide(Wide *object, Wide value) {
    Wide old = 0;
    while (!replace(object, &old, value)) {
    }
    return old;
}

static atomic_flag *locked(void *object) {
    static atomic_flag locks[64];
    atomic_flag *lock = &locks[((uintptr_t)object >> 4) % 64];
    while (atomic_flag_test_and_set_explicit(lock, memory_order_acquire))
        sched_yield();
    return lock;
}

static void unlock(atomic_flag *lock) {
    atomic_flag_clear_explicit(lock, memory_order_release);
}

// Statements for an object of `size` bytes as the integer that T is.
#define BY_SIZE(STATEMENTS)                                                                        \
    if (is_lock_free(size, object)) {                                                              \
        switch (size) {                                                                            \
        case 1: STATEMENTS(uint8_t);                                                               \
        case 2: STATEMENTS(uint16_t);                                                              \
        case 4: STATEMENTS(uint32_t);                                                              \
        case 8: STATEMENTS(uint64_t);                                                              \
        }                                                                                          \
    }

void load(size_t size, void *object, void *result, int order) {
    (void)order; // the strictest serves all
#define LOAD(T)                                                                                    \
    {                                                                                              \
        T value = __atomic_load_n((T *)object, __ATOMIC_SEQ_CST);                                  \
        memcpy(result, &value, sizeof(T));                                                         \
        return;                                                                                    \
    }
    BY_SIZE(LOAD)
    if (size == sizeof(Wide) && is_lock_free(size, object)) {
        Wide value = read_wide(object);
        memcpy(result, &value, sizeof value);
        return;
    }
    atomic_flag *lock = locked(object);
    memcpy(result, object, size);
    unlock(lock);
}

void exchange(size_t size, void *object, void *value, void *result, int order) {
    (void)order;
#define EXCHANGE(T)                                                                                \
    {                                                                                              \
        T new;                                                                                     \
        memcpy(&new, value, sizeof(T));                                                            \
        T old = __atomic_exchange_n((T *)object, new, __ATOMIC_SEQ_CST);                           \
        memcpy(result, &old, sizeof(T));                                                           \
        return;                                                                                    \
    }
    BY_SIZE(EXCHANGE)
    if (size == sizeof(Wide) && is_lock_free(size, object)) {
        Wide new;
        memcpy(&new, value, sizeof new);
        Wide old = write_wide(object, new);
        memcpy(result, &old, sizeof old);
        return;
    }
    // The result may lie where the value does.
    atomic_flag *lock = locked(object);
    for (size_t i = 0; i < size; i++) {
        char old = ((char *)object)[i];
        ((char *)object)[i] = ((char *)value)[i];
        ((char *)result)[i] = old;
    }
    unlock(lock);
}

void store(size_t size, void *object, void *value, int order) {
    (void)order;
#define STORE(T)                                                                                   \
    {                                                                                              \
        T new;                                                                                     \
        memcpy(&new, value, sizeof(T));                                                            \
        __atomic_store_n((T *)object, new, __ATOMIC_SEQ_CST);                                      \
        return;                                                                                    \
    }
    BY_SIZE(STORE)
    if (size == sizeof(Wide) && is_lock_free(size, object)) {
        Wide new;
        memcpy(&new, value, sizeof new);
        write_wide(object, new);
        return;
    }
    atomic_flag *lock = locked(object);
    memcpy(object, value, size);
    unlock(lock);
}

bool compare_exchange(size_t size, void *object, void *expected, void *value, int success,
                      int failure) {
    (void)success;
    (void)failure;
#define COMPARE_EXCHANGE(T)                                                                        \
    {                                                                                              \
        T old, new;                                                                                \
        memcpy(&old, expected, sizeof(T));                                                         \
        memcpy(&new, value, sizeof(T));                                                            \
        bool same = __atomic_compare_exchange_n((T *)object, &old, new, false, __ATOMIC_SEQ_CST,   \
                                                __ATOMIC_SEQ_CST);                                 \
        memcpy(expected, &old, sizeof(T));                                                         \
        return same;                                                                               \
    }
    BY_SIZE(COMPARE_EXCHANGE)
    if (size == sizeof(Wide) && is_lock_free(size, object)) {
        Wide old, new;
        memcpy(&old, expected, sizeof old);
        memcpy(&new, value, sizeof new);
        bool same = replace(object, &old, new);
        memcpy(expected, &old, sizeof old);
        return same;
    }
    atomic_flag *lock = locked(object);
    bool same = memcmp(object, expected, size) == 0;
    memcpy(same ? object : expected, same ? value : object, size);
    unlock(lock);
    return same;
}

// The same for 16 bytes that are known to be in their place.

Wide load_16(Wide *object, int order) NAMED(__atomic_load_16);
Wide load_16(Wide *object, int order) {
    (void)order;
    return read_wide(object);
}

void store_16(Wide *object, Wide value, int order) NAMED(__atomic_store_16);
void store_16(Wide *object, Wide value, int order) {
    (void)order;
    write_wide(object, value);
}

Wide exchange_16(Wide *object, Wide value, int order) NAMED(__atomic_exchange_16);
Wide exchange_16(Wide *object, Wide value, int order) {
    (void)order;
    return write_wide(object, value);
}

bool compare_exchange_16(Wide *object, Wide *expected, Wide value, int success, int failure)
    NAMED(__atomic_compare_exchange_16);
bool compare_exchange_16(Wide *object, Wide *expected, Wide value, int success, int failure) {
    (void)success;
    (void)failure;
    return replace(object, expected, value);
}

#define FETCH(name, expression)                                                                    \
    Wide fetch_##name##_16(Wide *object, Wide value, int order) NAMED(__atomic_fetch_##name##_16); \
    Wide fetch_##name##_16(Wide *object, Wide value, int order) {                                  \
        (void)order;                                                                               \
        Wide old = read_wide(object);                                                              \
        while (!replace(object, &old, (expression))) {                                             \
        }                                                                                          \
        return old;                                                                                \
    }

FETCH(add, old + value)
FETCH(sub, old - value)
FETCH(and, old &value)
FETCH(or, old | value)
FETCH(xor, old ^ value)
FETCH(nand, ~(old &value))
