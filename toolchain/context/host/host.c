/* The host of universal modules: an extension module whose one function loads shared objects of
 * HPy's universal ABI and gives them the CPython context as a function table.
 *
 * The peer `hpybc bench` compares with: the same bitcode, its calls through the table.
 */
#include "../cpython/modules.h"

#include <dlfcn.h>
#include <stdio.h>

static HPyContext table = {
    .name = "HPy Universal ABI (CPython backend, hpybc host)",
    .abi_version = HPY_ABI_VERSION,
#define HPY_FUNCTION(index, type, function, member, parameters, arguments) .member = function,
#define HPY_PROCEDURE(index, function, member, parameters, arguments) .member = function,
#define HPY_RAISING(index, function, member, parameters, arguments)                                \
    .member = (void(*) parameters)(HPyCFunction)function,
#include "hpy/api.def"
};

typedef uint32_t (*VersionFunction)(void);
typedef void (*ContextFunction)(HPyContext *);
typedef HPyModuleDef *(*InitFunction)(void);

/* The function `prefix`+`name` of the shared object, or NULL with ImportError set. */
static HPyCFunction entry(void *library, const char *prefix, const char *name) {
    char symbol[256];
    snprintf(symbol, sizeof(symbol), "%s%s", prefix, name);
    HPyCFunction function = (HPyCFunction)dlsym(library, symbol);
    if (function == NULL)
        PyErr_Format(PyExc_ImportError, "no function %s: not a universal HPy module '%s'", symbol,
                     name);
    return function;
}

static HPyModuleDef *definition(const char *path, const char *name) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        PyErr_SetString(PyExc_ImportError, dlerror());
        return NULL;
    }
    VersionFunction version =
        (VersionFunction)entry(library, "get_required_hpy_major_version_", name);
    ContextFunction set_context = (ContextFunction)entry(library, "HPyInitGlobalContext_", name);
    InitFunction init = (InitFunction)entry(library, "HPyInit_", name);
    if (version == NULL || set_context == NULL || init == NULL)
        return NULL;
    if (version() != HPY_ABI_VERSION) {
        PyErr_Format(PyExc_ImportError, "%s needs HPy ABI %u, this host has %d", path, version(),
                     HPY_ABI_VERSION);
        return NULL;
    }
    set_context(&table);
    return init();
}

HPyDef_METH(
    load, "load", HPyFunc_VARARGS,
    .doc = "load(path, name, spec): the module `name` in the shared object `path`.") static HPy
    load_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    const char *path, *name;
    HPy spec;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "ssO:load", &path, &name, &spec))
        return HPy_NULL;
    HPyModuleDef *hpy = definition(path, name);
    PyObject *def = hpy == NULL ? NULL : _HPyModule_Init(hpy);
    if (def == NULL)
        return HPy_NULL;
    PyObject *module = PyModule_FromDefAndSpec((PyModuleDef *)def, as_py(spec));
    if (module != NULL && PyModule_Check(module) &&
        PyModule_ExecDef(module, (PyModuleDef *)def) < 0)
        Py_CLEAR(module);
    return as_h(module);
}

HPyDef_SLOT(fill_table, HPy_mod_exec) static int fill_table_impl(HPyContext *ctx,
                                                                 _HPy_UNUSED HPy module) {
#define HPY_HANDLE(index, member, object) table.member = ctx->member;
#include "hpy/api.def"
    return 0;
}

static HPyDef *defines[] = {&load, &fill_table, NULL};
static HPyModuleDef moduledef = {.doc = "Loads universal HPy modules.", .defines = defines};
HPy_MODINIT(host, moduledef)
