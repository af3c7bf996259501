/* Exceptions and warnings. */
#include "deferred.h"

/* Not of HPy: for contexts that run Python code of their own in between; see ../below.h. */
HPy _HPyErr_Save(HPyContext *ctx);
void _HPyErr_Restore(HPyContext *ctx, HPy exception);

void HPy_FatalError(CTX, const char *message) {
    RUNS_NO_CODE;
    Py_FatalError(message);
}

HPy HPyErr_SetString(CTX, HPy h_type, const char *utf8_message) {
    MAY_RUN_CODE;
    PyErr_SetString(as_py(h_type), utf8_message);
    return HPy_NULL;
}

HPy HPyErr_SetObject(CTX, HPy h_type, HPy h_value) {
    MAY_RUN_CODE;
    PyErr_SetObject(as_py(h_type), as_py(h_value));
    return HPy_NULL;
}

HPy HPyErr_SetFromErrnoWithFilename(CTX, HPy h_type, const char *filename_fsencoded) {
    MAY_RUN_CODE;
    return as_h(PyErr_SetFromErrnoWithFilename(as_py(h_type), filename_fsencoded));
}

HPy HPyErr_SetFromErrnoWithFilenameObjects(CTX, HPy h_type, HPy filename1, HPy filename2) {
    MAY_RUN_CODE;
    return as_h(
        PyErr_SetFromErrnoWithFilenameObjects(as_py(h_type), as_py(filename1), as_py(filename2)));
}

int HPyErr_Occurred(CTX) {
    RUNS_NO_CODE;
    return WITHOUT_SETTLING(PyErr_Occurred()) != NULL;
}

int HPyErr_ExceptionMatches(CTX, HPy exc) {
    MAY_RUN_CODE;
    return PyErr_ExceptionMatches(as_py(exc));
}

HPy HPyErr_NoMemory(CTX) {
    MAY_RUN_CODE;
    return as_h(PyErr_NoMemory());
}

void HPyErr_Clear(CTX) {
    MAY_RUN_CODE;
    PyErr_Clear();
}

HPy HPyErr_NewException(CTX, const char *utf8_name, HPy base, HPy dict) {
    MAY_RUN_CODE;
    return as_h(PyErr_NewException(utf8_name, as_py(base), as_py(dict)));
}

HPy HPyErr_NewExceptionWithDoc(CTX, const char *utf8_name, const char *utf8_doc, HPy base,
                               HPy dict) {
    MAY_RUN_CODE;
    return as_h(PyErr_NewExceptionWithDoc(utf8_name, utf8_doc, as_py(base), as_py(dict)));
}

int HPyErr_WarnEx(CTX, HPy category, const char *utf8_message, HPy_ssize_t stack_level) {
    MAY_RUN_CODE;
    return PyErr_WarnEx(as_py(category), utf8_message, stack_level);
}

void HPyErr_WriteUnraisable(CTX, HPy obj) {
    MAY_RUN_CODE;
    PyErr_WriteUnraisable(as_py(obj));
}

HPy _HPyErr_Save(CTX) {
    NOTHING_IS_DEFERRED;
#if EXCEPTIONS_ARE_OBJECTS
    return as_h(PyErr_GetRaisedException());
#else
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (type == NULL)
        return HPy_NULL;
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(value, traceback);
    Py_DECREF(type);
    Py_XDECREF(traceback);
    return as_h(value);
#endif
}

void _HPyErr_Restore(CTX, HPy exception) {
    NOTHING_IS_DEFERRED;
    PyObject *value = as_py(exception);
#if EXCEPTIONS_ARE_OBJECTS
    PyErr_SetRaisedException(value);
#else
    PyObject *type = value == NULL ? NULL : Py_NewRef((PyObject *)Py_TYPE(value));
    PyErr_Restore(type, value, value == NULL ? NULL : PyException_GetTraceback(value));
#endif
}
