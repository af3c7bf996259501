/* dict. */
#include "deferred.h"

int HPyDict_Check(CTX, HPy h) {
    RUNS_NO_CODE;
    return PyDict_Check(as_py(h));
}

HPy HPyDict_New(CTX) {
    MAY_RUN_CODE;
    return as_h(PyDict_New());
}

HPy HPyDict_Keys(CTX, HPy h) {
    MAY_RUN_CODE;
    return as_h(PyDict_Keys(as_py(h)));
}

HPy HPyDict_Copy(CTX, HPy h) {
    MAY_RUN_CODE;
    return as_h(PyDict_Copy(as_py(h)));
}
