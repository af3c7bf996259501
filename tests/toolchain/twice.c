/* The second source of sum.c. */
#include "sum.h"

long twice(long value) {
    return 2 * value;
}
