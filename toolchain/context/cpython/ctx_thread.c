/* Leaving and re-entering the interpreter. */
#include "deferred.h"

HPyThreadState HPy_LeavePythonExecution(CTX) {
    MAY_RUN_CODE;
    return _htsconv(PyEval_SaveThread());
}

void HPy_ReenterPythonExecution(CTX, HPyThreadState state) {
    NOTHING_IS_DEFERRED; /* leaving has settled; until the GIL is ours, the variable is not */
    PyEval_RestoreThread((PyThreadState *)state._i);
}
