/* Leaving and re-entering the interpreter. */
#include "cpython.h"

HPyThreadState HPy_LeavePythonExecution(CTX) {
    return _htsconv(PyEval_SaveThread());
}

void HPy_ReenterPythonExecution(CTX, HPyThreadState state) {
    PyEval_RestoreThread((PyThreadState *)state._i);
}
