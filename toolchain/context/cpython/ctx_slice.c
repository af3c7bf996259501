/* slice, and slices of sequences. */
#include "deferred.h"

HPy HPySlice_New(CTX, HPy start, HPy stop, HPy step) {
    MAY_RUN_CODE;
    return as_h(PySlice_New(as_py(start), as_py(stop), as_py(step)));
}

int HPySlice_Unpack(CTX, HPy slice, HPy_ssize_t *start, HPy_ssize_t *stop, HPy_ssize_t *step) {
    MAY_RUN_CODE;
    return PySlice_Unpack(as_py(slice), start, stop, step);
}

HPy HPy_GetSlice(CTX, HPy obj, HPy_ssize_t start, HPy_ssize_t end) {
    MAY_RUN_CODE;
    return as_h(PySequence_GetSlice(as_py(obj), start, end));
}

int HPy_SetSlice(CTX, HPy obj, HPy_ssize_t start, HPy_ssize_t end, HPy value) {
    MAY_RUN_CODE;
    return PySequence_SetSlice(as_py(obj), start, end, as_py(value));
}

int HPy_DelSlice(CTX, HPy obj, HPy_ssize_t start, HPy_ssize_t end) {
    MAY_RUN_CODE;
    return PySequence_DelSlice(as_py(obj), start, end);
}
