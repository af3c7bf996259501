// What glibc keeps in libc_nonshared.a, its static part: functions that must know which image
// registers a handler, and those that its shared part had by other names before version 2.33. An
// image that is exported may meet such a version.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

// The linker's name for the image.
extern char __dso_handle __attribute__((visibility("hidden")));

int __cxa_atexit(void (*function)(void *), void *argument, void *image);
int __cxa_at_quick_exit(void (*function)(void *), void *image);
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void),
                      void *image);

// glibc passes the argument to functions that take none, as all its versions have.
int atexit(void (*function)(void)) {
    return __cxa_atexit((void (*)(void *))(void *)function, NULL, &__dso_handle);
}

int at_quick_exit(void (*function)(void)) {
    return __cxa_at_quick_exit((void (*)(void *))(void *)function, &__dso_handle);
}

int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void)) {
    return __register_atfork(prepare, parent, child, &__dso_handle);
}

int __pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));
int __pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void)) {
    return __register_atfork(prepare, parent, child, &__dso_handle);
}

_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail_local(void);
_Noreturn void __stack_chk_fail_local(void) {
    __stack_chk_fail();
}

// The layout of struct stat, of which each architecture of 64 bits has had one.
#ifdef __x86_64__
#define STAT_VERSION 1
#else
#define STAT_VERSION 0
#endif
#define MKNOD_VERSION 0

int __xstat(int version, const char *path, struct stat *result);
int __lxstat(int version, const char *path, struct stat *result);
int __fxstat(int version, int file, struct stat *result);
int __fxstatat(int version, int folder, const char *path, struct stat *result, int flags);
int __xmknod(int version, const char *path, mode_t mode, dev_t *device);
int __xmknodat(int version, int folder, const char *path, mode_t mode, dev_t *device);

int stat(const char *path, struct stat *result) {
    return __xstat(STAT_VERSION, path, result);
}

int lstat(const char *path, struct stat *result) {
    return __lxstat(STAT_VERSION, path, result);
}

int fstat(int file, struct stat *result) {
    return __fxstat(STAT_VERSION, file, result);
}

int fstatat(int folder, const char *path, struct stat *result, int flags) {
    return __fxstatat(STAT_VERSION, folder, path, result, flags);
}

_Static_assert(sizeof(struct stat) == sizeof(struct stat64), "one struct under two names");

int stat64(const char *path, struct stat64 *result) {
    return __xstat(STAT_VERSION, path, (struct stat *)result);
}

int lstat64(const char *path, struct stat64 *result) {
    return __lxstat(STAT_VERSION, path, (struct stat *)result);
}

int fstat64(int file, struct stat64 *result) {
    return __fxstat(STAT_VERSION, file, (struct stat *)result);
}

int fstatat64(int folder, const char *path, struct stat64 *result, int flags) {
    return __fxstatat(STAT_VERSION, folder, path, (struct stat *)result, flags);
}

int mknod(const char *path, mode_t mode, dev_t device) {
    return __xmknod(MKNOD_VERSION, path, mode, &device);
}

int mknodat(int folder, const char *path, mode_t mode, dev_t device) {
    return __xmknodat(MKNOD_VERSION, folder, path, mode, &device);
}
