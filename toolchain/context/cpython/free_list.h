/* The free list of floats: where CPython keeps the memory of those that died. */
#ifndef HPYBC_CONTEXT_FREE_LIST_H
#define HPYBC_CONTEXT_FREE_LIST_H

#include "cpython.h"

typedef struct {
    int length;
    PyFloatObject *first; /* the next one stands where an object has its type */
} FreeList;

/* That of this interpreter; one that stays empty if it cannot be told where that is. */
extern FreeList *float_free_list;

#endif
