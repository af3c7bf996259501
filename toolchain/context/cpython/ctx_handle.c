/* The context struct, its handles, and Dup and Close. */
#include "deferred.h"
#include "modules.h"

/* The name begins as HPy's own does, so that an extension can tell the modes apart by it. */
static HPyContext context = {.name = "HPy Universal ABI (CPython backend, hpybc)",
                             .abi_version = HPY_ABI_VERSION};

HPyContext *_HPyContext_Get(void) {
    RUNS_NO_CODE;
    return &context;
}

/* The context is this image's own: nobody can hand it another one. */
void _HPyContext_Set(CTX) {
    RUNS_NO_CODE;
}

/* At run time, because exceptions and the builtins are values of variables, not addresses. */
void context_fill_handles(void) {
#define HPY_HANDLE(index, member, object) context.member = as_h((PyObject *)(object));
#include "hpy/api.def"
}

#if REFERENCES_ARE_DEFERRED
__attribute__((weak)) const bool references_are_deferred = false;
PyObject *deferred_reference;
FoundItem found_item;
#endif

HPy HPy_Dup(CTX, HPy h) {
    RUNS_NO_CODE;
    return borrow(as_py(h));
}

void HPy_Close(CTX, HPy h) {
    SETTLES_ITSELF;
    give_back(as_py(h));
}

HPy HPy_FromPyObject(CTX, PyObject *obj) {
    MAY_RUN_CODE;
    Py_XINCREF(obj);
    return as_h(obj);
}

PyObject *HPy_AsPyObject(CTX, HPy h) {
    MAY_RUN_CODE;
    Py_XINCREF(as_py(h));
    return as_py(h);
}
