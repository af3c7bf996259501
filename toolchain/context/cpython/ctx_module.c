/* Modules, from their definition to multi-phase initialisation (PEP 489). */
#include "deferred.h"
#include "modules.h"
#include "types.h"

#include <stdatomic.h>

/* HPyGlobals keep their objects until the process ends: types and instances outlive the module,
 * and HPy promises them their globals as long as there is an interpreter. */

/* CPython's definition and what it is made from; in the life of an image never freed, because
 * CPython keeps pointers to it. Not in memory of the interpreter's own either: PyInit may run in
 * one that ends before the others. */
typedef struct _Module {
    PyModuleDef def; /* first: CPython hands out pointers to it */
    HPyModuleDef *hpy;
    PyObject *(*create)(PyObject *spec, PyModuleDef *def); /* HPy_mod_create, or NULL */
    atomic_bool claimed; /* by the interpreter whose module it is */
    struct _Module *next;
    PyModuleDef_Slot *slots;
    PyMethodDef *methods;
} Module;

/* Every definition that has been initialised. An image holds one, the host of universal modules
 * one for each module it loaded. */
static _Atomic(Module *) modules;

/* Whether the extension declares with HPY_MOD_GIL_NOT_USED that it needs no GIL. */
__attribute__((weak)) const bool _HPyModule_GILNotUsed = false;

/* Raises ImportError. The loader goes by its attribute refusal: loader/loading.py and memory.py. */
static COLD void refuse(const char *refusal, const char *message) {
    PyObject *error = PyObject_CallFunction(PyExc_ImportError, "s", message);
    PyObject *reason = error == NULL ? NULL : PyUnicode_FromString(refusal);
    if (reason != NULL && PyObject_SetAttrString(error, "refusal", reason) == 0)
        PyErr_SetObject(PyExc_ImportError, error);
    Py_XDECREF(reason);
    Py_XDECREF(error);
}

#if THREADS_TAKE_TURNS
static int check_gil(void) {
    return 0;
}
#else
/* CPython's import of an extension turns the GIL on, unless the user forbids it. LLVM's linker gets
 * around that import, and nothing else can turn it on. */
static int check_gil(void) {
    PyObject *function = PySys_GetObject("_is_gil_enabled"), *flags = PySys_GetObject("flags");
    if (_HPyModule_GILNotUsed || function == NULL || flags == NULL)
        return 0;
    PyObject *enabled = PyObject_CallNoArgs(function);
    PyObject *chosen = PyObject_GetAttrString(flags, "gil");
    const bool known = enabled != NULL && chosen != NULL;
    if (known && enabled == Py_False && chosen == Py_None)
        refuse("needs the GIL", "this image needs the GIL");
    Py_XDECREF(enabled);
    Py_XDECREF(chosen);
    return PyErr_Occurred() ? -1 : 0;
}
#endif

#define DEFAULTS_ONLY                                                                              \
    "Either do not define HPy_mod_create slot and let the runtime create a default module "        \
    "object, or do not define anything else but the HPy_mod_create slot."

static int check_def(const HPyModuleDef *def, size_t *n_slots) {
    if (def->size != 0) {
        PyErr_SetString(PyExc_SystemError,
                        def->size < 0 ? "HPy does not permit HPyModuleDef.size < 0"
                                      : "Module state is not supported yet in HPy, set "
                                        "HPyModuleDef.size = 0 if module state is not needed");
        return -1;
    }
    size_t n_create = 0, n_exec = 0;
    for (HPyDef **d = def->defines; d != NULL && *d != NULL; d++) {
        if ((*d)->kind == HPyDef_Kind_Meth)
            continue;
        if ((*d)->kind == HPyDef_Kind_Slot && (*d)->slot.slot == HPy_mod_create)
            n_create++;
        else if ((*d)->kind == HPyDef_Kind_Slot && (*d)->slot.slot == HPy_mod_exec)
            n_exec++;
        else {
            PyErr_Format(PyExc_SystemError, "Unsupported slot in HPyModuleDef.defines (value: %d).",
                         (*d)->kind == HPyDef_Kind_Slot ? (int)(*d)->slot.slot : -1);
            return -1;
        }
    }
    if (n_create > 1) {
        PyErr_SetString(PyExc_SystemError, "Multiple definitions of the HPy_mod_create slot in "
                                           "HPyModuleDef.defines.");
        return -1;
    }
    if (n_create == 1 && (n_exec != 0 || method_count(def->defines, NULL) != 0)) {
        PyErr_SetString(PyExc_SystemError, "HPyModuleDef defines a HPy_mod_create slot and some "
                                           "other slots or methods. " DEFAULTS_ONLY);
        return -1;
    }
    if (n_create == 1 &&
        (def->doc != NULL || def->globals != NULL || def->legacy_methods != NULL)) {
        PyErr_SetString(PyExc_SystemError,
                        "HPyModuleDef defines a HPy_mod_create slot and some of the other fields "
                        "are not set to their default value. " DEFAULTS_ONLY);
        return -1;
    }
    *n_slots = n_create + n_exec;
    return 0;
}

PyObject *module_created(PyObject *result) {
    if (result != NULL && PyModule_Check(result)) {
        Py_DECREF(result);
        PyErr_SetString(PyExc_SystemError, "HPy_mod_create slot returned a builtin module object. "
                                           "This is currently not supported.");
        return NULL;
    }
    return result;
}

