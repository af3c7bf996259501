/* Capsules. */
#include "deferred.h"

/* A destructor without its trampoline cannot be called by CPython. */
static bool valid_destructor(const HPyCapsule_Destructor *destructor) {
    if (destructor == NULL || destructor->cpy_trampoline != NULL)
        return true;
    PyErr_SetString(PyExc_ValueError, "Invalid HPyCapsule destructor");
    return false;
}

HPy HPyCapsule_New(CTX, void *pointer, const char *utf8_name, HPyCapsule_Destructor *destructor) {
    MAY_RUN_CODE;
    if (!valid_destructor(destructor))
        return HPy_NULL;
    return as_h(
        PyCapsule_New(pointer, utf8_name, destructor == NULL ? NULL : destructor->cpy_trampoline));
}

void *HPyCapsule_Get(CTX, HPy capsule, _HPyCapsule_key key, const char *utf8_name) {
    MAY_RUN_CODE;
    switch (key) {
    case HPyCapsule_key_Pointer: return PyCapsule_GetPointer(as_py(capsule), utf8_name);
    case HPyCapsule_key_Name: return (void *)PyCapsule_GetName(as_py(capsule));
    case HPyCapsule_key_Context: return PyCapsule_GetContext(as_py(capsule));
    case HPyCapsule_key_Destructor:
        PyErr_SetString(PyExc_ValueError, "Invalid operation: get HPyCapsule_key_Destructor");
        return NULL;
    }
    PyErr_Format(PyExc_SystemError, "invalid HPyCapsule key: %d", (int)key);
    return NULL;
}

int HPyCapsule_IsValid(CTX, HPy capsule, const char *utf8_name) {
    MAY_RUN_CODE;
    return PyCapsule_IsValid(as_py(capsule), utf8_name);
}

int HPyCapsule_Set(CTX, HPy capsule, _HPyCapsule_key key, void *value) {
    MAY_RUN_CODE;
    switch (key) {
    case HPyCapsule_key_Pointer: return PyCapsule_SetPointer(as_py(capsule), value);
    case HPyCapsule_key_Name: return PyCapsule_SetName(as_py(capsule), (const char *)value);
    case HPyCapsule_key_Context: return PyCapsule_SetContext(as_py(capsule), value);
    case HPyCapsule_key_Destructor: {
        const HPyCapsule_Destructor *destructor = value;
        if (!valid_destructor(destructor))
            return -1;
        return PyCapsule_SetDestructor(as_py(capsule),
                                       destructor == NULL ? NULL : destructor->cpy_trampoline);
    }
    }
    PyErr_Format(PyExc_SystemError, "invalid HPyCapsule key: %d", (int)key);
    return -1;
}
