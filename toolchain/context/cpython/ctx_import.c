/* Import, compile, evaluate. */
#include "deferred.h"

HPy HPyImport_ImportModule(CTX, const char *utf8_name) {
    MAY_RUN_CODE;
    return as_h(PyImport_ImportModule(utf8_name));
}

HPy HPy_Compile_s(CTX, const char *utf8_source, const char *utf8_filename, HPy_SourceKind kind) {
    MAY_RUN_CODE;
    int start;
    switch (kind) {
    case HPy_SourceKind_Expr: start = Py_eval_input; break;
    case HPy_SourceKind_File: start = Py_file_input; break;
    case HPy_SourceKind_Single: start = Py_single_input; break;
    default: PyErr_SetString(PyExc_SystemError, "invalid source kind"); return HPy_NULL;
    }
    return as_h(Py_CompileString(utf8_source, utf8_filename, start));
}

HPy HPy_EvalCode(CTX, HPy code, HPy globals, HPy locals) {
    MAY_RUN_CODE;
    return as_h(PyEval_EvalCode(as_py(code), as_py(globals), as_py(locals)));
}
