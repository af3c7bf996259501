// What a linker does for every shared object, and what it adds from static libraries. Each test
// is a function that returns one number.
#define _GNU_SOURCE
#include "hpy.h"
#include <complex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEST(name)                                                                                 \
    static long name##_test(void);                                                                 \
    HPyDef_METH(name, #name, HPyFunc_NOARGS) static HPy name##_impl(HPyContext *ctx, HPy self) {   \
        (void)self;                                                                                \
        return HPyLong_FromLong(ctx, name##_test());                                               \
    }                                                                                              \
    static long name##_test(void)

// Keeps clang from computing what the processor is to compute.
#define HIDE(value) __asm__ volatile("" : "+m"(value))

static void say(const char *text) {
    (void)!write(1, text, strlen(text));
}

// Handlers

static void at_exit_handler(void) {
    say("exit\n");
}

static void at_quick_exit_handler(void) {
    say("quick exit\n");
}

static void before_fork(void) {
    say("before\n");
}

static void in_parent(void) {
    say("parent\n");
}

static void in_child(void) {
    say("child\n");
}

TEST(handlers) {
    return atexit(at_exit_handler) + at_quick_exit(at_quick_exit_handler) +
           pthread_atfork(before_fork, in_parent, in_child);
}

// Of those registered with the image of one module, the last comes first.

static void first(void) {
    say("first\n");
}

TEST(order) {
    return atexit(first) + atexit(at_exit_handler);
}

// Files

TEST(files) {
    struct stat by_path, by_file, link, at;
    if (stat("/", &by_path) || lstat("/", &link) || fstatat(0, "/", &at, 0) || fstat(0, &by_file))
        return -1;
    return S_ISDIR(by_path.st_mode) && S_ISDIR(link.st_mode) && S_ISDIR(at.st_mode) &&
           by_path.st_ino == at.st_ino && stat("/no such file", &at) == -1 &&
           mknod("/", S_IFREG, 0) == -1 && mknodat(0, "/", S_IFREG, 0) == -1;
}

// The processor

TEST(processor) {
#ifdef __x86_64__
    return (__builtin_cpu_supports("sse2") != 0) + 2 * (__builtin_cpu_supports("avx2") != 0) +
           4 * (__builtin_cpu_supports("avx512f") != 0) +
           8 * (__builtin_cpu_supports("bmi2") != 0) + 16 * (__builtin_cpu_supports("adx") != 0) +
           32 * (__builtin_cpu_supports("rdrnd") != 0) + 64 * (__builtin_cpu_supports("sha") != 0) +
           128 * (__builtin_cpu_supports("vaes") != 0) +
           256 * (__builtin_cpu_supports("cx16") != 0) + 512 * (__builtin_cpu_supports("fma") != 0);
#else
    return 0;
#endif
}

TEST(vendor) {
#ifdef __x86_64__
    __builtin_cpu_init();
    return __builtin_cpu_is("intel") ? 1 : __builtin_cpu_is("amd") ? 2 : 0;
#else
    return 0;
#endif
}

#ifdef __x86_64__
__attribute__((target_clones("avx2", "sse4.2", "arch=haswell", "default"))) long cloned(long a) {
    return a * 3;
}
#else
static long cloned(long a) {
    return a * 3;
}
#endif

TEST(clones) {
    long four = 4;
    HIDE(four);
    return cloned(four);
}

#ifdef __x86_64__
__attribute__((target("default"))) static long versioned(void) {
    return 40;
}

__attribute__((target("sse4.2"))) static long versioned(void) {
    return 40;
}

TEST(versions) {
    return versioned();
}
#else
TEST(versions) {
    return 40;
}
#endif

// Indirect functions, aliases

static long resolved(void) {
    return 5;
}

static long (*resolver(void))(void) {
    return resolved;
}

long indirect(void) __attribute__((ifunc("resolver")));
static long hidden_indirect(void) __attribute__((ifunc("resolver")));
static long (*volatile indirect_pointer)(void) = indirect;

TEST(indirections) {
    return indirect() + 10 * hidden_indirect() + 100 * indirect_pointer();
}

long aliased(long value) {
    return value + 1;
}

static int array[4] = {1, 2, 3, 4};
extern int array_alias[4] __attribute__((alias("array")));
long alias(long value) __attribute__((alias("aliased")));
long weak_alias(long value) __attribute__((weak, alias("alias")));
static long (*volatile alias_pointer)(long) = weak_alias;
// The name of a function of the C library, for the extension's own use.
long getpid_alias(void) __attribute__((alias("resolved")));

TEST(aliases) {
    static volatile char text[] = "@alias @array_alias";
    array_alias[2] = 30;
    return alias(1) + weak_alias(10) + alias_pointer(100) + array[2] + getpid_alias() + text[1];
}

// Weak symbols

extern long missing_function(void) __attribute__((weak));
extern long missing_variable __attribute__((weak));
extern pid_t getppid(void) __attribute__((weak));
static long (*volatile missing_pointer)(void) = missing_function;

TEST(weak) {
    return (missing_function ? missing_function() : 1) +
           (&missing_variable ? missing_variable : 20) + (missing_pointer ? 0 : 300) +
           (getppid ? 4000 : 0);
}

__attribute__((weak)) long weak_definition(void) {
    return 6;
}

TEST(weak_definitions) {
    return weak_definition();
}

extern char **environ;

TEST(environment) {
    return environ != NULL;
}

// Assembly

#ifdef __x86_64__
__asm__(".text\n"
        ".globl in_assembly\n"
        "in_assembly:\n\tjmp only_assembly_knows\n"
        ".data\n.globl number_in_assembly\nnumber_in_assembly:\n\t.quad 70\n.text\n"
        ".symver oldest_memcpy, memcpy@GLIBC_2.2.5\n");
extern long in_assembly(void);
extern long number_in_assembly;
extern void *oldest_memcpy(void *, const void *, size_t);

long only_assembly_knows(void) {
    return 7;
}

__attribute__((used)) static long local_to_assembly(void) {
    return 100;
}

long known_inside(void) {
    return 1000;
}

TEST(assembly) {
    long inside, local, copy, source = 20000;
    oldest_memcpy(&copy, &source, sizeof copy);
    __asm__ volatile("sub $128, %%rsp\n\tcall known_inside\n\tadd $128, %%rsp"
                     : "=a"(inside)
                     :
                     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
    __asm__ volatile("sub $128, %%rsp\n\tcall local_to_assembly\n\tadd $128, %%rsp"
                     : "=a"(local)
                     :
                     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
    return in_assembly() + number_in_assembly + local + inside + copy;
}
#else
TEST(assembly) {
    return 21177;
}
#endif

// Arithmetic that takes a function

TEST(integers) {
    __int128 a = (__int128)1 << 100, product;
    unsigned __int128 b = (unsigned __int128)7 << 70;
    HIDE(a);
    HIDE(b);
    long overflows = __builtin_mul_overflow(a, (__int128)b, &product);
    return (long)((a / 3) % 1000) + (long)(b / 9 % 1000) + overflows;
}

TEST(floats) {
    __float128 quadruple = 3;
    _Float16 half = 2;
    __fp16 stored = 5;
    long double extended = 11;
    double _Complex z = 3 + 4 * I;
    __int128 wide = 1000;
    HIDE(quadruple);
    HIDE(half);
    HIDE(stored);
    HIDE(extended);
    HIDE(z);
    HIDE(wide);
    quadruple = quadruple * quadruple / 2 + (double)half;
    half = half * half + (_Float16)1.5f;
    z = z * z / (1 + 1 * I);
    return (long)(quadruple * 10) + (long)(half * 10) + (long)stored +
           (long)(__int128)(extended * 2) + (long)creal(z) + (long)(float)wide +
           (long)(double)(unsigned __int128)wide + __builtin_popcountl(wide);
}

// Atomic objects

static _Atomic __int128 wide;

struct Three {
    long a, b, c;
};
static _Atomic struct Three three;
static _Atomic struct Pair {
    long a, b;
} pair;

#define THREADS 4
#define ROUNDS 10000

static void *count(void *unused) {
    for (int i = 0; i < ROUNDS; i++) {
        wide += ((__int128)1 << 64) + 1;
        struct Three seen = three, more;
        do
            more = (struct Three){seen.a + 1, seen.b + 2, seen.c + 3};
        while (!atomic_compare_exchange_weak(&three, &seen, more));
        struct Pair old = pair, new;
        do
            new = (struct Pair){old.a + 1, old.b - 1};
        while (!atomic_compare_exchange_strong(&pair, &old, new));
    }
    return unused;
}

TEST(atomics) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, count, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    __int128 total = wide;
    struct Three sums = three;
    struct Pair both = pair;
    struct Pair swapped = atomic_exchange(&pair, ((struct Pair){9, 9}));
    __int128 old = atomic_fetch_or(&wide, 1);
    atomic_store(&wide, 3);
    atomic_store(&three, ((struct Three){1, 2, 3}));
    if ((long)(total >> 64) != THREADS * ROUNDS || old != total || wide != 3)
        return -1;
    if (sums.b != 2 * sums.a || sums.c != 3 * sums.a || swapped.a != both.a || both.a != -both.b)
        return -2;
    return (long)total + sums.a + both.a + atomic_is_lock_free(&wide);
}

// Sections: the linker defines where one begins and ends.

__attribute__((used, section("registry"))) static const long one = 1;
__attribute__((used, section("registry"))) static const long two = 2;
extern const long __start_registry[], __stop_registry[];
extern const long __start_nothing[] __attribute__((weak));

TEST(sections) {
    long sum = __start_nothing == NULL ? 100 : 0;
    for (const long *entry = __start_registry; entry < __stop_registry; entry++)
        sum += *entry;
    return sum;
}

static HPyDef *defines[] = {
    &handlers,         &order,       &files,   &processor, &vendor,       &clones,
    &versions,         &aliases,     &weak,    &assembly,  &integers,     &floats,
    &weak_definitions, &environment, &atomics, &sections,  &indirections, NULL,
};
static HPyModuleDef definition = {.doc = "Linking.", .defines = defines};
HPy_MODINIT(linking, definition)
