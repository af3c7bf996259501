/* HPy 0.9.0 puts this folder before CPython's headers where a source is universal. hpybc does the
 * same with guard/, which also tells hybrid sources apart. */
#error "It is forbidden to #include <Python.h> when targeting the HPy Universal ABI"
