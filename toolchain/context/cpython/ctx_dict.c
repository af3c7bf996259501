/* dict. */
#include "cpython.h"

int HPyDict_Check(CTX, HPy h) {
    return PyDict_Check(as_py(h));
}

HPy HPyDict_New(CTX) {
    return as_h(PyDict_New());
}

HPy HPyDict_Keys(CTX, HPy h) {
    return as_h(PyDict_Keys(as_py(h)));
}

HPy HPyDict_Copy(CTX, HPy h) {
    return as_h(PyDict_Copy(as_py(h)));
}