static PyObject *new_module(PyObject *spec) {
    PyObject *name = PyObject_GetAttrString(spec, "name");
    if (name == NULL)
        return NULL;
    PyObject *module = PyModule_NewObject(name);
    Py_DECREF(name);
    return module;
}

/* CPython's import takes origin for the file of the image, and so the loader says until it is
 * mapped. The extension is to see what was imported, which its loader knows. */
static int restore_origin(PyObject *spec) {
    PyObject *loader = PyObject_GetAttrString(spec, "loader");
    PyObject *path = loader == NULL ? NULL : PyObject_GetAttrString(loader, "path");
    int status = path == NULL ? -1 : PyObject_SetAttrString(spec, "origin", path);
    Py_XDECREF(path);
    Py_XDECREF(loader);
    if (status < 0 && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        status = 0;
    }
    return status;
}

/* Py_mod_create of every module: PyInit may run in another interpreter than the one that imports.
 *
 * The extension's C statics and HPyGlobals exist once in an image, so one image makes one module.
 * The loader gives a second module an image of its own. Interpreters that do not share a GIL come
 * here at the same time; whoever claims the image is alone with it from then on. */
static ONCE PyObject *create_module(PyObject *spec, PyModuleDef *def) {
    Module *module = (Module *)def;
    if (check_gil() < 0)
        return NULL;
    if (atomic_exchange(&module->claimed, true)) {
        refuse("in use", "this image already holds a module");
        return NULL;
    }
    context_fill_handles();
    PyObject *result = NULL;
    if (context_fill_small_ints() == 0 && context_probe() == 0)
        result = module->create == NULL     ? new_module(spec)
                 : restore_origin(spec) < 0 ? NULL
                                            : module->create(spec, def);
    if (result == NULL)
        atomic_store(&module->claimed, false);
    return result;
}

static void module_free(Module *module) {
    PyMem_RawFree(module->methods);
    PyMem_RawFree(module->slots);
    PyMem_RawFree(module);
}

static Module *module_new(HPyModuleDef *hpy, size_t n_slots) {
    Module *module = PyMem_RawCalloc(1, sizeof(Module));
    if (module == NULL)
        return NULL;
    module->methods =
        PyMem_RawCalloc(method_count(hpy->defines, hpy->legacy_methods) + 1, sizeof(PyMethodDef));
    module->slots = PyMem_RawCalloc(n_slots + 4, sizeof(PyModuleDef_Slot));
    if (module->methods == NULL || module->slots == NULL) {
        module_free(module);
        return NULL;
    }
    module->hpy = hpy;
    return module;
}

static void fill_slots(Module *module) {
    PyModuleDef_Slot *slot = module->slots;
    *slot++ = (PyModuleDef_Slot){Py_mod_create, (void *)create_module};
    for (HPyDef **d = module->hpy->defines; d != NULL && *d != NULL; d++) {
        if ((*d)->kind != HPyDef_Kind_Slot)
            continue;
        if ((*d)->slot.slot == HPy_mod_create)
            module->create =
                (PyObject * (*)(PyObject *, PyModuleDef *))(HPyCFunction)(*d)->slot.cpy_trampoline;
        else
            *slot++ = (PyModuleDef_Slot){Py_mod_exec, (void *)(*d)->slot.cpy_trampoline};
    }
#ifdef Py_mod_multiple_interpreters
    /* Each has an image of its own. */
    *slot++ =
        (PyModuleDef_Slot){Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED};
#endif
#ifdef Py_mod_gil
    *slot++ = (PyModuleDef_Slot){Py_mod_gil,
                                 _HPyModule_GILNotUsed ? Py_MOD_GIL_NOT_USED : Py_MOD_GIL_USED};
#endif
}

static Module *module_find(Module *first, const HPyModuleDef *hpy) {
    while (first != NULL && first->hpy != hpy)
        first = first->next;
    return first;
}

/* Makes a finished module known; the result is another if an interpreter with a GIL of its own has
 * been faster. */
static Module *module_publish(Module *module) {
    Module *head = atomic_load(&modules);
    do {
        Module *known = module_find(head, module->hpy);
        if (known != NULL) {
            module_free(module);
            return known;
        }
        module->next = head;
    } while (!atomic_compare_exchange_weak(&modules, &head, module));
    return module;
}

static ONCE PyObject *init_module(HPyModuleDef *hpy) {
    Module *known = module_find(atomic_load(&modules), hpy);
    if (known != NULL)
        return (PyObject *)&known->def;
    size_t n_slots;
    if (check_def(hpy, &n_slots) < 0)
        return NULL;
    Module *module = module_new(hpy, n_slots);
    if (module == NULL)
        return PyErr_NoMemory();
    if (method_table(module->methods, hpy->defines, hpy->legacy_methods) < 0) {
        module_free(module);
        return NULL;
    }
    fill_slots(module);
    module->def = (PyModuleDef){
        .m_base = PyModuleDef_HEAD_INIT,
        .m_name = "hpybc module", /* CPython takes the name from the spec of the import */
        .m_doc = hpy->doc,
        .m_methods = module->methods,
        .m_slots = module->slots,
    };
    /* Before others see it: what it writes is shared. */
    if (PyModuleDef_Init(&module->def) == NULL) {
        module_free(module);
        return NULL;
    }
    return (PyObject *)&module_publish(module)->def;
}

PyObject *_HPyModule_Init(HPyModuleDef *hpy) {
    NOTHING_IS_DEFERRED;
    return init_module(hpy);
}
