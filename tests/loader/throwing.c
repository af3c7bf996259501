// Frames of C between a throw and its handler.
#include "throwing.h"
#include <stdlib.h>

static Function *pending;
static int pending_kind;

static int compare(const void *left, const void *right) {
    (void)left;
    (void)right;
    pending(pending_kind);
    return 0;
}

void through_c(Function *function, int kind) {
    int pair[2] = {1, 2};
    pending = function;
    pending_kind = kind;
    qsort(pair, 2, sizeof *pair, compare);
}
