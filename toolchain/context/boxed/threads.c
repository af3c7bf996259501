/* One thread at a time in C.
 *
 * The first thread that enters owns a biased lock: it says that it is inside by a plain store, and
 * that is all as long as it is alone. The first time another one comes, that one has all threads
 * see `threads` (the kernel's membarrier makes every processor look), waits until the first is
 * outside, and from then on all of them take a mutex. */
#define _GNU_SOURCE
#include "boxed.h"

#include <linux/membarrier.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void end_bias(void) {
    if (atomic_exchange(&shared->threads, 1) == 0)
        syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
    while (__atomic_load_n(&shared->inside, __ATOMIC_ACQUIRE))
        nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
}

void enter_slowly(void) {
    if (shared->first != this_thread())
        end_bias();
    pthread_mutex_lock(&shared->mutex);
}

bool leave_slowly(void) {
    return pthread_mutex_unlock(&shared->mutex) == 0; /* which one that has not locked it cannot */
}

HPyThreadState HPy_LeavePythonExecution(CTX) {
    return _htsconv(leave());
}

void HPy_ReenterPythonExecution(CTX, HPyThreadState state) {
    if (state._i != NULL)
        enter();
}

void HPy_FatalError(CTX, const char *message) {
    fprintf(stderr, "Fatal Python error: %s\n", message);
    abort();
}
