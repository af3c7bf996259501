/* Items of lists of numbers, which Python copies to C at once.
 *
 * A copy is good until C is left: whatever runs then may change the list. It is made when nothing
 * but reads of one list has left C for some time, so that a loop that does something else with each
 * item makes none. Nor is one made once there are several threads: while one has left C for its
 * copy, another could put its own in the same place. */
#include "boxed.h"

/* Reads of one list, one after the other, before it is copied. */
#define ENOUGH 3

enum { NONE, FLOATS, INTS };

static struct {
    uint64_t list;
    int64_t n_leaves; /* when it was read last, or copied */
    int64_t n_reads;  /* since something else left C */
    int64_t kind;
} last;

static inline bool is_copied(HPy h) {
    return last.kind != NONE && last.list == bits_of(h) && last.n_leaves == shared->n_leaves;
}

static COLD void look(HPy h) {
    const bool goes_on = last.list == bits_of(h) && last.n_leaves + 1 >= shared->n_leaves;
    last.list = bits_of(h);
    last.n_reads = goes_on ? last.n_reads + 1 : 1;
    last.kind = NONE;
    if (last.n_reads >= ENOUGH) {
        const bool left = leave();
        last.kind = shared->snapshot(bits_of(h));
        if (left)
            enter();
        if (last.kind == NONE)
            last.n_reads = INT64_MIN / 2; /* not again */
    }
    last.n_leaves = shared->n_leaves;
}

HPy HPy_GetItem_i(HPyContext *ctx, HPy obj, HPy_ssize_t index) {
    if (!is_copied(obj) && is_object(obj) && !beside_others())
        look(obj);
    if (LIKELY(is_copied(obj) && (uint64_t)index < (uint64_t)shared->n_items)) {
        if (last.kind == FLOATS) {
            HPy item = from_float(((const double *)shared->items)[index]);
            if (LIKELY(!HPy_IsNull(item)))
                return item;
        } else {
            const int64_t value = ((const int64_t *)shared->items)[index];
            if (LIKELY(fits(value)))
                return from_int(value);
        }
    }
    return slow_HPy_GetItem_i(ctx, obj, index);
}

HPy_ssize_t HPy_Length(HPyContext *ctx, HPy h) {
    return is_copied(h) ? shared->n_items : slow_HPy_Length(ctx, h);
}
