/* What module definitions share with the trampolines and with the host of universal modules. */
#ifndef HPYBC_CONTEXT_MODULES_H
#define HPYBC_CONTEXT_MODULES_H

#include "cpython.h"

/* Fills the handles of the context; before the first call of an extension's function. */
ONCE void context_fill_handles(void);

/* Fills the table of small ints, likewise. -1 with an exception set if that fails. */
ONCE int context_fill_small_ints(void);

/* Tries what the fast paths take CPython to be, likewise; see probe.c. -1 with an exception set if
 * that fails, or shows that this is not the CPython which the context was compiled for. */
ONCE int context_probe(void);

/* The result of a create slot, or NULL with SystemError set if it is a module: HPy leaves the
 * making of real modules to the interpreter. Takes the reference. */
PyObject *module_created(PyObject *result);

#endif
