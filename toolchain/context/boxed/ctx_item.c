/* Items of lists of numbers, which Python copies to C at once.
 *
 * A copy is good until C is left: whatever runs then may change the list. It is made when nothing
 * but reads of one list has left C for some time, so that a loop that does something else with each
 * item makes none. Where the copy before was read to its end, the next one is made at once: most
 * functions that read a list read all of it. No copy is made once there are several threads: while
 * one has left C for its copy, another could put its own in the same place. */
#include "boxed.h"

/* Reads of one list, one after the other, before it is copied. */
#define ENOUGH 3

/* The longest list that is copied at its first read: this takes no longer than ten reads. */
#define SHORT 4096

/* What Python says of a copy. */
enum { NONE, FLOATS, INTS };

static struct {
    uint64_t list;
    int64_t n_leaves; /* when it was read last, or copied */
    int64_t n_reads;  /* since something else left C */
} last;

/* The copy that was made last: how long it is, and which item was read last. */
static int64_t n_copied = INT64_MAX, n_read = -1;

/* `copied` is a list's handle if its items are floats; and this if they are ints. */
static inline uint64_t of_ints(HPy h) {
    return bits_of(h) | (uint64_t)FIELD << TAG_BITS;
}

static inline bool is_copied(HPy h) {
    return shared->copied == bits_of(h) || shared->copied == of_ints(h);
}

static inline bool is_expected(void) {
    return n_read == n_copied - 1 && n_copied <= SHORT;
}

/* Has Python copy a list of at most so many items. What other code has called C meanwhile may have
 * had another list copied. */
static void copy(HPy h, int64_t most) {
    const bool left = leave();
    const int64_t n_leaves = shared->n_leaves;
    const int64_t kind = shared->snapshot(bits_of(h), most);
    if (left)
        enter();
    n_copied = INT64_MAX;
    n_read = -1;
    if (kind != NONE && shared->n_leaves == n_leaves) {
        n_copied = shared->n_items;
        shared->copied = kind == FLOATS ? bits_of(h) : of_ints(h);
    }
}

/* At a read of what is not copied: an item or the length. */
static void look(HPy h) {
    if (!is_object(h) || beside_others())
        return;
    const bool goes_on = last.list == bits_of(h) && last.n_leaves + 1 >= shared->n_leaves;
    last.list = bits_of(h);
    last.n_reads = goes_on ? last.n_reads + 1 : 1;
    if (is_expected())
        copy(h, SHORT);
    else if (last.n_reads >= ENOUGH) {
        copy(h, INT64_MAX);
        if (!is_copied(h))
            last.n_reads = INT64_MIN / 2; /* not again */
    }
    last.n_leaves = shared->n_leaves;
}

/* HPy_NULL if it is not in the copy, or has no handle of its own. */
static inline HPy copied_item(HPy obj, HPy_ssize_t index) {
    if (UNLIKELY((uint64_t)index >= (uint64_t)shared->n_items))
        return HPy_NULL;
    n_read = index;
    if (LIKELY(shared->copied == bits_of(obj)))
        return from_float(((const double *)shared->items)[index]);
    const int64_t value = ((const int64_t *)shared->items)[index];
    return LIKELY(fits(value)) ? from_int(value) : HPy_NULL;
}

static COLD HPy item_slowly(HPyContext *ctx, HPy obj, HPy_ssize_t index) {
    if (!is_copied(obj)) {
        look(obj);
        HPy item = is_copied(obj) ? copied_item(obj, index) : HPy_NULL;
        if (!HPy_IsNull(item))
            return item;
    }
    return slow_HPy_GetItem_i(ctx, obj, index);
}

HPy HPy_GetItem_i(HPyContext *ctx, HPy obj, HPy_ssize_t index) {
    if (LIKELY(is_copied(obj))) {
        HPy item = copied_item(obj, index);
        if (LIKELY(!HPy_IsNull(item)))
            return item;
    }
    return item_slowly(ctx, obj, index);
}

static COLD HPy_ssize_t length_slowly(HPyContext *ctx, HPy h) {
    look(h);
    return is_copied(h) ? shared->n_items : slow_HPy_Length(ctx, h);
}

HPy_ssize_t HPy_Length(HPyContext *ctx, HPy h) {
    return LIKELY(is_copied(h)) ? shared->n_items : length_slowly(ctx, h);
}
