/* What one extension of these tests tells another of itself, in a capsule: a table of functions
 * that no context knows. */
#ifndef HPYBC_TESTS_FOREIGN_H
#define HPYBC_TESTS_FOREIGN_H

#define TABLE "test_deferred_other.table"

typedef struct {
    /* Calls the function that the other extension was given with a number; 0 on success. */
    int (*call)(int number);
    /* Calls the function it gets, and then does the same. */
    int (*call_after)(void (*before)(void), int number);
    /* For qsort: calls with the number that is compared. */
    int (*compare)(const void *, const void *);
} Table;

#endif
