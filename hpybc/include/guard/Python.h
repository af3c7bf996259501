/* Stands before CPython's own header on the search path: refuses it to universal sources, and marks
 * the bitcode of others with the interpreter whose layouts it has compiled in. */
#ifndef HPY_GUARD_PYTHON_H
#define HPY_GUARD_PYTHON_H

#if defined(HPY_H) && defined(HPY_ABI_UNIVERSAL)
#error "It is forbidden to #include <Python.h> when targeting the HPy Universal ABI"
#endif

#include_next <Python.h>

/* One definition of each mark, however many sources have it. */
#ifdef __cplusplus
extern "C" {
#endif
#ifdef Py_LIMITED_API
/* Who keeps to the limited API is bound to no version, but needs that one or a later. */
extern __attribute__((weak)) const unsigned int _hpybc_limited_api;
const unsigned int _hpybc_limited_api = Py_LIMITED_API + 0;
#else
#ifdef Py_GIL_DISABLED
#define _HPy_PYTHON_T "t"
#else
#define _HPy_PYTHON_T
#endif
#ifdef Py_DEBUG
#define _HPy_PYTHON_D "d"
#else
#define _HPy_PYTHON_D
#endif
#define _HPy_STRING(x) #x
#define _HPy_PYTHON(major, minor) _HPy_STRING(major) "." _HPy_STRING(minor)

/* The version and sys.abiflags. */
extern __attribute__((weak)) const char _hpybc_python[];
const char _hpybc_python[] =
    _HPy_PYTHON(PY_MAJOR_VERSION, PY_MINOR_VERSION) _HPy_PYTHON_T _HPy_PYTHON_D;
#endif
#ifdef __cplusplus
}
#endif

#endif
