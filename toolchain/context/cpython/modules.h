/* What module definitions share with the trampolines and with the host of universal modules. */
#ifndef HPYBC_CONTEXT_MODULES_H
#define HPYBC_CONTEXT_MODULES_H

#include "cpython.h"

/* Fills the handles of the context; before the first call of an extension's function. */
ONCE void context_fill_handles(void);

/* Fills the table of small ints, likewise. -1 with an exception set if that fails. */
ONCE int context_fill_small_ints(void);

/* Sees whether iterators can be read in place, likewise. */
ONCE int context_look_at_iterators(void);

/* Sees where dead floats are kept, likewise. */
ONCE int context_find_free_lists(void);

/* Sees whether dicts can be searched in place, likewise. */
ONCE int context_look_at_dicts(void);

/* Whether the interpreter is of the version that this is compiled for, to the last digit. */
bool context_is_of_this_version(void);

/* The result of a create slot, or NULL with SystemError set if it is a module: HPy leaves the
 * making of real modules to the interpreter. Takes the reference. */
PyObject *module_created(PyObject *result);

#endif
