/* The one header an extension includes: #include "hpy.h".
 *
 * Every call in it is an ordinary C function with external linkage and no definition here. The
 * loader supplies the definitions as bitcode for the interpreter at hand, so that they can be
 * inlined into the extension. See docs/design.md.
 */
#ifndef HPY_H
#define HPY_H

#include "hpy/version.h"

/* Which API the source may use. HPY_ABI_UNIVERSAL (the default): HPy alone. HPY_ABI_HYBRID, or
 * HPY_ABI_CPYTHON as HPy spells the same permission: HPy together with Python.h. */
#if defined(HPY_ABI_CPYTHON) || defined(HPY_ABI_HYBRID)
#if defined(HPY_ABI_UNIVERSAL)
#error "HPY_ABI_UNIVERSAL excludes HPY_ABI_CPYTHON and HPY_ABI_HYBRID: define one of them"
#endif
#define HPY_ABI "hybrid"
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#else
#ifdef Py_PYTHON_H
#error "It is forbidden to #include <Python.h> when targeting the HPy Universal ABI"
#endif
#ifndef HPY_ABI_UNIVERSAL
#define HPY_ABI_UNIVERSAL
#endif
#define HPY_ABI "universal"
#endif

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <wchar.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "hpy/types.h"
#include "hpy/func.h"
#include "hpy/slot.h"
#include "hpy/def.h"
#include "hpy/type.h"
#include "hpy/context.h"
#include "hpy/module.h"
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wgcc-compat" /* attributes that only clang has */
#include "hpy/each.h"
#include "hpy/check.h"
#include "hpy/helpers.h"
#include "hpy/buildvalue.h"
#pragma clang diagnostic pop
#include "hpy/inline_helpers.h"

#ifdef __cplusplus
}
#endif

#endif
