/* Module definitions and the module's entry points. */
#ifndef HPY_H
#include "hpy.h"
#elif !defined(HPY_MODULE_H)
#define HPY_MODULE_H

typedef struct {
    const char *doc;
    HPy_ssize_t size;
    cpy_PyMethodDef *legacy_methods;
    HPyDef **defines;
    HPyGlobal **globals;
} HPyModuleDef;

/* What the context that is linked in defines besides the API, for the entry points below. */
void _HPyContext_Set(HPyContext *ctx);
cpy_PyObject *_HPyModule_Init(HPyModuleDef *def);

#define HPY_MOD_EMBEDDABLE(modname)

/* In one source beside HPy_MODINIT: several threads may be in the module at once, so that a
 * free-threaded Python need not enable its GIL for it (PEP 703). An addition to HPy: a source for
 * other headers as well puts #ifdef HPY_MOD_GIL_NOT_USED around it. */
#define HPY_MOD_GIL_NOT_USED(modname)                                                              \
    extern const bool _HPyModule_GILNotUsed;                                                       \
    const bool _HPyModule_GILNotUsed = true;

/* PyInit_NAME is the multi-phase initialisation (PEP 489) of CPython; the other four are the
 * exports of HPy's universal ABI. The loader keeps those that its target calls. */
#define HPy_MODINIT(ext_name, mod_def)                                                             \
    HPy_EXPORTED_FUNC uint32_t get_required_hpy_major_version_##ext_name(void);                    \
    HPy_EXPORTED_FUNC uint32_t get_required_hpy_major_version_##ext_name(void) {                   \
        return HPY_ABI_VERSION;                                                                    \
    }                                                                                              \
    HPy_EXPORTED_FUNC uint32_t get_required_hpy_minor_version_##ext_name(void);                    \
    HPy_EXPORTED_FUNC uint32_t get_required_hpy_minor_version_##ext_name(void) {                   \
        return HPY_ABI_VERSION_MINOR;                                                              \
    }                                                                                              \
    HPy_EXPORTED_FUNC void HPyInitGlobalContext_##ext_name(HPyContext *ctx);                       \
    HPy_EXPORTED_FUNC void HPyInitGlobalContext_##ext_name(HPyContext *ctx) {                      \
        _HPyContext_Set(ctx);                                                                      \
    }                                                                                              \
    HPy_EXPORTED_FUNC HPyModuleDef *HPyInit_##ext_name(void);                                      \
    HPy_EXPORTED_FUNC HPyModuleDef *HPyInit_##ext_name(void) {                                     \
        return &mod_def;                                                                           \
    }                                                                                              \
    HPy_EXPORTED_FUNC cpy_PyObject *PyInit_##ext_name(void);                                       \
    HPy_EXPORTED_FUNC cpy_PyObject *PyInit_##ext_name(void) {                                      \
        return _HPyModule_Init(&mod_def);                                                          \
    }

#endif
