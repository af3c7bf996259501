/* From Python into the extension: functions by the number of their arguments, all of them words.
 *
 * hpybc/boxed/state.py names them in this order. */
#define _GNU_SOURCE
#include "boxed.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef int64_t W;

#define CALL(f, ...)                                                                               \
    enter();                                                                                       \
    const W result = (W)f(__VA_ARGS__);                                                            \
    leave();                                                                                       \
    return result;

/* Functions that get the context, and return a word or an int. */
#define FUNCTIONS(name, type)                                                                      \
    static W name##1(type(*f)(HPyContext *, W), W a) {                                             \
        CALL(f, boxed_context, a)                                                                  \
    }                                                                                              \
    static W name##2(type(*f)(HPyContext *, W, W), W a, W b) {                                     \
        CALL(f, boxed_context, a, b)                                                               \
    }                                                                                              \
    static W name##3(type(*f)(HPyContext *, W, W, W), W a, W b, W c) {                             \
        CALL(f, boxed_context, a, b, c)                                                            \
    }                                                                                              \
    static W name##4(type(*f)(HPyContext *, W, W, W, W), W a, W b, W c, W d) {                     \
        CALL(f, boxed_context, a, b, c, d)                                                         \
    }
FUNCTIONS(word, W)
FUNCTIONS(int, int)

/* HPyFunc_VARARGS: the arguments make an array here, which takes Python longer. */
typedef W (*Varargs)(HPyContext *, W, const W *, size_t);

#define VARARGS(n, ...)                                                                            \
    const W args[] = {__VA_ARGS__};                                                                \
    CALL(f, boxed_context, self, args, n)

static W varargs0(Varargs f, W self) {
    VARARGS(0, 0)
}
static W varargs1(Varargs f, W self, W a) {
    VARARGS(1, a)
}
static W varargs2(Varargs f, W self, W a, W b) {
    VARARGS(2, a, b)
}
static W varargs3(Varargs f, W self, W a, W b, W c) {
    VARARGS(3, a, b, c)
}
static W varargs4(Varargs f, W self, W a, W b, W c, W d) {
    VARARGS(4, a, b, c, d)
}
static W varargs(Varargs f, W self, const W *args, W nargs) {
    CALL(f, boxed_context, self, args, (size_t)nargs)
}

/* HPyFunc_KEYWORDS, NEWFUNC: positional arguments in two variants. */
typedef W (*Keywords)(HPyContext *, W, const W *, size_t, W);

static W keywords(Keywords f, W self, const W *args, W nargs, W kw) {
    CALL(f, boxed_context, self, args, (size_t)nargs, kw)
}
static W keywords0(Keywords f, W self) {
    const W args[] = {0};
    CALL(f, boxed_context, self, args, 0, 0)
}
static W keywords1(Keywords f, W self, W a) {
    const W args[] = {a};
    CALL(f, boxed_context, self, args, 1, 0)
}
static W keywords2(Keywords f, W self, W a, W b) {
    const W args[] = {a, b};
    CALL(f, boxed_context, self, args, 2, 0)
}
static W keywords3(Keywords f, W self, W a, W b, W c) {
    const W args[] = {a, b, c};
    CALL(f, boxed_context, self, args, 3, 0)
}
static W keywords4(Keywords f, W self, W a, W b, W c, W d) {
    const W args[] = {a, b, c, d};
    CALL(f, boxed_context, self, args, 4, 0)
}
static W init(int (*f)(HPyContext *, W, const W *, HPy_ssize_t, W), W self, const W *args, W nargs,
              W kw) {
    CALL(f, boxed_context, self, args, nargs, kw)
}

/* Functions that get no context. */
static W destroy(void (*f)(void *), void *data) {
    enter();
    f(data);
    leave();
    return 0;
}
static W destroy_capsule(HPyFunc_Capsule_Destructor f, const char *name, void *pointer,
                         void *context) {
    enter();
    f(name, pointer, context);
    leave();
    return 0;
}

/* clang-format off */
static void *const calls[] = {
    word1, word2, word3, word4, int1, int2, int3, int4,
    varargs0, varargs1, varargs2, varargs3, varargs4, varargs,
    keywords, keywords0, keywords1, keywords2, keywords3, keywords4, init, destroy, destroy_capsule,
};
/* clang-format on */

void _HPyContext_Set(HPyContext *ctx) {
    boxed_context = ctx;
    shared = ctx->_private;
    if (shared->first != 0)
        return;
    shared->first = this_thread();
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&shared->mutex, &kind);
    /* A kernel that cannot do this would leave the first thread in doubt: then all use the mutex.
     */
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0)
        shared->threads = 1;
    memcpy(shared->calls, calls, sizeof(calls));
}

/* Python calls what a trampoline would call. */
void _HPy_CallRealFunctionFromTrampoline(CTX, _HPy_UNUSED HPyFunc_Signature sig,
                                         _HPy_UNUSED HPyCFunction func, _HPy_UNUSED void *args) {
    abort();
}
