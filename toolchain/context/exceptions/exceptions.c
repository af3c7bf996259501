// Which exceptions of C++ are on their way in a thread, and which it handles: once for all images
// of a process. Each image has a C++ library of its own, and yet an exception may leave one image,
// be caught in another, and be thrown again by a third. The struct is that of the Itanium C++ ABI.
#include <pthread.h>
#include <stdlib.h>

typedef struct {
    void *caught;
    unsigned uncaught;
} Exceptions;

// Of a unique symbol the dynamic linker takes the same definition for all images, although none
// sees the symbols of another.
__asm__(".pushsection .bss.hpybc_exceptions_1, \"aw\", @nobits\n"
        ".balign 8\n"
        ".globl hpybc_exceptions_1\n"
        ".type hpybc_exceptions_1, @gnu_unique_object\n"
        ".size hpybc_exceptions_1, 8\n"
        "hpybc_exceptions_1:\n"
        ".zero 8\n"
        ".popsection\n");
extern struct {
    pthread_once_t once;
    pthread_key_t key;
} hpybc_exceptions_1;
_Static_assert(sizeof hpybc_exceptions_1 == 8, "as much as the assembly says");

static void make_key(void) {
    if (pthread_key_create(&hpybc_exceptions_1.key, free))
        abort();
}

Exceptions *__cxa_get_globals(void);
Exceptions *__cxa_get_globals(void) {
    pthread_once(&hpybc_exceptions_1.once, make_key);
    Exceptions *own = pthread_getspecific(hpybc_exceptions_1.key);
    if (own == NULL) {
        own = calloc(1, sizeof *own);
        if (own == NULL || pthread_setspecific(hpybc_exceptions_1.key, own))
            abort();
    }
    return own;
}

// The same where the former has been called before, or NULL may be returned.
Exceptions *__cxa_get_globals_fast(void);
Exceptions *__cxa_get_globals_fast(void) {
    return __cxa_get_globals();
}
