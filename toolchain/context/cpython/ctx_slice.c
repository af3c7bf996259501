/* slice. */
#include "cpython.h"

int HPySlice_Unpack(CTX, HPy slice, HPy_ssize_t *start, HPy_ssize_t *stop, HPy_ssize_t *step) {
    return PySlice_Unpack(as_py(slice), start, stop, step);
}
